"""The same on a node with a real systemd, whose units lie on a small disk too."""

import pytest

from cells import BAD, NEW, UnitCell
from disks import STEPS, Disk, is_full_behind
from fleet import Controller, running
from hosts import NodeHost
from node import Node

UNITS = "/etc/systemd/system"


def disk_of_units(node):
    """With what is there already."""
    node.run("cp", "-a", UNITS, "/run/units")
    disk = Disk(node.root() / UNITS[1:], "256k", 80, node.run, UNITS)
    node.run("cp", "-a", "/run/units/.", UNITS)
    node.run("systemctl", "daemon-reload")
    return disk


@pytest.fixture(scope="module")
def host(module_folder):
    controller = Controller(module_folder / "controller")
    disks = {}
    node = Node(module_folder, "node01", mounts=(module_folder / "services", module_folder / "agent"))
    with running(controller):
        try:
            disks["services"] = Disk(module_folder / "services", "6m", 400)
            disks["own"] = Disk(module_folder / "agent", "1m", 100)
            node.up()
            disks["units"] = disk_of_units(node)
            found = NodeHost(module_folder, controller.embedded_store(), node)
            found.agent.log = module_folder / "agent.log"  # which is not what fills up
            found.disks = disks
            found.cells = [UnitCell(controller.embedded_store(), found, "api", "systemd")]
            yield found
            found.agent.kill()
        finally:
            node.down()
            disks.pop("units", None)  # which went with the node
            for disk in disks.values():
                disk.gone()


@pytest.mark.parametrize("what", ["blocks", "files"])
@pytest.mark.parametrize("version", [NEW, BAD])
@pytest.mark.parametrize("disk, step", [
    *(("services", step) for step in STEPS),
    *(("units", step) for step in ("begun", "staged", "stopped", "committed", "loaded", "switched")),
    *(("own", step) for step in ("begun", "started", "verified"))])
def test_a_disk_that_is_full_behind_a_step_of_a_unit(host, disk, step, version, what):
    is_full_behind(host, disk, step, version, what)
