"""A systemctl that fails, hangs or is missing while a version is deployed, on a node with a real systemd: the release that ran
runs on or comes back, status.json names the verb, and a systemctl that is well again is all it takes."""

import pytest

from bucket import Bucket
from fleet import Controller, running
from node import Node, Systemctl, UnitAgent
from processes import wait_until

OLD, NEW = "v1.0.0", "v2.0.0"
SETTLED = ("deployed", "rolled_back", "failed", "stopped")


class Host:
    def __init__(self, folder, store, node):
        self.node, self.services = node, folder / "services"
        self.services.mkdir()
        self.bucket, self.systemctl = Bucket(store), Systemctl(folder)
        self.agent = UnitAgent(node, folder / "agent", store, "node01",
                               f"systemd:\n  service_folder: /etc/systemd/system\n  working_directory: {self.services}\n"
                               f"  systemctl_path: {self.systemctl.program}\n",
                               check_interval_ms=150, verify_window_ms=300, heartbeat_interval_ms=1000)

    def show(self, cell, *names):
        shown = self.node.run("systemctl", "show", *(f"--property={name}" for name in names), f"fleetman-{cell}")
        return dict(line.split("=", 1) for line in shown.splitlines())

    def runs(self, cell):
        """The version of the process that runs as the unit."""
        seen = self.show(cell, "ActiveState", "MainPID")
        if seen["ActiveState"] != "active":
            return None
        return self.node.run("cat", f"/proc/{seen['MainPID']}/cwd/version.txt")

    def publish(self, cell, version):
        """Each version with a unit and an [Install] section of its own, so that systemd has to read and to enable it."""
        text = "[Service]\nWorkingDirectory={{ fleetagent_service_working_dir }}\n" \
               f"ExecStart={{{{ fleetagent_service_working_dir }}}}/run.sh\n[Install]\n# {version}\nWantedBy=multi-user.target\n"
        return self.bucket.publish(cell, version, "systemd", also={"app.service": text})

    def told(self, cell, trigger, *states, seconds):
        def said():
            status = self.bucket.status(cell)
            return status.get("trigger_id") == trigger and (not states or status["state"] in states) and status
        return wait_until(said, seconds, f"{cell}: {states or 'anything'}")


@pytest.fixture(scope="module")
def host(module_folder):
    holder = Controller(module_folder / "store")  # only its embedded store is used
    node = Node(module_folder, "faulty")
    with running(holder):
        node.up()
        try:
            made = Host(module_folder, holder.embedded_store(), node)
            with running(made.agent):
                yield made
        finally:
            node.down()


@pytest.fixture
def cell(request, host):
    name = "c" + "".join(letter for letter in request.node.name.split("[")[-1] if letter.isalnum())
    host.bucket.wait_for(name, host.publish(name, OLD), "deployed")
    yield name
    host.systemctl.well_again()


def check_it_goes_on(host, cell, trigger):
    """With a systemctl that works, whatever was said last comes true, and a new trigger is deployed."""
    status = host.told(cell, trigger, *SETTLED, seconds=120)
    if status["state"] != "stopped":
        wait_until(lambda: host.runs(cell) == status["running_version"], 20, f"{status} is what runs")
    host.bucket.wait_for(cell, host.bucket.trigger(cell, NEW, "systemd"), "deployed", 60)
    assert host.runs(cell) == NEW
    assert host.show(cell, "UnitFileState")["UnitFileState"] == "enabled"
    inside = {path.name for path in (host.services / ".fleetman" / cell).iterdir() if not path.name.startswith("u-")}
    assert inside <= {"releases", "shared"}, inside
    assert ".fleetman-" not in host.node.run("ls", "-A", "/etc/systemd/system")


@pytest.mark.parametrize("verb", ["stop", "show"])
def test_one_that_fails_before_the_service_was_stopped_touches_nothing(host, cell, verb):
    pid = host.show(cell, "MainPID")
    host.systemctl.now(verb, "fails")
    trigger = host.publish(cell, NEW)
    status = host.told(cell, trigger, seconds=60)
    assert verb in status["error"] and "unknown trouble" in status["error"], status
    assert status["running_version"] in (OLD, "unknown")
    assert host.show(cell, "MainPID") == pid
    host.systemctl.well_again()
    check_it_goes_on(host, cell, trigger)


@pytest.mark.parametrize("verb", ["daemon-reload", "enable"])
def test_one_that_fails_behind_the_switch_brings_the_old_release_back(host, cell, verb):
    host.systemctl.now(verb, "fails")
    trigger = host.publish(cell, NEW)
    status = host.told(cell, trigger, *SETTLED, seconds=60)
    assert verb in status["error"] and "unknown trouble" in status["error"], status
    assert (status["state"], status["running_version"]) == ("rolled_back", OLD), status
    assert host.runs(cell) == OLD
    host.systemctl.well_again()
    check_it_goes_on(host, cell, trigger)


def test_one_that_cannot_start_anything_is_named(host, cell):
    host.systemctl.now("start", "fails")
    trigger = host.publish(cell, NEW)
    status = host.told(cell, trigger, seconds=60)
    assert "start" in status["error"] and "unknown trouble" in status["error"], status
    host.systemctl.well_again()
    check_it_goes_on(host, cell, trigger)


@pytest.mark.parametrize("verb", ["reset-failed", "list-units"])
def test_one_that_fails_at_what_is_no_part_of_a_deployment_holds_none_up(host, cell, verb):
    host.systemctl.now(verb, "fails")
    trigger = host.publish(cell, NEW)
    host.told(cell, trigger, "deployed", seconds=60)
    assert host.runs(cell) == NEW


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("verb", ["stop", "daemon-reload", "enable", "reset-failed", "start", "show"])
def test_one_that_hangs_is_given_up_in_time(host, cell, verb):
    """`stop` may take as long as a service does to stop: five minutes."""
    host.systemctl.now(verb, "hangs")
    trigger = host.publish(cell, NEW)
    status = host.told(cell, trigger, seconds=400)
    if verb != "reset-failed":
        assert verb in status["error"] and status["state"] != "deployed", status
    if verb in ("stop", "show"):
        assert host.runs(cell) == OLD
    beats = host.bucket.store.read_json("agents/node01.json")["report_timestamp"]
    wait_until(lambda: host.bucket.store.read_json("agents/node01.json")["report_timestamp"] > beats, 60, "a heartbeat")
    host.systemctl.well_again()
    check_it_goes_on(host, cell, trigger)


def test_one_that_is_missing_is_named_and_nothing_is_touched(host, cell):
    pid = host.show(cell, "MainPID")
    away = host.systemctl.program.with_suffix(".away")
    host.systemctl.program.rename(away)
    try:
        trigger = host.publish(cell, NEW)
        status = host.told(cell, trigger, seconds=60)
    finally:
        away.rename(host.systemctl.program)
    assert str(host.systemctl.program) in status["error"], status
    assert host.show(cell, "MainPID") == pid
    check_it_goes_on(host, cell, trigger)
