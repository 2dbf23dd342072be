"""What a controller tells of a fleet while it happens, and what it sees of another controller over the same bucket."""

import pytest

from events import Follower
from fleet import Agent, Controller, LoneStore, running
from processes import wait_until


def plain(port):
    return f"web_console: {{bind: 127.0.0.1, port: {port}}}\nbuckets: {{}}\nmanifests: {{}}\ncells: {{}}\n"


def runs(cell, version):
    """Whether that is told of a cell: what should run there, and does."""
    return lambda one: (one["cell_id"], one["trigger_version"], one["running_version"]) == (cell, version, version)


class Pair:
    """Two controllers with configurations of their own, one bucket, and an agent."""

    def __init__(self, here, there, agent, store):
        self.here, self.there, self.agent, self.store = here.api, there.api, agent, store

    def make_site(self, api, cell, version):
        if not api.exists("/manifests/site"):
            api.post("/manifests", {"name": "site", "profile": "deploy", "bucket": "local",
                                    "files": [{"path": "index.html", "file_type": "text"}]})
        api.post("/cells", {"node_id": "node01", "cell_id": cell, "bucket": "local", "manifest": "site"})
        base = f"/manifests/site/versions/{version}"
        api.post("/manifests/site/versions", {"version": version})
        api.upload(f"{base}/files/index.html", version)
        api.post(f"{base}/finalize")

    def publish(self, api, cell, version):
        done = api.post(f"/cells/node01/{cell}/publish?wait=60", {"version": version})
        assert done["state"] == "succeeded", done


@pytest.fixture(scope="module")
def pair(module_folder):
    lone = LoneStore(module_folder)
    (module_folder / "deployed").mkdir()
    with running(lone):
        store = lone.store()
        agent = Agent(module_folder / "agent", store, "node01", f"deploy:\n  target_folder: {module_folder}/deployed\n")
        here, there = (Controller(module_folder / name, plain) for name in ("here", "there"))
        for one in (here, there):
            one.command += ["--refresh-ms", "300"]  # instead of five seconds
        with running(here, there, agent):
            for one in (here, there):
                one.api.post("/buckets", store.as_connection())
            yield Pair(here, there, agent, store)


def test_what_an_agent_does_arrives_as_events(pair):
    pair.make_site(pair.here, "told", "v1.0.0")
    with Follower(pair.here) as events:
        pair.publish(pair.here, "told", "v1.0.0")
        events.wait_for("operation", lambda one: one["state"] == "succeeded")
        events.wait_for("cell", runs("told", "v1.0.0"))
        last = events.last_id
    pair.agent.stop()
    pair.agent.start()
    with Follower(pair.here, last) as events:  # nothing is lost by who comes back
        events.wait_for("agent", lambda one: one["node_id"] == "node01" and one["cells"][0]["version"] == "v1.0.0")


def test_each_controller_sees_what_the_other_publishes(pair):
    cell = "/cells/node01/shared"
    pair.make_site(pair.here, "shared", "v1.1.0")
    with Follower(pair.there) as events:
        pair.publish(pair.here, "shared", "v1.1.0")
        seen = events.wait_for("cell", runs("shared", "v1.1.0"))
    assert (seen["managed"], seen["manifest"]) == (False, "site")
    assert pair.here.get(cell)["managed"] is True
    refusal = pair.there.refused(409, "POST", f"{cell}/publish", {"version": "v1.1.0"})
    assert "adopt" in refusal["detail"], refusal

    pair.there.post("/manifests", {"name": "site", "profile": "deploy", "bucket": "local",
                                   "files": [{"path": "index.html", "file_type": "text"}]})
    assert pair.there.post(f"{cell}/adopt")["managed"] is True
    pair.there.post("/manifests/site/versions", {"version": "v1.2.0", "clone_from": "v1.1.0"})
    pair.there.post("/manifests/site/versions/v1.2.0/finalize")
    with Follower(pair.here) as events:
        pair.publish(pair.there, "shared", "v1.2.0")
        assert events.wait_for("cell", runs("shared", "v1.2.0"))["managed"] is True


def test_a_cell_whose_agent_says_nothing_is_seen_by_the_other_controller_too(pair):
    pair.here.post("/cells", {"node_id": "node09", "cell_id": "silent", "bucket": "local", "manifest": "site"})
    pair.here.post("/cells/node09/silent/publish?wait=60", {"version": "v1.1.0"})
    seen = wait_until(lambda: pair.there.exists("/cells/node09/silent") and pair.there.get("/cells/node09/silent"), 60)
    assert (seen["managed"], seen["trigger_version"]) == (False, "v1.1.0")
    pair.here.delete("/cells/node09/silent")
    wait_until(lambda: not pair.there.exists("/cells/node09/silent"), 60, "it is gone there too")
