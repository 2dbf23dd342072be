"""The systemd profile on a node with a real systemd."""

import signal

import pytest

from processes import wait_until

CRASHES = 'import sys\nsys.exit("cannot open the database")\n'


@pytest.fixture
def hello(systemd_fleet):
    return systemd_fleet.hello("systemd")


@pytest.fixture
def deployed(hello):
    hello.make_version("v1.0.0")
    hello.publish("v1.0.0")
    hello.wait_for_version("v1.0.0")
    hello.wait_for_status({"status": "success", "running_version": "v1.0.0"})
    return hello


def show(fleet, cell, name):
    return fleet.node.run("systemctl", "show", "--value", f"--property={name}", f"fleetman-{cell.cell}").strip()


def test_a_published_version_runs_as_a_unit_that_starts_at_boot(systemd_fleet, deployed):
    assert show(systemd_fleet, deployed, "ActiveState") == "active"
    assert show(systemd_fleet, deployed, "UnitFileState") == "enabled"
    assert show(systemd_fleet, deployed, "FragmentPath") == f"/etc/systemd/system/fleetman-{deployed.cell}.service"
    answer = deployed.answer()
    assert answer["folder"] == str(systemd_fleet.services / f"fleetman-{deployed.cell}")
    assert answer["greeting"] == "Hello from a test"
    wait_until(lambda: deployed.reported()["running"] and deployed.reported()["version"] == "v1.0.0", 70)


def test_a_version_that_crashes_is_rolled_back_with_the_reason_and_its_log_lines(systemd_fleet, deployed):
    deployed.make_version("v2.0.0", hello_py=CRASHES)
    deployed.publish("v2.0.0")
    status = deployed.wait_for_status({"status": "failed"})
    assert status["running_version"] == "v1.0.0"
    assert status["error"]
    assert any("cannot open the database" in line for line in status["logs"]["logs/stderr.log"])
    deployed.wait_for_version("v1.0.0")
    assert show(systemd_fleet, deployed, "ActiveState") == "active"


def test_a_republished_version_restarts_the_service(systemd_fleet, deployed):
    before = show(systemd_fleet, deployed, "MainPID")
    deployed.publish("v1.0.0")
    wait_until(lambda: show(systemd_fleet, deployed, "MainPID") not in (before, "0"), 40)
    deployed.wait_for_version("v1.0.0")


def test_a_service_that_is_killed_is_started_again(systemd_fleet, deployed):
    before = show(systemd_fleet, deployed, "MainPID")
    systemd_fleet.node.run("kill", f"-{signal.SIGKILL.value}", before)
    wait_until(lambda: show(systemd_fleet, deployed, "MainPID") not in (before, "0"), 40)
    deployed.wait_for_version("v1.0.0")


def test_a_deleted_cell_is_stopped_and_its_files_are_kept_aside(systemd_fleet, deployed):
    pid = show(systemd_fleet, deployed, "MainPID")
    systemd_fleet.api.delete(deployed.path)
    wait_until(lambda: show(systemd_fleet, deployed, "LoadState") == "not-found", 40, "the unit is gone")
    assert show(systemd_fleet, deployed, "ActiveState") == "inactive"
    assert systemd_fleet.node.run("sh", "-c", f"test ! -e /proc/{pid} || echo it still runs") == ""
    wait_until(lambda: not (systemd_fleet.services / f"fleetman-{deployed.cell}").exists())
    kept = list((systemd_fleet.agent.folder / "backup").glob(f"fleetman-{deployed.cell}-*"))
    assert len(kept) == 1 and any(kept[0].rglob("hello.py"))
