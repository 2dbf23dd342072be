"""A node with a key of its own: enough for its agent, and nothing of anybody else."""

import os
import subprocess

import pytest
import yaml
from botocore.exceptions import ClientError

from api import Refused
from fleet import Agent, Controller, Store
from processes import AGENT, CONTROLLER, wait_until

VERSION = "/manifests/site/versions/v1.0.0"


@pytest.fixture
def controller(folder):
    program = Controller(folder / "controller").start()
    program.api.post("/buckets", program.embedded_store().as_connection())
    yield program
    program.stop()


@pytest.fixture
def api(controller):
    """With a version that any node may get."""
    api = controller.api
    api.post("/manifests", {"name": "site", "bucket": "local", "profile": "deploy",
                            "files": [{"path": "index.html", "file_type": "text"}]})
    api.post("/manifests/site/versions", {"version": "v1.0.0"})
    api.upload(f"{VERSION}/files/index.html", "hello\n")
    api.post(f"{VERSION}/finalize")
    return api


def publish(api, node):
    api.post("/cells", {"node_id": node, "cell_id": "www", "bucket": "local", "manifest": "site"})
    done = api.post(f"{VERSION}/publish?wait=60", {"cells": [f"{node}/www"]})
    assert done["state"] == "succeeded", done


def store_of(controller, node):
    """The store with a fresh key of the node."""
    key = controller.api.post("/buckets/local/keys", {"node": node})
    return Store(f"http://127.0.0.1:{controller.store_port}", key["id"], key["secret_key"])


def refusal(work):
    with pytest.raises(ClientError) as caught:
        work()
    return caught.value.response["Error"]["Code"]


def test_a_node_deploys_with_its_own_key(controller, api, folder):
    store = store_of(controller, "node01")
    agent = Agent(folder / "agent", store, "node01", f"deploy:\n  target_folder: {folder}/deployed\n")
    tried = subprocess.run([AGENT, "check-store", "--config", agent.config], capture_output=True, text=True, timeout=30)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    try:
        agent.start()
        publish(api, "node01")
        wait_until(lambda: api.get("/cells/node01/www/status")["status"] == "success", 40)
        assert (folder / "deployed/www/index.html").read_text() == "hello\n"
        wait_until(lambda: api.get("/agents/node01")["cells"][0]["version"] == "v1.0.0")
        api.delete("/cells/node01/www")
        wait_until(lambda: not (folder / "deployed/www").exists(), 40)
    finally:
        agent.stop()
    assert "denied" not in agent.log.read_text()


def test_a_nodes_key_opens_nothing_of_other_nodes(controller, api):
    for node in ("node01", "node010"):
        publish(api, node)
    mine, bucket = store_of(controller, "node01"), "fleet"
    everything, s3 = controller.embedded_store(), mine.client
    assert mine.read("cells/node01/www/versions/v1.0.0/index.html") == b"hello\n"
    assert mine.keys("cells/node01/www/versions/") == everything.keys("cells/node01/www/versions/")
    mine.write("cells/node01/www/status.json", "{}")

    for key in ("cells/node010/www/trigger.json", "deployments/site/v1.0.0/index.html", "agents/node010.json"):
        assert refusal(lambda: mine.client.get_object(Bucket=bucket, Key=f"prod/{key}")) == "AccessDenied"
    for key in ("cells/node01/www/trigger.json", "cells/node01/www/versions/v1.0.0/index.html", "agents/node010.json",
                "cells/node010/www/status.json", "cells/node01/www/versions/v1.0.0/status.json"):
        assert refusal(lambda: mine.write(key, "{}")) == "AccessDenied"
        assert refusal(lambda: mine.delete(key)) == "AccessDenied"
    for below in ("", "cells/", "cells/node01", "cells/node010/", "agents/"):
        assert refusal(lambda: mine.keys(below)) == "AccessDenied"

    source = {"Bucket": bucket, "Key": "prod/deployments/site/v1.0.0/index.html"}
    status = {"Bucket": bucket, "Key": "prod/cells/node01/www/status.json"}
    assert refusal(lambda: s3.copy_object(CopySource=source, **status)) == "AccessDenied"
    assert refusal(lambda: s3.create_multipart_upload(Bucket=bucket, Key="prod/agents/node010.json")) == "AccessDenied"
    many = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": status["Key"]}, {"Key": source["Key"]}]})
    assert {one["Code"] for one in many["Errors"]} == {"AccessDenied"} and len(many["Errors"]) == 2
    for work in (s3.list_buckets, lambda: s3.create_bucket(Bucket="mine"), lambda: s3.delete_bucket(Bucket=bucket)):
        assert refusal(work) == "AccessDenied"
    s3.head_bucket(Bucket=bucket)


