"""What an agent costs that has nothing to do: 50 cells, deployed by the same process, and then a minute of polls."""

import dataclasses
import time

from measure import wait_for_calm

from .site import SLEEPS, site, unit_marked

CELLS = 50
INTERVAL = 5
WATCHED = 66  # seconds, with one heartbeat
SETTLE = 5


@dataclasses.dataclass
class Reading:
    processor: float  # seconds, with those of reaped children
    children: float  # seconds, theirs alone
    at: float


def read(here, pid):
    fields = here.node.run("cat", f"/proc/{pid}/stat").rpartition(")")[2].split()
    own, children = sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))  # utime stime, cutime cstime: proc(5)
    return Reading((own + children) / 100, children / 100, time.monotonic())


def memory(here, pid):
    """{"Rss": MiB, "Pss": MiB, …}"""
    lines = here.node.run("cat", f"/proc/{pid}/smaps_rollup").splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines}


def deploy_all(cells):
    for cell in cells:
        cell.write_version("v1.0.0", {"run.sh": SLEEPS}, unit_marked(0))
    triggers = [(cell, cell.trigger("v1.0.0")) for cell in cells]
    cells[0].ring()
    for cell, trigger in triggers:
        cell.wait_for(trigger, 90)


def measure(report):
    requests = report.add_series("requests a poll, heartbeats aside", "requests")
    share = report.add_series("of a core, reaped children included", "%")
    children = report.add_series("of which children", "%")
    resident, proportional = (report.add_series(name, "MiB") for name in ("resident", "proportional"))
    private = report.add_series("private and written to", "MiB")
    with site(counting=True, check_interval_ms=INTERVAL * 1000, verify_window_ms=300, heartbeat_interval_ms=60000) as here:
        deploy_all([here.cell(f"cell{n}") for n in range(CELLS)])
        time.sleep(SETTLE)
        wait_for_calm()
        pid, first = here.agent.pid(), len(here.imposter.requests)
        before = read(here, pid)
        time.sleep(WATCHED)
        after = read(here, pid)
        seen = here.imposter.requests[first:]
        polls = sum("/fleetman/nodes/" in path for _, path in seen)
        beats = sum("/agents/" in path for _, path in seen)
        span = after.at - before.at
        requests.add((len(seen) - beats) / polls)
        share.add((after.processor - before.processor) / span * 100)
        children.add((after.children - before.children) / span * 100)
        used = memory(here, pid)
        resident.add(used["Rss"])
        proportional.add(used["Pss"])
        private.add(used["Private_Dirty"])
    report.note(f"{CELLS} cells deployed by the same process; {span:.0f} s, {polls} polls, {beats} requests of heartbeats")
    report.bar("requests a poll", requests.median(), 1, "requests")
    report.bar("of a core", share.median(), 0.3, "%")
    report.bar("resident", resident.median(), 10, "MiB")
