"""How long a service does not answer while it is upgraded, seen from outside (prober.py), and while systemd restarts it."""

import os

from measure import in_turn
from processes import free_port

from .prober import SERVER, Prober
from .site import SERVICE, site

SIZES = {"1 MiB": 1024 * 1024, "1 GiB": 1024 * 1024 * 1024}
PARTS = 8


class Watched:
    """A cell with two versions of one size, to go to and fro between; each is staged as a whole, anew."""

    def __init__(self, here, name, size):
        self.here, self.cell, self.unit, self.at = here, here.cell(name), f"fleetman-{name}", 1
        port = free_port()
        for version in (0, 1):
            files = {"run.sh": SERVER.format(port=port).encode()} | {f"{n}.bin": os.urandom(size // PARTS) for n in range(PARTS)}
            self.cell.write_version(f"v1.0.{version}", files, SERVICE)
        self.cell.deploy("v1.0.1")
        self.prober = Prober(port)

    def down_while(self, work):
        """Milliseconds."""
        before = len(self.prober.gaps)
        work()
        down, up = self.prober.gap(before)
        return (up - down) * 1000

    def upgrade(self):
        self.at = 1 - self.at
        return self.down_while(lambda: self.cell.deploy(f"v1.0.{self.at}", 100))

    def restart(self):
        return self.down_while(lambda: self.here.node.run("systemctl", "restart", self.unit))


def measure(report):
    restarts = report.add_series("systemctl restart: stop and start")
    upgrades = {size: report.add_series(f"upgrade of {size}") for size in SIZES}
    with site(check_interval_ms=200, verify_window_ms=300) as here:
        watched = {size: Watched(here, f"c{n}", SIZES[size]) for n, size in enumerate(SIZES)}
        works = []
        for size, one in watched.items():
            works += [(restarts, one.restart), (upgrades[size], one.upgrade)]
        in_turn(works, 7, 80)
        for one in watched.values():
            one.prober.stop()
    for size, one in upgrades.items():
        report.bar(f"{size}, beyond stop and start", one.median() - restarts.median(), 100)
    small, large = upgrades.values()
    report.bar("1 GiB beyond 1 MiB, to the spread of both", large.median() - small.median(), max(small.spread(), large.spread()))
