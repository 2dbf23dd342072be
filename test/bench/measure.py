"""What every benchmark does: rounds in turn on a machine that is as quiet as it can be, medians, tables and verdicts."""

import contextlib
import dataclasses
import os
import pathlib
import shutil
import statistics
import tempfile
import time

CALM = 0.75  # of the processors' time free, just before and just after a measurement
PATIENCE = float(os.environ.get("FLEETMAN_BENCH_PATIENCE", "3"))  # seconds that a measurement waits for that
ENOUGH = 3  # calm measurements, to judge by those alone


@dataclasses.dataclass
class Series:
    """One figure, measured again and again. `calm` tells of each whether the machine was."""

    name: str
    unit: str = "ms"
    values: list = dataclasses.field(default_factory=list)
    calm: list = dataclasses.field(default_factory=list)

    def add(self, value, calm=True):
        self.values.append(value)
        self.calm.append(calm)

    def judged(self):
        """The values that a bar is about: the calm ones when they are enough."""
        calm = [value for value, quiet in zip(self.values, self.calm) if quiet]
        return calm if len(calm) >= ENOUGH else self.values

    def median(self):
        return statistics.median(self.judged())

    def spread(self):
        return max(self.judged()) - min(self.judged())


@dataclasses.dataclass
class Bar:
    text: str
    value: float
    limit: float
    unit: str
    floor: bool  # the value must be at least the limit, not at most

    def met(self):
        return self.value >= self.limit if self.floor else self.value <= self.limit

    def strain(self):
        """1 when it is just met, more when it is not."""
        best, worst = (self.limit, self.value) if self.floor else (self.value, self.limit)
        return best / worst if worst else float("inf")

    def verdict(self):
        bound = f"at {'least' if self.floor else 'most'} {as_text(self.limit, self.unit)}"
        return f"{bound}: {'met' if self.met() else 'NOT MET'}"


class Report:
    """What one row found, printed as a table with its bars below. The last line is of the bar that is hardest to meet."""

    def __init__(self, name, title):
        self.name, self.title, self.series, self.bars, self.notes = name, title, [], [], []
        self.load = [load_average()]

    def add_series(self, name, unit="ms"):
        self.series.append(Series(name, unit))
        return self.series[-1]

    def bar(self, text, value, limit, unit="ms"):
        """Met when the value is at most the limit."""
        self.bars.append(Bar(text, value, limit, unit, floor=False))

    def floor(self, text, value, limit, unit="×"):
        """Met when the value is at least the limit."""
        self.bars.append(Bar(text, value, limit, unit, floor=True))

    def note(self, text):
        self.notes.append(text)

    def show(self):
        self.load.append(load_average())
        print(f"\n{self.name}: {self.title}\n  load average {self.load[0]} before, {self.load[1]} after")
        width = max([len(one.name) for one in self.series] + [len(bar.text) for bar in self.bars] + [4]) + 2
        print(f"  {'':{width}}{'median':>17}{'min':>17}{'max':>17}   rounds")
        for one in self.series:
            shown = [as_text(value, one.unit) for value in (one.median(), min(one.judged()), max(one.judged()))]
            print(f"  {one.name:{width}}{shown[0]:>17}{shown[1]:>17}{shown[2]:>17}   {rounds_of(one)}")
        for text in self.notes:
            print(f"  {text}")
        for bar in self.bars:
            print(f"  {bar.text:{width}}{as_text(bar.value, bar.unit):>17}   {bar.verdict()}")
        hardest = max(self.bars, key=Bar.strain)
        print(f"name={self.name} ratio={hardest.value:.4g} limit={hardest.limit:.4g} {'ok' if hardest.met() else 'short'}")
        return hardest.met()


def rounds_of(series):
    judged, all_of_it = len(series.judged()), len(series.values)
    calm = sum(series.calm)
    if judged < all_of_it:
        return f"{judged} calm of {all_of_it}; the others: median {as_text(statistics.median(noisy(series)), series.unit)}"
    return f"{all_of_it}" if calm == all_of_it else f"{all_of_it}, {all_of_it - calm} of them beside other work"


def noisy(series):
    return [value for value, quiet in zip(series.values, series.calm) if not quiet]


def as_text(value, unit):
    if unit == "ms":
        return f"{value:.1f} ms" if value < 1000 else f"{value / 1000:.2f} s"
    if unit in ("%", "×"):
        return f"{value:.3f} {unit}"
    if unit.endswith("/s"):
        return f"{value:.0f} {unit}"
    return f"{value:.2f} {unit}".replace(".00 ", " ")


def load_average():
    return " ".join(pathlib.Path("/proc/loadavg").read_text().split()[:3])


def processor_times():
    """(free, all) ticks of all processors together since boot. What niced processes take is free for others."""
    user, nice, system, idle, iowait, *others = map(int, pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:9])
    free = idle + iowait + nice
    return free, user + system + free + sum(others)


def is_calm(seconds=0.2):
    before = processor_times()
    time.sleep(seconds)
    after = processor_times()
    return after[0] - before[0] >= CALM * (after[1] - before[1])


def wait_for_calm():
    """False when others were at work all the time that we waited."""
    until = time.monotonic() + PATIENCE
    while not is_calm():
        if time.monotonic() > until:
            return False
    return True


def in_turn(works, rounds, seconds):
    """Measures (series, work) pairs A B A B …, until each has its rounds or the time is up. A work returns its figure, or
    a figure for each of several series when its series is a tuple."""
    until = time.monotonic() + seconds
    for number in range(rounds):
        if number > 0 and time.monotonic() > until:
            break
        for series, work in works:
            quiet = wait_for_calm()
            found = work()
            quiet = quiet and is_calm()
            pairs = zip(series, found) if isinstance(series, tuple) else [(series, found)]
            for one, value in pairs:
                one.add(value, quiet)


@contextlib.contextmanager
def stopwatch():
    """Yields a function that tells the milliseconds since."""
    began = time.monotonic()
    yield lambda: (time.monotonic() - began) * 1000


@contextlib.contextmanager
def scratch(within=None):
    """A folder for as long as it is needed; `within`: where, other than where temporary files go."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fleetman-bench-", dir=within))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
