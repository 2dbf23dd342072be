"""A second run of ./quickstart --detach: from the command to its end, when the service answers and nothing was deployed anew."""

import pathlib
import tempfile

from clone import Clone
from measure import in_turn, stopwatch


def measure(report):
    ready = report.add_series("ready again")
    with tempfile.TemporaryDirectory(prefix="fleetman-bench-") as folder:
        clone = Clone(pathlib.Path(folder))

        def succeed(*command):
            done = clone.run(*command)
            assert done.returncode == 0, done.stdout

        def start_again():
            succeed("./quickstart", "--stop")
            with stopwatch() as elapsed:
                succeed("./quickstart", "--detach")
                return elapsed()
        try:
            succeed("./quickstart", "--detach")
            in_turn([(ready, start_again)], 5, 90)
        finally:
            clone.run("./quickstart", "--stop")
    report.bar("ready again", ready.median(), 5000)
