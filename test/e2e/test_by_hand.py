"""The commands of fleetagent for whoever is logged in on a node, beside a running agent and without one."""

import json
import subprocess

import pytest

from bucket import Bucket
from fleet import Agent, Store
from processes import AGENT, free_port, wait_until


def fleetagent(agent, command, *arguments, expect=0):
    """What the command printed; both outputs when it was to fail."""
    done = subprocess.run([AGENT, command, *arguments, "--config", agent.config], capture_output=True, text=True,
                          cwd=agent.folder, timeout=120)
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout if expect == 0 else done.stdout + done.stderr


def shown(agent, cell):
    cells = json.loads(fleetagent(agent, "status", "--json"))["cells"]
    return next((one for one in cells if one["cell_id"] == cell), None)


@pytest.fixture(scope="module")
def hello(supervisor_fleet):
    """A cell at v1.1.0 that ran v1.0.0 before."""
    cell = supervisor_fleet.hello("supervisor")
    for version in ("v1.0.0", "v1.1.0"):
        cell.make_version(version)
        cell.publish(version)
        cell.wait_for_status({"status": "success", "running_version": version})
    return cell


def test_status_shows_each_cell(supervisor_fleet, hello):
    table = fleetagent(supervisor_fleet.agent, "status")
    assert table.startswith("node node01, the agent is running")
    assert f"{hello.cell}  supervisor  v1.1.0   running" in table
    assert shown(supervisor_fleet.agent, hello.cell)["state"] == "deployed"


def test_check_store_tries_every_permission(supervisor_fleet, hello):
    told = fleetagent(supervisor_fleet.agent, "check-store")
    lines = told.split("\n\n")[0].splitlines()
    assert len(lines) == 8 and all(line.startswith("ok ") for line in lines), told
    json.loads(told.split("policy for this node:\n")[1])