def test_keys_are_listed_without_their_secrets_and_end_when_they_are_revoked(controller, api):
    first, second = store_of(controller, "node01"), store_of(controller, "node02")
    listed = api.get("/buckets/local/keys")["items"]
    assert {one["node"]: one["id"] for one in listed} == {"node01": first.access_key, "node02": second.access_key}
    assert all("secret_key" not in one and "read prod/cells/" in " ".join(one["rights"]) for one in listed)
    assert first.keys("cells/node01/") == []

    controller.stop()
    controller.start()  # it is kept
    assert first.keys("cells/node01/") == []
    api.delete(f"/buckets/local/keys/{first.access_key}")
    assert refusal(lambda: first.keys("cells/node01/")) == "InvalidAccessKeyId"
    assert second.keys("cells/node02/") == []
    with pytest.raises(Refused) as again:
        api.delete(f"/buckets/local/keys/{first.access_key}")
    assert again.value.status == 404
    controller.stop()
    controller.start()
    assert refusal(lambda: first.keys("cells/node01/")) == "InvalidAccessKeyId"
    told = [one["what"] for one in api.get("/audit")["items"]]
    assert f"DELETE /api/v1/buckets/local/keys/{first.access_key}" in told and "POST /api/v1/buckets/local/keys" in told


def test_a_connection_that_leads_elsewhere_has_no_keys_here(controller, api):
    elsewhere = controller.embedded_store().as_connection("elsewhere") | {"access_key": "another", "secret_key": "of another"}
    api.post("/buckets", elsewhere)
    for work in (lambda: api.get("/buckets/elsewhere/keys"), lambda: api.post("/buckets/elsewhere/keys", {"node": "node01"})):
        with pytest.raises(Refused) as refused:
            work()
        assert refused.value.status == 501
    with pytest.raises(Refused) as refused:
        api.post("/buckets/local/keys", {"node": "../node01"})
    assert refused.value.status == 422


def test_add_node_prints_a_configuration_to_start_with(controller, api, folder):
    command = [CONTROLLER, "add-node", "node07", "--config", controller.config]
    made = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert made.returncode == 0, made.stderr
    assert "this machine alone" in made.stderr and "mode 0600" in made.stderr
    file = folder / "agent_config.yaml"
    file.write_text(made.stdout)
    checked = subprocess.run([AGENT, "check-config", file], capture_output=True, text=True, timeout=30)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    storage = yaml.safe_load(made.stdout)["object_storage"]
    assert storage["access_key"] == api.get("/buckets/local/keys")["items"][0]["id"]
    tried = subprocess.run([AGENT, "check-store", "--config", file], capture_output=True, text=True, timeout=30)
    assert tried.returncode == 0, tried.stdout + tried.stderr


@pytest.mark.parametrize("more, said", [
    (["node 07"], "NODE"),
    (["node07", "--bucket", "none"], "--bucket: local"),
    (["node07", "--endpoint", "nowhere"], "http://"),
    (["node07", "--controller", "http://127.0.0.1:1"], "the controller has to run"),
])
def test_add_node_says_what_is_wrong(controller, api, more, said):
    made = subprocess.run([CONTROLLER, "add-node", "--config", controller.config, *more], capture_output=True, text=True,
                          timeout=30, env={**os.environ, "LC_ALL": "C"})
    assert made.returncode == 1 and made.stdout == ""
    assert said in made.stderr
