"""The systemd profile on a node with a real systemd."""

import json
import signal

import pytest

from fleet import EXAMPLE
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


def test_the_example_s_unit_lets_the_agent_check_a_service_as_its_account(systemd_fleet, hello):
    manifest = json.loads((EXAMPLE / "manifest.json").read_text())
    manifest["files"].append({"path": "app.service", "file_type": "text"})
    manifest |= {"name": hello.manifest, "profile": "systemd", "service_owner": "daemon", "service_group": "daemon",
                 "health": [{"type": "exec", "command": ["sh", "-c", "test $(id -un):$(id -gn) = daemon:daemon && test -f run.sh"],
                             "deadline_ms": 5000}]}
    systemd_fleet.services.parent.chmod(0o711)  # a private folder until now
    hello.api.put(f"/manifests/{hello.manifest}", manifest)
    hello.make_version("v1.0.0")
    hello.publish("v1.0.0")
    status = hello.wait_for_status({"attempted_version": "v1.0.0"})
    assert status["status"] == "success", status["error"]


def test_the_example_s_unit_lets_the_agent_see_in_which_release_a_process_works(systemd_fleet, deployed):
    """A unit with KillMode=process may leave one behind: that release stays, though only one more than the running one is kept."""
    live = systemd_fleet.services / f"fleetman-{deployed.cell}"
    systemd_fleet.node.run("systemd-run", "--unit=left-behind", f"--working-directory={live}", "sleep", "1000")
    first = live.resolve()
    for version in ("v1.0.1", "v1.0.2"):
        deployed.make_version(version)
        deployed.publish(version)
        deployed.wait_for_status({"status": "success", "running_version": version})
    systemd_fleet.node.run("systemctl", "stop", "left-behind")
    assert (first / "run.sh").exists()