def test_check_store_names_what_is_refused(supervisor_fleet, folder):
    config = folder / "agent_config.yaml"
    config.write_text(supervisor_fleet.agent.config.read_text().replace("end-to-end-secret", "another"))
    done = subprocess.run([AGENT, "check-store", "--config", config], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "refused  list cells/node01/" in done.stdout and "allow s3:ListBucket" in done.stdout


def test_a_running_agent_rolls_back_on_request(supervisor_fleet, hello):
    agent = supervisor_fleet.agent
    choices = fleetagent(agent, "rollback", hello.cell)
    assert " * v1.1.0   v1.1.0-" in choices and "   v1.0.0   v1.0.0-" in choices
    assert fleetagent(agent, "rollback", hello.cell, "v1.0.0").startswith(f"{hello.cell} is at v1.0.0 (v1.0.0-")
    hello.wait_for_version("v1.0.0")
    assert hello.status()["error"] == "rolled back by hand to v1.0.0"
    assert "has v1.0.0 already" in fleetagent(agent, "rollback", hello.cell, "v1.0.0", expect=1)
    assert hello.answer()["version"] == "v1.0.0"  # after many polls
    assert not list((agent.folder / ".fleetagent/requests").iterdir())


def test_without_an_agent_the_command_does_it_with_the_store_down_too(supervisor_fleet, hello):
    agent, controller = supervisor_fleet.agent, supervisor_fleet.controller
    agent.stop()
    controller.stop()
    try:
        assert "the agent is not running" in fleetagent(agent, "status")
        fleetagent(agent, "rollback", hello.cell, "v1.1.0")
        hello.wait_for_version("v1.1.0")
        refused = fleetagent(agent, "remove", hello.cell, expect=1)
        assert "is not known" in refused
    finally:
        controller.start()
        agent.start()
    wait_until(lambda: shown(agent, hello.cell)["version"] == "v1.1.0")


def test_a_cell_that_the_bucket_wants_is_removed_only_by_the_controller(supervisor_fleet, hello):
    refused = fleetagent(supervisor_fleet.agent, "remove", hello.cell, expect=1)
    assert "delete the cell in the controller" in refused
    hello.answer()


def test_mistakes_are_told(supervisor_fleet, hello):
    agent = supervisor_fleet.agent
    assert "no release of a cell nobody" in fleetagent(agent, "rollback", "nobody", "v1.0.0", expect=1)
    assert "no release v7.0.0" in fleetagent(agent, "rollback", hello.cell, "v7.0.0", expect=1)
    assert "there is no cell nobody here" in fleetagent(agent, "remove", "nobody", expect=1)


@pytest.fixture
def lone(supervisor_fleet, folder):
    """A node on which no agent runs."""
    deployed = folder / "deployed"
    deployed.mkdir()
    agent = Agent(folder / "agent", supervisor_fleet.store, folder.name, f"deploy:\n  target_folder: {deployed}\n")
    agent.deployed, agent.bucket = deployed, Bucket(supervisor_fleet.store, folder.name)
    return agent


def test_once_does_what_the_bucket_asks_for_and_its_exit_code_tells(lone):
    assert fleetagent(lone, "once") == "0 cells, 0 deployed, 0 failed, 0 to be tried again\n"
    lone.bucket.publish("first", "v1.0.0")
    lone.bucket.publish("second", "v1.0.0")
    assert fleetagent(lone, "once").startswith("2 cells, 2 deployed, 0 failed,")
    assert (lone.deployed / "first/version.txt").read_text() == "v1.0.0"
    assert fleetagent(lone, "once").startswith("2 cells, 0 deployed, 0 failed,")

    lone.bucket.publish("second", "v2.0.0", sha256="0" * 64)
    assert "2 cells, 0 deployed, 1 failed," in fleetagent(lone, "once", expect=1)
    assert (lone.deployed / "second/version.txt").read_text() == "v1.0.0"
    assert fleetagent(lone, "once").startswith("2 cells, 0 deployed, 0 failed,")  # that is dealt with


def test_once_removes_a_deleted_cell_by_itself(lone):
    for cell in ("first", "second"):
        lone.bucket.publish(cell, "v1.0.0")
    fleetagent(lone, "once")
    for key in lone.bucket.store.keys(f"cells/{lone.node}/first/"):
        lone.bucket.store.delete(key)
    assert fleetagent(lone, "once").startswith("1 cells, 0 deployed, 0 failed,")
    assert not (lone.deployed / "first").exists()
    assert len(list((lone.folder / "backup").glob("fleetman-first-*"))) == 1
    assert (lone.deployed / "second/version.txt").exists()


def test_once_fails_when_the_store_does_not_answer(folder, lone):
    nobody = Store(f"http://127.0.0.1:{free_port()}")
    agent = Agent(folder / "other", nobody, "node01", f"deploy:\n  target_folder: {lone.deployed}\n", s3_retry_count=1)
    assert "fleetagent: " in fleetagent(agent, "once", expect=1)


def test_check_config_names_every_mistake_with_its_line(lone):
    def checked():
        done = subprocess.run([AGENT, "check-config", lone.config], capture_output=True, text=True, timeout=20)
        return done.returncode, done.stdout, done.stderr

    assert checked() == (0, f"{lone.config}: ok (node {lone.node}, profiles: deploy)\n", "")
    text = lone.config.read_text()
    lone.config.write_text(text + "colour: green\n")
    code, _, warnings = checked()
    assert code == 0 and "colour" in warnings
    lone.config.write_text(text.replace("check_interval_ms: 200", "check_interval_ms: soon")
                           .replace("path_style: true", "path_style: perhaps"))
    code, out, mistakes = checked()
    assert code == 1 and out == ""
    for mistake in ("check_interval_ms", "path_style"):
        line = next(number for number, each in enumerate(lone.config.read_text().splitlines(), 1) if mistake in each)
        told = [each for each in mistakes.splitlines() if mistake in each]
        assert len(told) == 1 and str(line) in told[0], mistakes
