"""Small file systems that can be filled to their last block, or to their last file; and what must hold when that happens
behind a step."""

import os
import subprocess

import pytest

from cells import NEW, OLD
from processes import wait_until


STEPS = ("begun", "staged", "prepared", "stopped", "carried", "ready", "committed", "aligned", "loaded", "switched",
         "started", "verified", "dropped")


class Disk:
    """`path` is where we see it. Inside a node it is mounted by the node's `run`, at `where`."""

    def __init__(self, path, size, files, run=None, where=None):
        if os.geteuid() != 0:
            pytest.fail("mounting a small disk needs root")
        self.path, self.filler, self._where = path, path / ".filler", str(where or path)
        self._run = run or (lambda *command: subprocess.run(command, check=True))
        self._run("mkdir", "-p", self._where)
        self._run("mount", "-t", "tmpfs", "-o", f"size={size},nr_inodes={files},mode=0755", "tmpfs", self._where)

    def fill(self, what):
        self.filler.mkdir()
        try:
            if what == "files":
                for number in range(100000):
                    (self.filler / str(number)).touch()
            with open(self.filler / "blocks", "wb", buffering=0) as file:
                while file.write(b"x" * 4096):
                    pass
        except OSError:
            pass

    def make_room(self):
        if self.filler.exists():
            for path in self.filler.iterdir():
                path.unlink()
            self.filler.rmdir()

    def gone(self):
        self._run("umount", self._where)


def settle(host, cell, version):
    """An agent with room brings it there."""
    cell.remember_live()
    cell.publish(version)
    host.agent.start()
    wait_until(cell.settled, 60, f"at {version}")
    cell.check()
    host.agent.kill()


def what_runs_is_whole(cell):
    """One release, all of it, and its service, while nothing can be written."""
    version = cell.check_release(cell.live())
    name, folder = cell.host.process(cell)
    return name == f"cell-{version}" and os.path.samefile(folder, cell.live()) and version


def is_full_behind(host, disk, step, version, what):
    """The disk fills up behind the step, one whole release runs, and with room again the agent goes on by itself."""
    cell = host.cells[0]
    if cell.running != OLD:
        settle(host, cell, OLD)
    cell.write_as_service(f"{disk} {step} {version} {what}")
    cell.remember_live()
    cell.publish(version)
    host.agent.start(pause=step)
    try:
        wait_until(host.agent.is_paused, 40, f"it comes to {step}")
        host.disks[disk].fill(what)
        host.agent.resume()
        told = wait_until(lambda: (lambda status: status.get("trigger_id") == cell.wanted and status)(
            cell.store.read_json(f"cells/node01/{cell.name}/status.json")), 60, "something is said")
        wait_until(lambda: what_runs_is_whole(cell) in (OLD, NEW), 10, f"one whole release runs; {told}")
    finally:
        host.disks[disk].make_room()
    wait_until(lambda: host.agent.runs() and cell.settled(), 60, "it goes on by itself")
    cell.check()
    host.agent.kill()
