"""What the agent makes of a store and of a host that fail: what runs goes on, and status.json says why nothing new does."""

import hashlib
import json
import os
import pathlib
import subprocess
import sys

import pytest

from bucket import Bucket, files_of
from fleet import Agent, Controller, Supervisord, running, supervisor_section
from processes import REPOSITORY, wait_until

sys.path.insert(0, str(REPOSITORY / "test/support"))
from imposter import Fault, Imposter  # noqa: E402


class Host:
    """A node between which and its store an imposter stands."""

    def __init__(self, folder, store, imposter, supervisord):
        self.folder, self.bucket, self.imposter, self.supervisord = folder, Bucket(store), imposter, supervisord
        self.deployed, self.services = folder / "deployed", folder / "services"
        for path in (self.deployed, self.services):
            path.mkdir()
        self.fault = folder / "fault"
        self.control = folder / "supervisorctl"
        self.control.write_text(f"""#!/bin/bash
read -r verb how 2>/dev/null <{self.fault}
[[ $1 == "$verb" && $how == fails ]] && {{ echo "ERROR: unknown trouble" >&2; exit 1; }}
[[ $1 == "$verb" && $how == hangs ]] && exec sleep 1000
exec {supervisord.control} "$@"
""")
        self.control.chmod(0o755)
        section = supervisor_section(supervisord, self.services).replace(str(supervisord.control), str(self.control))
        self.agent = Agent(folder / "agent", behind(store, imposter.endpoint), "node01",
                           section + f"deploy:\n  target_folder: {self.deployed}\n",
                           check_interval_ms=150, verify_window_ms=300, s3_retry_count=1, s3_retry_delay_ms=10,
                           heartbeat_interval_ms=1000)

    def manager(self, verb, how):
        self.fault.write_text(f"{verb} {how}\n")

    def version_at(self, path):
        """The one whose every file is there."""
        version = (path / "version.txt").read_text()
        for name, content in files_of(version).items():
            assert (path / name).read_bytes() == content
        return version

    def pid(self, cell):
        return self.supervisord.pid_of(f"fleetman-{cell}")

    def releases(self, services, cell):
        return sorted(path.name for path in (services / ".fleetman" / cell / "releases").iterdir() if path.is_dir())


def behind(store, endpoint):
    return type(store)(endpoint, store.access_key, store.secret_key, store.bucket, store.prefix)


@pytest.fixture(scope="module")
def host(module_folder):
    controller = Controller(module_folder / "controller")
    supervisord = Supervisord(module_folder / "supervisor")
    with running(controller, supervisord), Imposter(controller.store_port) as imposter:
        found = Host(module_folder, controller.embedded_store(), imposter, supervisord)
        with running(found.agent):
            yield found


@pytest.fixture(autouse=True)
def a_good_day_again(host):
    yield
    host.imposter.well_again()
    host.fault.unlink(missing_ok=True)


@pytest.fixture
def cell(request):
    return "c" + hashlib.sha256(request.node.name.encode()).hexdigest()[:8]


def heartbeat(host):
    return host.bucket.store.read_json("agents/node01.json")


@pytest.mark.parametrize("method, part", [
    ("GET", "/trigger.json"), ("GET", "/metadata.json"), ("GET", "/manifest.json"), ("GET", "list-type=2"),
    ("GET", "/data.bin"), ("PUT", "/status.json"), ("PUT", "/agents/")])
def test_a_store_that_goes_down_at_any_step_stops_nothing_and_the_deployment_is_made_later(host, cell, method, part):
    host.bucket.deploy(cell, "v1.0.0", "supervisor")
    pid, live = host.pid(cell), host.services / cell
    host.imposter.on(method, part, Fault.cut(), times=1, seen=host.imposter.down)
    trigger = host.bucket.publish(cell, "v2.0.0", "supervisor")
    before = host.imposter.count()
    wait_until(lambda: host.imposter.count(method, part) and host.imposter.count() > before + 3, 30, "it is down")
    if method != "PUT":  # else it is deployed by then
        assert host.pid(cell) == pid
        assert host.version_at(live) == "v1.0.0"
    host.imposter.well_again()
    host.bucket.wait_for(cell, trigger, "deployed", 60)
    assert host.version_at(live) == "v2.0.0"
    assert host.pid(cell) != pid


