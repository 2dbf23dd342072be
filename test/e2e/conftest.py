"""Fixtures: real programs on free ports, in folders that go when the test has passed."""

import hashlib
import itertools
import os
import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from folders import folder, module_folder, pytest_runtest_makereport  # noqa: E402,F401
from fleet import Agent, Controller, Hello, Supervisord, running, supervisor_section  # noqa: E402
from node import Node, Systemctl, UnitAgent  # noqa: E402
from processes import REPOSITORY  # noqa: E402


def pytest_configure(config):
    # A test that hangs is a failure with a stack, not a check that never ends.
    if not config.getoption("timeout", None):
        config.option.timeout = 300


@pytest.hookimpl(tryfirst=True)  # before xdist looks at the groups
def pytest_collection_modifyitems(items):
    # A file's tests share programs and follow each other; those on a clone share its folder, whichever file they are in.
    # Those that fill a disk are many, wait a lot, and follow nothing.
    for item in items:
        group = "clone" if "clone_folder" in item.fixturenames else item.path.stem
        values = item.callspec.params if hasattr(item, "callspec") else {}
        if "disk" in values:
            group = f"{group} {values['disk']} {values['what']}"
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.fixture(scope="module")
def clone_folder():
    """The same path in every run, since ccache helps a clone only where an earlier one was."""
    name = hashlib.sha256(f"{REPOSITORY} {os.geteuid()}".encode()).hexdigest()[:12]
    path = pathlib.Path(f"/tmp/fleetman-clone-{name}")
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    yield path
    shutil.rmtree(path, ignore_errors=True)


class Fleet:
    """One controller, one node, and a way to make cells that no other test uses."""

    numbers = itertools.count(1)

    def __init__(self, controller, agent, **parts):
        self.controller, self.api, self.agent = controller, controller.api, agent
        self.store = controller.embedded_store()
        for name, value in parts.items():
            setattr(self, name, value)

    def hello(self, profile):
        name = f"hello{next(self.numbers)}"
        return Hello(self.api, self.agent.node, name, name, profile).create()


@pytest.fixture(scope="module")
def supervisor_fleet(module_folder):
    """A node with supervisord, and the supervisor and deploy profiles."""
    controller = Controller(module_folder / "controller")
    supervisord = Supervisord(module_folder / "supervisor")
    services, deployed = module_folder / "services", module_folder / "deployed"
    services.mkdir()
    deployed.mkdir()
    agent = Agent(module_folder / "agent", controller.embedded_store(), "node01",
                  supervisor_section(supervisord, services) + f"deploy:\n  target_folder: {deployed}\n")
    with running(controller):
        controller.api.post("/buckets", controller.embedded_store().as_connection())
        with running(supervisord, agent):
            yield Fleet(controller, agent, supervisord=supervisord, services=services, deployed=deployed)


@pytest.fixture(scope="module")
def systemd_fleet(module_folder):
    """A node with a real systemd, and an agent inside."""
    nodes = module_folder / "nodes"
    nodes.mkdir()
    node = Node(module_folder, "node01")
    controller = Controller(module_folder / "controller")
    with running(controller):
        controller.api.post("/buckets", controller.embedded_store().as_connection())
        node.up()
        try:
            systemctl = Systemctl(module_folder)
            agent = UnitAgent(node, module_folder / "agent", controller.embedded_store(), "node01",
                              f"systemd:\n  service_folder: /etc/systemd/system\n  working_directory: {nodes}\n"
                              f"  systemctl_path: {systemctl.program}\n", keep_releases=1)
            with running(agent):
                yield Fleet(controller, agent, node=node, services=nodes, systemctl=systemctl)
        finally:
            node.down()
