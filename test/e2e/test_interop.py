"""What the original Fleetman left behind: its configuration files, its bucket and its hosts, written by hand as it writes
them. Both directions: we read its documents, and it can read ours."""

import json
import subprocess
import time
import urllib.request

import pytest
import yaml

from fleet import EXAMPLE, Controller, Supervisord, running
from processes import AGENT, Program, free_port, wait_until

CREATED = "2024-11-05T10:00:00+00:00"


def original_controller_config(store, port):
    """As its UI saves it; `favourite_colour` stands for what a later original may add."""
    return f"""\
buckets:
  prod-eu:
    bucket_name: {store.bucket}
    endpoint: {store.endpoint}
    access_key: {store.access_key}
    secret_key: {store.secret_key}
    path_style: true
    prefix: {store.prefix}
    favourite_colour: blue
manifests:
  billing:
    files:
    - path: run.sh
      file_type: text
      mode: '0700'
    - path: hello.py
      file_type: text
    - path: settings.ini
      file_type: text
    - path: cell.ini
      file_type: template
    - path: version.txt
      file_type: text
    - path: logs/
      file_type: folder
    profile: supervisor
    resource_profile: small
    service_folder_mode: '0700'
    bucket: prod-eu
cells:
  node01/api:
    node_id: node01
    cell_id: api
    bucket: prod-eu
    manifest: billing
resource_profiles:
  small:
    cpu: 500m
    memory: 512MiB
    memory_swap: 0b
    io_weight: null
s3_retry_count: 3
s3_retry_delay_ms: 1000
web_console:
  bind: 127.0.0.1
  port: {port}
  upload_max_bytes: 2097152
"""


def original_agent_config(store, node, supervisord, services, ours):
    """`ours`: a line that it would ignore."""
    return f"""\
global:
  {ours}
  node_id: {node}
  check_interval_ms: 300
  log_rotation: daily
  s3_retry_count: 3
  s3_retry_delay_ms: 1000
  rollback_on_failure: true
object_storage:
  endpoint: {store.endpoint}
  access_key: {store.access_key}
  secret_key: {store.secret_key}
  bucket: {store.bucket}
  path_style: true
  prefix: {store.prefix}
supervisor:
  conf_d_folder: {supervisord.folder}/conf.d
  service_folder: {services}
  supervisorctl_path: {supervisord.control}
processmaster:
  service_folder: /opt/processmaster
"""


def snapshot(version, profile="supervisor"):
    """No sizes, no ETags, and most optional fields absent."""
    return {"manifest_name": "billing", "version": version, "profile": profile, "bucket": "prod-eu", "created_at": CREATED,
            "files": [{"path": "run.sh", "file_type": "text", "mode": "0700"}, {"path": "hello.py", "file_type": "text"},
                      {"path": "settings.ini", "file_type": "text"}, {"path": "cell.ini", "file_type": "template"},
                      {"path": "version.txt", "file_type": "text"}, {"path": "logs/", "file_type": "folder"}]}


def write_snapshot(store, cell, version, port, profile="supervisor"):
    """A published version: the original may write manifest.json before the files, the trigger comes last."""
    below = f"cells/node01/{cell}/versions/{version}"
    store.write_json(f"{below}/manifest.json", snapshot(version, profile))
    for name in ("run.sh", "hello.py", "cell.ini"):
        store.write(f"{below}/{name}", (EXAMPLE / "files" / name).read_bytes())
    store.write(f"{below}/version.txt", version)
    store.write(f"{below}/settings.ini", f"[hello]\naddress = 127.0.0.1\nport = {port}\ngreeting = from the original\n")
    store.write_json(f"cells/node01/{cell}/metadata.json", {"manifest_name": "billing", "profile": profile})
    store.write_json(f"cells/node01/{cell}/trigger.json", {"version": version})


class OriginalHost:
    """A store with the original's tree, and a host with a supervisord, before any agent of ours."""

    def __init__(self, folder):
        self.folder = folder
        self.holder = Controller(folder / "store")  # only its embedded store is used
        self.store = self.holder.embedded_store()
        self.supervisord = Supervisord(folder / "s")
        self.services = folder / "services"
        self.services.mkdir()
        self.port = free_port()

    def agent(self, ours="verify_window_ms: 1500"):
        work = self.folder / "agent"
        work.mkdir(exist_ok=True)
        (work / "agent_config.yaml").write_text(
            original_agent_config(self.store, "node01", self.supervisord, self.services, ours))
        # Started as the original is: in its folder, with no argument.
        return Program(work / "agent.log", AGENT, cwd=work)

    def answer(self):

        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as answer:
            return json.load(answer)