@pytest.mark.parametrize("fault, said", [
    (Fault.cut(1000), "data.bin"), (Fault.corrupt(), "data.bin"), (Fault.error(503), "data.bin"), (Fault.cut(), "data.bin")])
def test_a_body_that_does_not_arrive_whole_is_waited_for_and_never_installed(host, cell, fault, said):
    host.bucket.deploy(cell, "v1.0.0")
    host.imposter.on("GET", "/v2.0.0/data.bin", fault)
    trigger = host.bucket.publish(cell, "v2.0.0")
    status = host.bucket.wait_for(cell, trigger, "pending")
    assert said in status["error"]
    assert status["running_version"] == "v1.0.0"
    assert host.version_at(host.deployed / cell) == "v1.0.0"
    host.imposter.well_again()
    host.bucket.wait_for(cell, trigger, "deployed")
    assert host.version_at(host.deployed / cell) == "v2.0.0"
    assert len(host.releases(host.deployed, cell)) == 2


def test_contents_that_are_not_the_manifests_are_refused_for_good(host, cell):
    host.bucket.deploy(cell, "v1.0.0")
    trigger = host.bucket.publish(cell, "v2.0.0", sha256="0" * 64)
    status = host.bucket.wait_for(cell, trigger, "failed")
    assert "data.bin" in status["error"]
    assert status["running_version"] == "v1.0.0"
    assert host.version_at(host.deployed / cell) == "v1.0.0"
    assert len(host.releases(host.deployed, cell)) == 1


def test_an_outcome_that_the_store_did_not_take_is_told_later(host, cell):
    host.imposter.on("PUT", f"/{cell}/status.json", Fault.cut(), times=2)
    trigger = host.bucket.publish(cell, "v1.0.0")
    host.bucket.wait_for(cell, trigger, "deployed")
    assert host.imposter.count("PUT", f"/{cell}/status.json") == 3


def test_a_slow_cell_delays_neither_another_nor_the_heartbeat(host, cell):
    host.bucket.deploy(cell, "v1.0.0")
    host.imposter.on("GET", f"/{cell}/versions/v2.0.0/data.bin", Fault.slow(600))
    waiting = host.bucket.publish(cell, "v2.0.0")
    wait_until(lambda: host.imposter.count("GET", f"/{cell}/versions/v2.0.0/data.bin"), 20, "it is being fetched")
    beat = host.imposter.count("PUT", "/agents/")
    for version in ("v1.0.0", "v2.0.0"):
        host.bucket.deploy(cell + "b", version)
    wait_until(lambda: host.imposter.count("PUT", "/agents/") > beat + 1, 10, "heartbeats")
    assert host.bucket.status(cell)["trigger_id"] != waiting
    # A newer trigger is acted on when the slow one is given up or ends; what runs is whole all the time.
    assert host.version_at(host.deployed / cell) == "v1.0.0"


def test_an_agent_that_is_to_end_while_a_file_arrives_ends_in_time_and_goes_on_when_it_is_back(host, cell):
    host.bucket.deploy(cell, "v1.0.0", "supervisor")
    pid, body = host.pid(cell), f"/{cell}/versions/v2.0.0/data.bin"
    host.imposter.on("GET", body, Fault.slow(600))
    trigger = host.bucket.publish(cell, "v2.0.0", "supervisor")
    wait_until(lambda: host.imposter.count("GET", body), 20, "it is being fetched")
    host.agent.process.terminate()
    try:
        assert host.agent.process.wait(10) == 0
    finally:
        host.imposter.well_again()
        host.agent.kill()
        host.agent.start()
    assert host.version_at(host.services / cell) == "v1.0.0" and host.pid(cell) == pid
    host.bucket.wait_for(cell, trigger, "deployed", 60)
    assert host.version_at(host.services / cell) == "v2.0.0"
    assert len(host.releases(host.services, cell)) == 2


