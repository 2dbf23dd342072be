"""Fixtures: real programs on free ports, in folders that go when the test has passed."""

import hashlib
import itertools
import os
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from fleet import Agent, Controller, Hello, Supervisord, running, supervisor_section  # noqa: E402
from node import Node, UnitAgent  # noqa: E402
from processes import REPOSITORY  # noqa: E402


def pytest_configure(config):
    # A test that hangs is a failure with a stack, not a check that never ends.
    if not config.getoption("timeout", None):
        config.option.timeout = 300


def new_folder():
    # Short, since a unix socket's path in it must stay below 108 bytes.
    return pathlib.Path(tempfile.mkdtemp(prefix="fleetman-", dir="/tmp"))


@pytest.fixture
def folder(request):
    path = new_folder()
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def module_folder():
    path = new_folder()
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def clone_folder():
    """The same path in every run, since ccache helps a clone only where an earlier one was."""
    name = hashlib.sha256(f"{REPOSITORY} {os.geteuid()}".encode()).hexdigest()[:12]
    path = pathlib.Path(f"/tmp/fleetman-clone-{name}")
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure comes with the end of each program's log."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    for name in ("folder", "module_folder", "clone_folder"):
        path = item.funcargs.get(name)
        for log in sorted(set(path.rglob("*.log")) - set(path.rglob("build/**/*.log"))) if path else ():
            lines = log.read_text(errors="replace").splitlines()[-40:]
            report.sections.append((str(log), "\n".join(lines)))


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
            agent = UnitAgent(node, module_folder / "agent", controller.embedded_store(), "node01",
                              f"systemd:\n  service_folder: /etc/systemd/system\n  working_directory: {nodes}\n")
            with running(agent):
                yield Fleet(controller, agent, node=node, services=nodes)
        finally:
            node.down()