@pytest.fixture
def host(folder):
    made = OriginalHost(folder)
    with running(made.holder, made.supervisord):
        yield made


def test_its_configuration_and_bucket_load_in_the_controller(host):
    write_snapshot(host.store, "api", "v1.3.9", host.port)
    host.store.write_json("deployments/billing/v1.3.9/manifest.json", snapshot("v1.3.9"))
    host.store.write("deployments/billing/v1.3.9/run.sh", "#!/bin/sh\n")
    host.store.write_json("cells/node01/api/status.json", {
        "running_version": "v1.3.9", "applied_at": int(time.time()), "status": "failed", "error": "did not start",
        "logs": {"logs/stderr.log": ["last", "lines"], "logs/missing.log": None}})
    host.store.write_json("agents/node01.json", {
        "report_timestamp": int(time.time()) - 300, "node_id": "node01",
        "cells": [{"cell_id": "api", "manifest_name": "billing", "profile": "supervisor", "version": "v1.3.9", "running": False}]})
    controller = Controller(host.folder / "controller", lambda port: original_controller_config(host.store, port))
    with running(controller):
        api = controller.api
        assert api.get("/buckets/prod-eu")["prefix"] == "prod"
        assert [version["version"] for version in api.get("/manifests/billing/versions")["items"]] == ["v1.3.9"]
        agent = api.get("/agents/node01")
        assert agent["state"] == "warning"
        assert agent["cells"][0]["version"] == "v1.3.9"
        status = api.get("/cells/node01/api/status")
        assert status["error"] == "did not start"
        assert status["logs"]["logs/stderr.log"] == ["last", "lines"]


def test_publishing_an_existing_snapshot_writes_only_a_trigger(host):
    write_snapshot(host.store, "api", "v1.3.9", host.port)
    host.store.write_json("deployments/billing/v1.3.9/manifest.json", snapshot("v1.3.9"))
    controller = Controller(host.folder / "controller", lambda port: original_controller_config(host.store, port))
    with running(controller):
        before = {key: host.store.read(key) for key in host.store.keys("cells/node01/api/")}
        done = controller.api.post("/manifests/billing/versions/v1.3.9/publish?wait=60", {"cells": ["node01/api"]})
        assert done["state"] == "succeeded", done
        after = {key: host.store.read(key) for key in host.store.keys("cells/node01/api/")}
    changed = [key for key in after if after[key] != before.get(key)]
    assert changed == ["cells/node01/api/trigger.json"]
    trigger = json.loads(after["cells/node01/api/trigger.json"])
    assert trigger["version"] == "v1.3.9"
    assert trigger["id"]


def test_a_saved_configuration_is_one_that_the_original_can_load(host):
    controller = Controller(host.folder / "controller", lambda port: original_controller_config(host.store, port))
    with running(controller):
        controller.api.post("/cells", {"node_id": "node02", "cell_id": "web", "bucket": "prod-eu", "manifest": "billing"})
    saved = yaml.safe_load(controller.config.read_text())
    expected = yaml.safe_load(original_controller_config(host.store, controller.port))
    expected["cells"]["node02/web"] = {"node_id": "node02", "cell_id": "web", "bucket": "prod-eu", "manifest": "billing"}
    assert saved["buckets"] == expected["buckets"]  # what we do not know is kept
    assert saved["cells"] == expected["cells"]
    assert saved["manifests"]["billing"]["files"] == expected["manifests"]["billing"]["files"]
    assert saved["resource_profiles"]["small"]["cpu"] == "500m"
    assert controller.config.stat().st_mode & 0o777 == 0o600


def test_a_mistake_in_its_configuration_is_named_and_nothing_is_overwritten(host):
    broken = original_controller_config(host.store, free_port()).replace("path_style: true", "path_style: perhaps")
    controller = Controller(host.folder / "controller", lambda port: broken)
    done = subprocess.run([*controller.command[:1], "check-config", controller.config], capture_output=True, text=True, timeout=20)
    assert done.returncode != 0
    assert "buckets.prod-eu.path_style" in done.stdout + done.stderr
    assert controller.config.read_text() == broken


