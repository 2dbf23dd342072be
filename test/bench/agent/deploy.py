"""From the poll that sees the trigger to a service that runs.

It begins with the agent's log line `bell-rung`, written when the answer to a poll shows that something changed, and ends with
systemd's own ActiveEnterTimestamp of the unit."""

import itertools
import os

from measure import in_turn

from .site import SLEEPS, site, unit_marked

FILES, BYTES = 10, 10 * 1024 * 1024
QUICK = {"check_interval_ms": 200, "verify_window_ms": 300}


def ten_mebibytes():
    """Contents that no release on disk has: ten files, with run.sh and app.service."""
    return {"run.sh": SLEEPS} | {f"data/{n}.bin": os.urandom(BYTES // (FILES - 2)) for n in range(FILES - 2)}


class Upgrades:
    """One cell that gets a new version again and again."""

    def __init__(self, here, name="api"):
        self.here, self.cell, self.numbers, self.mark = here, here.cell(name), itertools.count(1), 0

    def upgrade(self, new_unit):
        """Milliseconds from the poll to running."""
        self.mark += new_unit
        version = f"v1.0.{next(self.numbers)}"
        self.cell.write_version(version, ten_mebibytes(), unit_marked(self.mark))
        rung = len(self.here.agent.events("bell-rung"))
        self.cell.deploy(version)
        seen = self.here.agent.events("bell-rung")[rung]
        return (self.here.active_since(f"fleetman-{self.cell.name}") - seen) * 1000


def measure(report):
    same = report.add_series("the unit unchanged")
    changed = report.add_series("the unit changed")
    reload = report.add_series("systemctl daemon-reload")
    with site(**QUICK) as here:
        api = Upgrades(here)
        api.upgrade(False)

        def daemon_reload():
            script = "a=$(date +%s%N); systemctl daemon-reload; b=$(date +%s%N); echo $((b - a))"
            return int(here.node.run("bash", "-c", script)) / 1e6
        in_turn([(same, lambda: api.upgrade(False)), (changed, lambda: api.upgrade(True)), (reload, daemon_reload)], 9, 90)
    report.bar("the unit unchanged", same.median(), 100)
    report.bar("the unit changed, less one daemon-reload", changed.median() - reload.median(), 100)
