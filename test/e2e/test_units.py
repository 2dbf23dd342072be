"""How a unit's own settings decide whether a deployment passes, on a node with a real systemd."""

import pytest

from fleet import EXAMPLE

FOLDER = "{{ fleetagent_service_working_dir }}"
SLEEPS = "ExecStart=/bin/sleep 1000\n"


@pytest.fixture
def hello(systemd_fleet):
    return systemd_fleet.hello("systemd")


def deploy(hello, version, service, unit=""):
    base = f"/manifests/{hello.manifest}/versions"
    hello.api.post(base, {"version": version})
    for name in ("run.sh", "hello.py", "settings.ini", "cell.ini", "version.txt"):
        hello.api.upload(f"{base}/{version}/files/{name}", (EXAMPLE / "files" / name).read_text())
    hello.api.upload(f"{base}/{version}/files/app.service",
                     f"[Unit]\n{unit}[Service]\n{service}[Install]\nWantedBy=multi-user.target\n")
    hello.api.post(f"{base}/{version}/finalize")
    hello.publish(version)


def show(fleet, cell, name):
    return fleet.node.run("systemctl", "show", "--value", f"--property={name}", f"fleetman-{cell.cell}").strip()


def test_a_oneshot_passes_with_its_success_and_fails_with_its_exit_code(systemd_fleet, hello):
    deploy(hello, "v1.0.0", "Type=oneshot\nExecStart=/bin/true\n")
    hello.wait_for_status({"status": "success", "running_version": "v1.0.0"})
    deploy(hello, "v1.0.1", "Type=oneshot\nExecStart=/bin/false\n")
    status = hello.wait_for_status({"status": "failed"})
    assert "exit-code, status 1" in status["error"]
    assert status["running_version"] == "v1.0.0"


def test_a_condition_is_judged_on_the_new_release_and_one_that_does_not_hold_fails(systemd_fleet, hello):
    deploy(hello, "v1.0.0", SLEEPS, f"ConditionPathExists={FOLDER}/hello.py\n")
    hello.wait_for_status({"status": "success", "running_version": "v1.0.0"})
    deploy(hello, "v1.0.1", SLEEPS, f"ConditionPathExists={FOLDER}/no-such-file\n")
    status = hello.wait_for_status({"status": "failed"})
    assert "Condition" in status["error"]
    assert show(systemd_fleet, hello, "ActiveState") == "active"

    deploy(hello, "v1.0.2", SLEEPS, f"AssertPathExists={FOLDER}/no-such-file\n")
    status = hello.wait_for_status({"status": "failed", "attempted_version": "v1.0.2"})
    assert "Assert" in status["error"]
    assert show(systemd_fleet, hello, "ActiveState") == "active"


def test_a_start_may_take_as_long_as_its_unit_says(systemd_fleet, hello):
    deploy(hello, "v1.0.0", "Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sleep 4\nTimeoutStartSec=30\n")
    hello.wait_for_status({"status": "success", "running_version": "v1.0.0"})
    deploy(hello, "v1.0.1", "Type=notify\nTimeoutStartSec=2\n" + SLEEPS)
    status = hello.wait_for_status({"status": "failed"})
    assert "timeout" in status["error"]
    assert show(systemd_fleet, hello, "ActiveState") == "active"


def test_a_strictly_protected_service_writes_into_the_folders_that_it_keeps(systemd_fleet, hello):
    write = f"ExecStart=/bin/sh -c 'echo written >{FOLDER}/logs/probe && exec sleep 1000'\n"
    deploy(hello, "v1.0.0", f"ProtectSystem=strict\nReadWritePaths=/var/tmp \\\n  {FOLDER}\n" + write)
    hello.wait_for_status({"status": "success", "running_version": "v1.0.0"})
    assert systemd_fleet.node.run("cat", f"{systemd_fleet.services}/fleetman-{hello.cell}/logs/probe") == "written\n"
    assert "ExecStartPre=-+/bin/ln -sfnT" in systemd_fleet.node.run("systemctl", "cat", f"fleetman-{hello.cell}")


def test_a_systemctl_that_fails_leaves_the_old_release_running_and_is_named(systemd_fleet, hello):
    deploy(hello, "v1.0.0", SLEEPS)
    hello.wait_for_status({"status": "success", "running_version": "v1.0.0"})
    systemd_fleet.systemctl.now("stop", "fails")
    try:
        deploy(hello, "v1.0.1", SLEEPS)
        status = hello.wait_for_status({"status": "failed"})
    finally:
        systemd_fleet.systemctl.well_again()
    assert "systemctl stop" in status["error"] and "unknown trouble" in status["error"]
    assert status["running_version"] == "v1.0.0"
    assert show(systemd_fleet, hello, "ActiveState") == "active"
    hello.publish("v1.0.1")
    hello.wait_for_status({"status": "success", "running_version": "v1.0.1"})


def test_a_first_version_that_fails_does_not_come_back_at_boot(systemd_fleet, hello):
    deploy(hello, "v1.0.0", "ExecStart=/bin/false\nRestart=always\n")
    status = hello.wait_for_status({"status": "failed"})
    assert "there is no earlier release, so it is stopped" in status["error"]
    assert show(systemd_fleet, hello, "UnitFileState") == "disabled"
    assert show(systemd_fleet, hello, "ActiveState") in ("inactive", "failed")
