"""A disk that is full behind any step of a deployment: one whole release runs, nothing is left behind, and once there is room
the agent goes on by itself."""

import shutil

import pytest

from cells import BAD, NEW, OLD, Cell
from disks import STEPS, Disk, is_full_behind, settle
from fleet import Controller, Supervisord, running
from hosts import SupervisorHost
from processes import wait_until


class FullHost(SupervisorHost):
    """Its services, its definitions and its own files lie on a small disk each."""

    def __init__(self, folder, store):
        self.disks = {}
        try:
            self.disks["services"] = Disk(folder / "services", "6m", 400)
            self.disks["own"] = Disk(folder / "agent", "1m", 100)
            supervisord = Supervisord(folder / "s")
            self.disks["definitions"] = Disk(folder / "s/conf.d", "256k", 50)
            super().__init__(folder, store, supervisord)
        except BaseException:
            self.unmount()
            raise

    def unmount(self):
        for disk in self.disks.values():
            disk.gone()


@pytest.fixture(scope="module")
def host(module_folder):
    controller = Controller(module_folder / "controller")  # for its store
    with running(controller):
        store = controller.embedded_store()
        found = FullHost(module_folder, store)
        found.agent.log = module_folder / "agent.log"  # which is not what fills up
        config = found.agent.config.read_text()  # a removal that failed is tried again with the next discovery
        found.agent.config.write_text(config.replace("global:\n", "global:\n  discovery_interval_ms: 2000\n", 1))
        try:
            with running(found.supervisord):
                found.cells = [Cell(store, found, "api", "supervisor")]
                yield found
                found.agent.kill()
        finally:
            found.unmount()


@pytest.mark.parametrize("what", ["blocks", "files"])
@pytest.mark.parametrize("version", [NEW, BAD])
@pytest.mark.parametrize("disk, step", [
    *(("services", step) for step in STEPS),
    *(("definitions", step) for step in ("begun", "staged", "stopped", "committed", "switched")),
    *(("own", step) for step in ("begun", "started", "verified"))])
def test_a_disk_that_is_full_behind_a_step(host, disk, step, version, what):
    host.mark(f"{disk} {step} {version} {what}")  # so that the definition changes too
    is_full_behind(host, disk, step, version, what)


def last_error(host):
    return host.cells[0].store.read_json("agents/node01.json").get("last_error", "")


@pytest.mark.parametrize("what", ["blocks", "files"])
def test_a_removal_without_room_for_the_backup_waits_for_it(host, what):
    """The backup is on another disk than the services, so it is a copy."""
    cell = host.cells[0]
    settle(host, cell, OLD)
    cell.write_as_service(f"removed without {what}")
    live = cell.live()
    host.agent.start()
    own = host.disks["own"]
    own.fill(what)
    try:
        cell.delete()
        wait_until(lambda: "not removed" in last_error(host), 60, "the removal fails, and the heartbeat says so")
        assert cell.check_release(live) == OLD
        copies = own.path / "backup"
        assert not copies.exists() or not [path for path in copies.iterdir() if path.name.startswith(".")]
    finally:
        own.make_room()
    wait_until(cell.settled, 60, "it goes on by itself")
    cell.check()
    host.agent.kill()
    for path in (own.path / "backup").iterdir():  # the disk is small
        shutil.rmtree(path)
