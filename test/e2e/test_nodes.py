"""Several nodes, each with a systemd of its own, and one controller."""

import pytest

from fleet import Controller, Hello, running
from node import Node, UnitAgent
from processes import wait_until

NODES = ("node01", "node02", "node03")
BROKEN = "[hello]\naddress = 127.0.0.1\nport = none\n"


@pytest.fixture(scope="module")
def cells(module_folder):
    """One cell of the same manifest on each node."""
    controller = Controller(module_folder / "controller")
    store = controller.embedded_store()
    nodes = [Node(module_folder, name) for name in NODES]
    try:
        agents = []
        for node in nodes:
            services = module_folder / f"services-{node.name}"
            services.mkdir()
            node.up()
            agents.append(UnitAgent(node, module_folder / f"agent-{node.name}", store, node.name,
                                    f"systemd:\n  service_folder: /etc/systemd/system\n  working_directory: {services}\n"))
        with running(controller, *agents):
            controller.api.post("/buckets", store.as_connection())
            cells = [Hello(controller.api, name, profile="systemd") for name in NODES]
            for cell, node in zip(cells, nodes):
                cell.create().systemd = node
            yield cells
    finally:
        for node in nodes:
            node.down()


def publish_to_all(cells, version):
    done = cells[0].api.post(f"/manifests/hello/versions/{version}/publish?wait=60", {"all": True})
    assert done["state"] == "succeeded", done
    return done


def test_one_publish_reaches_every_node(cells):
    cells[0].make_version("v1.0.0")
    done = publish_to_all(cells, "v1.0.0")
    assert len(done["results"]) == len(cells), done
    for cell in cells:
        assert cell.wait_for_version("v1.0.0")["folder"].endswith(f"services-{cell.node}/fleetman-hello")
        cell.wait_for_status({"status": "success", "running_version": "v1.0.0"})
    wait_until(lambda: {agent["node_id"] for agent in cells[0].api.get("/agents")["items"]} == set(NODES), 20, "all report")


def test_a_version_that_fails_on_one_node_is_rolled_back_there_and_runs_on_the_others(cells):
    first, failing, last = cells
    failing.override("settings.ini", BROKEN)
    before = {cell.node: cell.answer()["pid"] for cell in cells}
    first.make_version("v1.1.0")
    publish_to_all(cells, "v1.1.0")
    status = failing.wait_for_status({"status": "failed", "attempted_version": "v1.1.0"})
    assert (status["running_version"], status["state"]) == ("v1.0.0", "rolled_back")
    assert failing.wait_for_version("v1.0.0")["greeting"] == "Hello from a test"
    for cell in (first, last):
        cell.wait_for_status({"status": "success", "running_version": "v1.1.0"})
        assert cell.answer()["version"] == "v1.1.0" and cell.answer()["pid"] != before[cell.node]
    for cell, version in zip(cells, ("v1.1.0", "v1.0.0", "v1.1.0")):
        wait_until(lambda: cell.reported()["version"] == version and cell.reported()["running"], 20)
