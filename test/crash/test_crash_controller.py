"""kill -9 of the controller at any instant of publishes to many cells: what the bucket holds, and what the next start makes of it."""

import contextlib
import json
import random
import threading
import time

import pytest

from api import Refused
from fleet import Controller, LoneStore, running
from processes import wait_until
from rounds import CONTROLLER_ROUNDS, SEED

CELLS = [f"node{number:02}/site" for number in range(1, 13)]
LONGEST = 0.5  # seconds; about what the publish takes
FILES = {f"part{number}/file{number}.txt": f"file {number}\n" * 2000 for number in range(6)}


class Fleet:
    def __init__(self, controller, store):
        self.controller, self.api, self.store = controller, controller.api, store

    def create(self):
        self.api.post("/buckets", self.store.as_connection())
        self.api.post("/manifests", {"name": "site", "profile": "deploy", "bucket": "local",
                                     "files": [{"path": path, "file_type": "binary"} for path in FILES]})
        for cell in CELLS:
            node, cell_id = cell.split("/")
            self.api.post("/cells", {"node_id": node, "cell_id": cell_id, "bucket": "local", "manifest": "site"})
        self.api.post("/manifests/site/versions", {"version": "v0.0.0"})
        for path, content in FILES.items():
            self.api.upload(f"/manifests/site/versions/v0.0.0/files/{path}", content)
        self.api.post("/manifests/site/versions/v0.0.0/finalize")
        return self

    def version(self, number):
        version = f"v1.0.{number}"
        self.api.post("/manifests/site/versions", {"version": version, "clone_from": "v0.0.0"})
        self.api.post(f"/manifests/site/versions/{version}/finalize")
        return version

    def publish(self, version):
        """The operation's id, or None when the controller was gone before it answered."""
        with contextlib.suppress(OSError, Refused):
            return self.api.post(f"/manifests/site/versions/{version}/publish", {"cells": CELLS})["id"]
        return None

    def check(self, version, whole):
        """What looks complete is right, and what is triggered is complete."""
        for cell in CELLS:
            base = f"cells/{cell}/versions/{version}/"
            keys = {key.removeprefix(base) for key in self.store.keys(base)}
            complete = "manifest.json" in keys
            if complete:
                assert keys == {"manifest.json", *FILES}
                entries = {entry["path"]: entry for entry in self.store.read_json(base + "manifest.json")["files"]}
                assert {path: entries[path]["size"] for path in FILES} == {path: len(text) for path, text in FILES.items()}
            triggered = self.triggered(cell) == version
            assert complete or not triggered, f"{cell} is told to run half a version"
            assert triggered or not whole, f"{cell} was not published to"

    def triggered(self, cell):
        with contextlib.suppress(LookupError):
            return self.store.read_json(f"cells/{cell}/trigger.json")["version"]
        return None


@pytest.fixture(scope="module")
def fleet(module_folder):
    lone = LoneStore(module_folder)
    controller = Controller(module_folder / "controller", lambda port:
                            f"web_console: {{bind: 127.0.0.1, port: {port}}}\nbuckets: {{}}\nmanifests: {{}}\ncells: {{}}\n")
    with running(lone, controller):
        yield Fleet(controller, lone.store()).create()


@pytest.mark.parametrize("number", range(CONTROLLER_ROUNDS))
def test_whenever_the_controller_is_killed_its_publish_is_finished_or_repeatable(fleet, number):
    chance = random.Random(f"{SEED} {number}")
    version = fleet.version(number)
    began = time.monotonic()
    operation = fleet.publish(version)
    time.sleep(chance.random() * LONGEST)  # the instant is the test
    fleet.controller.kill()
    print(f"{version}: killed {time.monotonic() - began:.3f} s after it was asked for")
    fleet.check(version, whole=False)

    fleet.controller.start()
    done = fleet.api.get(f"/operations/{operation}?wait=60")
    assert done["state"] == "succeeded", done
    assert [one["cell"] for one in done["results"]] == CELLS
    fleet.check(version, whole=True)
    lines = [json.loads(line) for line in (fleet.controller.state / "operations.jsonl").read_text().splitlines()]
    assert sum(line["op"] == operation and "cells" in line for line in lines) == 1


def test_a_publish_that_was_killed_before_it_was_answered_can_be_repeated(fleet):
    """The kill and the request race: either side may win."""
    for number in range(5):
        version = fleet.version(1000 + number)
        asked = threading.Thread(target=fleet.publish, args=(version,))
        asked.start()
        time.sleep(random.Random(number).random() * 0.02)
        fleet.controller.kill()
        asked.join()
        fleet.check(version, whole=False)
        fleet.controller.start()
        again = fleet.publish(version)
        assert fleet.api.get(f"/operations/{again}?wait=60")["state"] == "succeeded"
        fleet.check(version, whole=True)
        wait_until(lambda: all(one["state"] == "succeeded" for one in fleet.api.get("/operations")["items"]), 30)
