"""In which order the objects of a publish come to the bucket: whoever reads it at any moment finds a whole version or none."""

import sys

import pytest

from fleet import Controller, Hello, running
from processes import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "test/support"))
from imposter import Fault, Imposter  # noqa: E402

CELL = "/cells/node01/hello"


@pytest.fixture
def imposter(folder):
    """It stands between a controller with one cell and the store."""
    holder = Controller(folder / "store")
    with running(holder), Imposter(holder.store_port) as between:
        controller = Controller(folder / "controller", lambda port:
                                f"web_console: {{bind: 127.0.0.1, port: {port}}}\nbuckets: {{}}\nmanifests: {{}}\ncells: {{}}\n")
        with running(controller):
            controller.api.post("/buckets", {**holder.embedded_store().as_connection(), "endpoint": between.endpoint})
            between.cell = Hello(controller.api, "node01").create()
            between.cell.make_version("v1.0.0")
            between.requests.clear()
            between.store = holder.embedded_store()
            yield between


def test_the_manifest_comes_last_of_a_version_then_the_trigger_and_then_the_bell(imposter):
    imposter.cell.publish("v1.0.0")
    written = [path.partition("?")[0].partition("/prod")[2] for method, path in imposter.requests if method == "PUT"]
    files, rest = written[:-4], written[-4:]
    assert rest == [f"{CELL}/versions/v1.0.0/manifest.json", f"{CELL}/metadata.json", f"{CELL}/trigger.json",
                    "/fleetman/nodes/node01.json"]
    assert files and all(path.startswith(f"{CELL}/versions/v1.0.0/") for path in files), files


@pytest.mark.parametrize("refused", ["versions/v1.0.0/run.sh", "versions/v1.0.0/manifest.json", "metadata.json"])
def test_a_publish_that_comes_no_further_triggers_nothing(imposter, refused):
    imposter.on("PUT", f"{CELL}/{refused}", Fault.error(403))
    done = imposter.cell.api.post("/manifests/hello/versions/v1.0.0/publish?wait=60", {"cells": ["node01/hello"]})
    assert done["state"] == "failed", done
    assert "cells/node01/hello/trigger.json" not in imposter.store.keys("cells/")
    imposter.well_again()
    imposter.cell.publish("v1.0.0")
    assert imposter.store.read_json("cells/node01/hello/trigger.json")["version"] == "v1.0.0"
