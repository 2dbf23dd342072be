"""A bucket of 10,000 agents, 20,000 cells, and 50,000 objects that a version takes in the folders of its cells: every list has all of it,
page by page, and what works on a folder works on the whole of it."""

import concurrent.futures

import pytest

from controller.fleet import cells_of, fleet
from processes import wait_until

AGENTS, CELLS_EACH = 10_000, 2
FILES, COPIES = 2500, 20  # of the version, and how many cells it is published to
PATHS = [f"data/{number:04}.txt" for number in range(FILES)]
BIG_CELLS = [(f"node{number:05}", "big") for number in range(COPIES)]


@pytest.fixture(scope="module")
def here():
    with fleet(AGENTS, CELLS_EACH) as here:
        here.wait_for_running(AGENTS * CELLS_EACH)
        make_version(here.api)
        for node, cell in BIG_CELLS:
            here.api.post("/cells", {"node_id": node, "cell_id": cell, "bucket": "main", "manifest": "big"})
        done = here.api.post("/manifests/big/versions/v1.0.0/publish?wait=300", {"all": True})
        assert done["state"] == "succeeded" and done["done"] == COPIES, done
        yield here


def make_version(api):
    api.post("/manifests", {"name": "big", "profile": "deploy", "bucket": "main",
                            "files": [{"path": path, "file_type": "text"} for path in PATHS]})
    version = "/manifests/big/versions/v1.0.0"
    api.post("/manifests/big/versions", {"version": "v1.0.0"})
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda path: api.upload(f"{version}/files/{path}", path), PATHS))
    api.post(f"{version}/finalize")


def names(cells):
    return [f"{cell['node_id']}/{cell['cell_id']}" for cell in cells]


def browsed(here, prefix, delimiter=""):
    """Every entry below a prefix, page by page."""
    found, after = [], ""
    while after is not None:
        page = here.api.get(f"/buckets/main/objects?prefix={prefix}&delimiter={delimiter}&limit=1000&after={after}")
        assert len(page["items"]) <= 1000
        found += page["items"]
        after = page["next"]
    return found


def test_every_agent_is_listed_once_and_in_order(here):
    assert [agent["node_id"] for agent in here.all("/agents")] == [f"node{number:05}" for number in range(AGENTS)]


def test_every_cell_is_listed_once_and_in_order(here):
    expected = sorted([*cells_of(AGENTS, CELLS_EACH), *BIG_CELLS])
    assert names(here.all("/cells")) == [f"{node}/{cell}" for node, cell in expected]


def test_the_overview_counts_all_of_them(here):
    overview = here.api.get("/overview")
    assert overview["agents"]["total"] == AGENTS
    assert overview["cells"]["total"] == AGENTS * CELLS_EACH + COPIES


def test_a_version_of_many_files_is_whole_wherever_it_was_published(here):
    assert [file["path"] for file in here.api.get("/manifests/big/versions/v1.0.0")["files"]] == PATHS
    for node, cell in BIG_CELLS:
        snapshot = here.api.get(f"/cells/{node}/{cell}/versions/v1.0.0")
        assert sorted(file["path"] for file in snapshot["files"]) == PATHS
    copies = [key for key in here.store.keys("cells/") if "/versions/v1.0.0/data/" in key]
    assert len(copies) == FILES * COPIES == 50_000


def test_the_browser_shows_every_object_and_every_folder(here):
    assert [entry["key"] for entry in browsed(here, "cells/")] == here.store.keys("cells/")
    folders = browsed(here, "cells/", "/")
    assert [entry["key"] for entry in folders] == [f"cells/node{number:05}/" for number in range(AGENTS)]
    assert all(entry["kind"] == "folder" for entry in folders)


def test_deleting_a_cell_moves_all_of_its_objects_aside(here):
    node, cell = BIG_CELLS[-1]
    before = here.store.keys(f"cells/{node}/{cell}/")
    assert len(before) > FILES
    here.api.delete(f"/cells/{node}/{cell}")
    wait_until(lambda: not here.store.keys(f"cells/{node}/{cell}/"), 60, "its folder is empty")
    assert len(here.store.keys(f"cell_recycle/{node}/{cell}/")) >= FILES
    assert f"{node}/{cell}" not in names(here.all("/cells"))


def test_deleting_a_folder_tells_and_removes_all_of_it(here):
    folder = "/buckets/main/folders/cell_recycle/?dry_run="
    there = len(here.store.keys("cell_recycle/"))
    assert here.api.delete(folder + "true")["object_count"] == there > FILES
    done = here.api.delete(folder + "false&wait=100")
    assert done["state"] == "succeeded", done
    assert here.store.keys("cell_recycle/") == []