def test_a_supervisorctl_that_does_not_stop_a_program_leaves_the_old_release_running(host, cell):
    host.bucket.deploy(cell, "v1.0.0", "supervisor")
    host.manager("stop", "fails")
    trigger = host.bucket.publish(cell, "v2.0.0", "supervisor")
    status = host.bucket.wait_for(cell, trigger, "failed", 60)
    assert "stop" in status["error"] and status["running_version"] == "v1.0.0", status
    assert host.version_at(host.services / cell) == "v1.0.0"
    assert host.supervisord.status(f"fleetman-{cell}") == "RUNNING"


# Orders that only a new program needs.
@pytest.mark.parametrize("verb, how, wanted", [("reread", "fails", "failed"), ("reread", "hangs", "pending"), ("update", "fails", "stopped")])
def test_a_supervisorctl_that_takes_no_new_program_is_named(host, cell, verb, how, wanted):
    host.manager(verb, how)
    trigger = host.bucket.publish(cell, "v1.0.0", "supervisor")
    status = host.bucket.wait_for(cell, trigger, wanted, 60)
    assert verb in status["error"] and status["running_version"] == "unknown", status
    assert host.supervisord.status(f"fleetman-{cell}") != "RUNNING"
    if verb == "reread":  # which comes before anything is switched
        assert not (host.services / cell).exists()
    host.manager("none", "fails")
    host.bucket.wait_for(cell, host.bucket.publish(cell, "v1.0.0", "supervisor"), "deployed", 60)


def test_a_supervisorctl_that_is_missing_is_named(host, cell):
    host.bucket.deploy(cell, "v1.0.0", "supervisor")
    pid = host.pid(cell)
    host.control.rename(host.control.with_suffix(".away"))
    try:
        trigger = host.bucket.publish(cell, "v2.0.0", "supervisor")
        told = wait_until(lambda: (lambda s: s["trigger_id"] == trigger and s)(host.bucket.status(cell)), 40, "said")
    finally:
        host.control.with_suffix(".away").rename(host.control)
    assert told["status"] == "failed" and str(host.control) in told["error"], told
    assert host.pid(cell) == pid
    assert host.version_at(host.services / cell) == "v1.0.0"


@pytest.fixture
def small_disk(folder):
    """Two MiB."""
    if os.geteuid() != 0:
        pytest.fail("mounting a small disk needs root")
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=0755", "tmpfs", disk], check=True)
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_disk_that_fills_up_while_files_arrive_leaves_the_old_release_and_no_remains(host, cell, folder, small_disk):
    bucket = Bucket(host.bucket.store, "node02")
    agent = Agent(folder / "agent", behind(host.bucket.store, host.imposter.endpoint), "node02",
                  f"deploy:\n  target_folder: {small_disk}\n",
                  check_interval_ms=150, verify_window_ms=100, s3_retry_count=1, s3_retry_delay_ms=10)
    filler = small_disk / "filler"

    def fill_up():
        left = os.statvfs(small_disk)
        filler.write_bytes(b"x" * (left.f_bavail * left.f_frsize - 65536))

    with running(agent):
        bucket.deploy(cell, "v1.0.0")
        host.imposter.on("GET", f"/{cell}/versions/v2.0.0/data.bin", Fault(), times=1, seen=fill_up)
        trigger = bucket.publish(cell, "v2.0.0")
        status = bucket.wait_for(cell, trigger, "pending")
        assert "space" in status["error"] or "disk" in status["error"], status
        assert host.version_at(small_disk / cell) == "v1.0.0"
        assert host.releases(small_disk, cell) == [(small_disk / cell).resolve().name]
        filler.unlink()
        bucket.wait_for(cell, trigger, "deployed", 60)
        assert host.version_at(small_disk / cell) == "v2.0.0"


def test_losing_the_store_stops_nothing_even_when_the_agent_is_started_again(host, cell):
    host.bucket.deploy(cell, "v1.0.0", "supervisor")
    pid = host.pid(cell)
    host.imposter.down()
    asked = host.imposter.count()
    wait_until(lambda: host.imposter.count() > asked + 1, 30, "polls without an answer")
    host.agent.kill()
    host.agent.start()
    asked = host.imposter.count()
    wait_until(lambda: host.imposter.count() > asked + 1, 30, "polls without an answer")
    assert host.pid(cell) == pid
    state = json.loads((pathlib.Path(host.agent.folder) / ".agent_state_node01.json").read_text())
    assert state["cells"][cell]["current_version"] == "v1.0.0"
