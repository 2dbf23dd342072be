"""An agent under a service manager: its configuration read again, its readiness and its watchdog (sd_notify(3))."""

import os
import signal
import socket
import subprocess
import time

import pytest

from fleet import Agent, Controller, running
from processes import REPOSITORY, wait_until


@pytest.fixture
def manager(folder):
    """What a service manager hears, as a list of messages."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(folder / "notify"))
        ear.setblocking(False)
        heard = []

        def listen():
            try:
                while True:
                    heard.append(ear.recv(4096).decode())
            except BlockingIOError:
                return heard
        yield listen


@pytest.fixture
def agent(folder, manager):
    controller = Controller(folder / "controller")
    (folder / "deployed").mkdir()
    agent = Agent(folder / "agent", controller.embedded_store(), "node01", f"deploy:\n  target_folder: {folder}/deployed\n")
    agent.options["env"] = {**os.environ, "NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": "400000"}
    with running(controller, agent):
        wait_until(lambda: "READY=1" in manager())
        yield agent


def reload(agent, manager, old, new):
    """Changes the configuration, and returns the log lines of the agent's answer to SIGHUP."""
    agent.config.write_text(agent.config.read_text().replace(old, new))
    begin, ready = agent.log.stat().st_size, manager().count("READY=1")
    os.kill(agent.process.pid, signal.SIGHUP)
    wait_until(lambda: manager().count("READY=1") > ready)
    assert any(message.startswith("RELOADING=1\nMONOTONIC_USEC=") for message in manager())
    with open(agent.log, encoding="utf-8") as log:
        log.seek(begin)
        return log.read()


def test_the_service_manager_hears_that_the_agent_is_alive(agent, manager):
    before = manager().count("WATCHDOG=1")
    wait_until(lambda: manager().count("WATCHDOG=1") >= before + 5, 10)
    assert any(message.startswith("STATUS=0 cells, the store answers") for message in wait_until(
        lambda: [one for one in manager() if one.startswith("STATUS=")]))


def test_a_stopped_agent_is_silent(agent, manager):
    os.kill(agent.process.pid, signal.SIGSTOP)
    try:
        manager()
        before = manager().count("WATCHDOG=1")
        time.sleep(1.5)  # silence has no event to wait for
        assert manager().count("WATCHDOG=1") <= before + 1
    finally:
        os.kill(agent.process.pid, signal.SIGCONT)


def test_new_settings_are_taken(agent, manager):
    assert "reloaded" in reload(agent, manager, "verify_window_ms: 1500", "verify_window_ms: 1000\n  max_parallel: 2")


def test_new_credentials_are_taken(agent, manager):
    lines = reload(agent, manager, "end-to-end-secret", "a-wrong-one")
    assert "reloaded" in lines
    wait_until(lambda: "poll-failed" in agent.log.read_text())
    reload(agent, manager, "a-wrong-one", "end-to-end-secret")
    failures = agent.log.read_text().count("poll-failed")
    time.sleep(1)  # five polls
    assert agent.log.read_text().count("poll-failed") == failures


def test_a_file_with_mistakes_is_refused_and_the_agent_goes_on(agent, manager):
    lines = reload(agent, manager, "check_interval_ms: 200", "check_interval_ms: soon")
    assert "reload-refused" in lines and "global.check_interval_ms" in lines
    assert agent.process.poll() is None


def test_what_needs_a_restart_is_named(agent, manager):
    lines = reload(agent, manager, "node_id: node01", "node_id: node02")
    assert "global.node_id changed, which needs a restart" in lines


def test_the_example_unit_is_valid(folder):
    unit = (REPOSITORY / "examples/fleetagent.service").read_text()
    copy = folder / "fleetagent.service"
    copy.write_text(unit.replace("/usr/local/bin/fleetagent", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", copy],
                          capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and str(copy) not in done.stderr, done.stderr
