"""Every route and the main job once more, with other people's stores in place of the embedded one: Ceph's gateway, and OpenStack Swift, which
refuses every put with a condition."""

import pytest

import routes_story
from fleet import Agent, Controller, Hello, Supervisord, running, supervisor_section
from other_stores import other_store
from processes import wait_until

CRASHES = 'import sys\nsys.exit("cannot open the database")\n'


@pytest.fixture(params=["ceph", "swift"])
def store(request, folder):
    with other_store(request.param, folder) as store:
        yield store


def test_every_route_works_and_a_version_is_run_rolled_back_and_removed(folder, store):
    controller = Controller(folder / "controller", lambda port:
                            f"web_console: {{bind: 127.0.0.1, port: {port}}}\nbuckets: {{}}\nmanifests: {{}}\ncells: {{}}\n")
    supervisord = Supervisord(folder / "s")
    services = folder / "services"
    services.mkdir()
    agent = Agent(folder / "agent", store, "node01", supervisor_section(supervisord, services))
    with running(controller):
        routes_story.tell(controller.api.url, store)
    with running(controller, supervisord, agent):
        controller.api.post("/buckets", store.as_connection())
        hello = Hello(controller.api, "node01").create()

        hello.make_version("v1.0.0")
        hello.publish("v1.0.0")
        assert hello.wait_for_version("v1.0.0")["greeting"] == "Hello from a test"
        hello.wait_for_status({"status": "success", "running_version": "v1.0.0"})
        wait_until(lambda: hello.reported()["running"] and hello.reported()["version"] == "v1.0.0", 70)

        before = hello.answer()["pid"]
        hello.publish("v1.0.0")
        wait_until(lambda: hello.answer()["pid"] != before, 40, "republished, it is restarted")

        hello.make_version("v2.0.0", hello_py=CRASHES)
        hello.publish("v2.0.0")
        status = hello.wait_for_status({"status": "failed", "running_version": "v1.0.0"})
        assert any("cannot open the database" in line for line in status["logs"]["logs/stderr.log"])
        hello.wait_for_version("v1.0.0")

        controller.api.delete(hello.path)
        wait_until(lambda: supervisord.status("fleetman-hello") is None, 60, "deleted, it is stopped")
        wait_until(lambda: list((agent.folder / "backup").glob("fleetman-hello-*")), 60, "its files are kept aside")
        assert not store.keys("cells/node01/hello/")
        assert store.keys("cell_recycle/node01/hello/")
