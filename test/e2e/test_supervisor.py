"""The supervisor profile under a real supervisord."""

import os
import signal

import pytest

from processes import wait_until

CRASHES = 'import sys\nsys.exit("cannot open the database")\n'


@pytest.fixture
def hello(supervisor_fleet):
    return supervisor_fleet.hello("supervisor")


@pytest.fixture
def deployed(hello):
    hello.make_version("v1.0.0")
    hello.publish("v1.0.0")
    hello.wait_for_version("v1.0.0")
    hello.wait_for_status({"status": "success", "running_version": "v1.0.0"})
    return hello


def test_a_published_version_runs_and_is_reported(supervisor_fleet, deployed):
    wait_until(lambda: deployed.reported()["running"] is True)
    assert deployed.reported()["version"] == "v1.0.0"
    assert deployed.reported()["profile"] == "supervisor"
    assert supervisor_fleet.api.get("/agents/node01")["state"] == "active"
    assert supervisor_fleet.supervisord.status(f"fleetman-{deployed.cell}") == "RUNNING"


def test_an_override_wins_over_the_versions_file(deployed):
    assert deployed.answer()["greeting"] == "Hello from a test"


def test_a_template_is_rendered_with_the_hosts_values(supervisor_fleet, deployed):
    answer = deployed.answer()
    assert answer["cell"] == deployed.cell
    assert answer["folder"] == str(supervisor_fleet.services / deployed.cell)


def test_files_and_folders_get_the_modes_of_the_manifest(supervisor_fleet, deployed):
    service = supervisor_fleet.services / deployed.cell
    modes = {name: (service / name).stat().st_mode & 0o7777 for name in ("", "run.sh", "hello.py", "logs")}
    assert modes == {"": 0o700, "run.sh": 0o700, "hello.py": 0o600, "logs": 0o700}


def test_a_republished_version_restarts_the_service(deployed):
    before = deployed.answer()["pid"]
    deployed.publish("v1.0.0")
    wait_until(lambda: deployed.answer()["pid"] != before, 40, "another process answers")
    assert deployed.answer()["version"] == "v1.0.0"


def test_a_version_that_is_published_while_another_is_being_deployed_comes_next(deployed):
    deployed.make_version("v1.0.1")
    deployed.make_version("v1.0.2")
    deployed.publish("v1.0.1")
    deployed.wait_for_version("v1.0.1")  # it answers, and is still being watched
    deployed.publish("v1.0.2")
    deployed.wait_for_version("v1.0.2")
    deployed.wait_for_status({"status": "success", "running_version": "v1.0.2"})


def test_a_changed_override_takes_effect_with_the_next_version(deployed):
    deployed.override("settings.ini", deployed.settings("Good evening"))
    deployed.make_version("v1.0.1")
    deployed.publish("v1.0.1")
    assert deployed.wait_for_version("v1.0.1")["greeting"] == "Good evening"


def test_a_service_that_is_killed_is_started_again(deployed):
    before = deployed.answer()["pid"]
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: deployed.answer()["pid"] != before, 30, "another process answers")


def test_a_version_that_crashes_is_rolled_back_with_the_reason_and_its_log_lines(supervisor_fleet, deployed):
    deployed.make_version("v2.0.0", hello_py=CRASHES)
    deployed.publish("v2.0.0")
    status = deployed.wait_for_status({"status": "failed"})
    assert status["running_version"] == "v1.0.0"
    assert status["error"]
    assert any("cannot open the database" in line for line in status["logs"]["logs/stderr.log"])
    assert deployed.wait_for_version("v1.0.0")["greeting"] == "Hello from a test"
    wait_until(lambda: deployed.reported()["running"] and deployed.reported()["version"] == "v1.0.0", 70)


def test_a_first_version_that_crashes_ends_stopped_and_says_so(supervisor_fleet, hello):
    hello.make_version("v1.0.0", hello_py=CRASHES)
    hello.publish("v1.0.0")
    status = hello.wait_for_status({"status": "failed"})
    assert status["running_version"] == "unknown"
    assert status["error"]
    wait_until(lambda: supervisor_fleet.supervisord.status(f"fleetman-{hello.cell}") in (None, "STOPPED"))


def test_an_agent_that_is_restarted_deploys_nothing_anew(supervisor_fleet, deployed):
    before = deployed.answer()["pid"]
    applied = deployed.status()["applied_at"]
    first_report = supervisor_fleet.store.read_json("agents/node01.json")["report_timestamp"]
    supervisor_fleet.agent.stop()
    assert deployed.answer()["pid"] == before
    supervisor_fleet.agent.start()
    supervisor_fleet.agent.wait_until(
        lambda: supervisor_fleet.store.read_json("agents/node01.json")["report_timestamp"] > first_report)

    # A cell published after the restart is deployed, so the agent has looked at this one too.
    other = supervisor_fleet.hello("supervisor")
    other.make_version("v1.0.0")
    other.publish("v1.0.0")
    other.wait_for_version("v1.0.0")
    assert deployed.answer()["pid"] == before
    assert deployed.status()["applied_at"] == applied


def test_a_deleted_cell_is_stopped_its_files_are_kept_aside_and_it_runs_again_when_it_is_restored(supervisor_fleet, deployed):
    supervisor_fleet.api.delete(deployed.path)
    wait_until(lambda: supervisor_fleet.supervisord.status(f"fleetman-{deployed.cell}") is None, 40, "unregistered")
    wait_until(lambda: not (supervisor_fleet.services / deployed.cell).exists())
    kept = list((supervisor_fleet.agent.folder / "backup").glob(f"fleetman-{deployed.cell}-*"))
    assert len(kept) == 1
    assert any(kept[0].rglob("hello.py"))
    wait_until(lambda: deployed.reported() is None, 70, "dropped from the report")
    archived = supervisor_fleet.store.keys(f"cell_recycle/node01/{deployed.cell}/")
    assert any(key.endswith("/metadata.json") for key in archived)

    item = next(one for one in supervisor_fleet.api.get("/recycle")["items"] if one["cell"] == f"node01/{deployed.cell}")
    supervisor_fleet.api.post(f"/recycle/{item['id']}/restore")
    assert deployed.wait_for_version("v1.0.0")["greeting"] == "Hello from a test"
    assert not supervisor_fleet.store.keys(f"cell_recycle/node01/{deployed.cell}/")


def test_aws_lists_the_keys_of_the_formats(supervisor_fleet, deployed):
    store = supervisor_fleet.store
    listing = store.aws("s3", "ls", "--recursive", f"s3://{store.bucket}/{store.prefix}/")
    keys = {line.split(maxsplit=3)[3].removeprefix(store.prefix + "/") for line in listing.splitlines()}
    cell, version = f"cells/node01/{deployed.cell}", f"deployments/{deployed.manifest}/v1.0.0"
    assert {"agents/node01.json", "fleetman/nodes/node01.json", f"{version}/manifest.json", f"{version}/run.sh",
            f"{cell}/metadata.json", f"{cell}/trigger.json", f"{cell}/status.json", f"{cell}/overrides/settings.ini",
            f"{cell}/versions/v1.0.0/manifest.json", f"{cell}/versions/v1.0.0/run.sh",
            f"{cell}/versions/v1.0.0/settings.ini"} <= keys
    overridden = store.read(f"{cell}/versions/v1.0.0/settings.ini").decode()
    assert "Hello from a test" in overridden