def test_our_agent_deploys_what_it_published_and_reports_in_its_words(host):
    write_snapshot(host.store, "api", "v1.3.9", host.port)
    with running(host.agent(ours="")):
        answer = wait_until(host.answer, 60)
        assert (answer["version"], answer["greeting"], answer["cell"]) == ("v1.3.9", "from the original", "api")
        status = wait_until(lambda: host.store.read_json("cells/node01/api/status.json"), 60)
        report = wait_until(lambda: (lambda found: found["cells"] and found)(host.store.read_json("agents/node01.json")), 90)
    assert status["status"] == "success"
    assert status["running_version"] == "v1.3.9"
    assert status["error"] is None
    assert isinstance(status["applied_at"], int) and abs(status["applied_at"] - time.time()) < 120
    assert isinstance(report["report_timestamp"], int)
    assert report["node_id"] == "node01"
    cell = {name: report["cells"][0][name] for name in ("cell_id", "manifest_name", "profile", "version", "running")}
    assert cell == {"cell_id": "api", "manifest_name": "billing", "profile": "supervisor", "version": "v1.3.9", "running": True}
    assert None not in report["cells"][0].values()
    state = json.loads((host.folder / "agent/.agent_state_node01.json").read_text())
    assert state["cells"]["api"]["current_version"] == "v1.3.9"
    assert state["cells"]["api"]["last_deployment_status"] == "Success"


def test_a_trigger_that_it_rewrites_with_the_same_bytes_restarts_the_service(host):
    write_snapshot(host.store, "api", "v1.3.9", host.port)
    with running(host.agent()):
        before = wait_until(host.answer, 60)["pid"]
        wait_until(lambda: host.store.read_json("cells/node01/api/status.json"), 60)
        written = host.store.client.head_object(Bucket=host.store.bucket, Key="prod/cells/node01/api/trigger.json")["LastModified"]
        # The original tells rewrites apart by whole seconds.
        wait_until(lambda: time.time() >= written.timestamp() + 1.5, 5)
        host.store.write_json("cells/node01/api/trigger.json", {"version": "v1.3.9"})
        wait_until(lambda: host.answer()["pid"] != before, 60)


def test_a_profile_that_we_do_not_have_is_refused_with_the_reason(host):
    write_snapshot(host.store, "old", "v1.0.0", host.port, "processmaster")
    with running(host.agent()):
        status = wait_until(lambda: host.store.read_json("cells/node01/old/status.json"), 60)
    assert status["status"] == "failed"
    assert "processmaster" in status["error"]


def test_taking_over_a_host_restarts_nothing(host):
    write_snapshot(host.store, "api", "v1.3.9", host.port)
    with running(host.agent()):
        before = wait_until(host.answer, 60)["pid"]
        wait_until(lambda: host.store.read_json("cells/node01/api/status.json"), 60)
    trigger = host.store.client.head_object(Bucket=host.store.bucket, Key="prod/cells/node01/api/trigger.json")
    # All that the original would have left in its folder is its state file.
    for entry in (host.folder / "agent").iterdir():
        if entry.name.startswith(".") and entry.is_file():
            entry.unlink()
    (host.folder / "agent/.agent_state_node01.json").write_text(json.dumps({"cells": {"api": {
        "cell_id": "api", "manifest_name": "billing", "profile": "supervisor", "current_version": "v1.3.9",
        "previous_version": None, "trigger_timestamp": int(trigger["LastModified"].timestamp()),
        "last_deployment_status": "Success", "last_deployment_time": int(time.time()), "running": True}}}))
    status = host.store.read("cells/node01/api/status.json")
    host.store.delete("agents/node01.json")
    agent = host.agent()
    with running(agent):
        report = agent.wait_until(lambda: "agents/node01.json" in host.store.keys("agents/") and
                                  host.store.read_json("agents/node01.json"), 30)
        assert report["cells"][0]["version"] == "v1.3.9"
        # Another cell that is deployed afterwards shows that the agent has been through its list.
        other = free_port()
        write_snapshot(host.store, "other", "v1.0.0", other)
        wait_until(lambda: host.store.read_json("cells/node01/other/status.json")["status"] == "success", 60)
        assert host.answer()["pid"] == before
    assert host.store.read("cells/node01/api/status.json") == status
