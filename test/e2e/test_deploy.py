"""The deploy profile: files put in place, with nothing to run."""

import json

import pytest

from processes import wait_until


@pytest.fixture
def site(supervisor_fleet):
    """Files that some web server would serve."""
    api = supervisor_fleet.api
    if not api.exists("/manifests/site"):
        api.post("/manifests", {"name": "site", "bucket": "local", "profile": "deploy", "files": [
            {"path": "index.html", "file_type": "text", "mode": "0644"},
            {"path": "where.txt", "file_type": "template"},
            {"path": "img/logo.bin", "file_type": "binary"},
            {"path": "cache/", "file_type": "folder"}]})
        for version in ("v1.0.0", "v1.1.0"):
            base = f"/manifests/site/versions/{version}"
            api.post("/manifests/site/versions", {"version": version})
            api.upload(f"{base}/files/index.html", f"<p>{version}</p>\n")
            api.upload(f"{base}/files/where.txt", "{{ fleetagent_service_working_dir }}\n")
            api.upload(f"{base}/files/img/logo.bin", bytes(range(256)) * 300)
            api.post(f"{base}/finalize")
    return api


def publish(api, cell, version):
    done = api.post(f"/manifests/site/versions/{version}/publish?wait=60", {"cells": [f"node01/{cell}"]})
    assert done["state"] == "succeeded", done
    wait_until(lambda: (lambda status: status["status"] == "success" and status["running_version"] == version)(
        api.get(f"/cells/node01/{cell}/status")), 40, f"{cell} at {version}")


def test_files_are_put_in_place_whole(supervisor_fleet, site):
    site.post("/cells", {"node_id": "node01", "cell_id": "www", "bucket": "local", "manifest": "site"})
    publish(site, "www", "v1.0.0")
    target = supervisor_fleet.deployed / "www"
    assert (target / "index.html").read_text() == "<p>v1.0.0</p>\n"
    assert (target / "where.txt").read_text() == f"{target}\n"
    assert (target / "img/logo.bin").read_bytes() == bytes(range(256)) * 300
    assert (target / "cache").is_dir()
    assert target.stat().st_mode & 0o7777 == 0o755
    assert (target / "index.html").stat().st_mode & 0o7777 == 0o644
    assert json.loads((target / "manifest.json").read_text())["version"] == "v1.0.0"


def test_a_new_version_replaces_the_old_one_and_drops_what_it_no_longer_has(supervisor_fleet, site):
    site.post("/cells", {"node_id": "node01", "cell_id": "www2", "bucket": "local", "manifest": "site"})
    site.upload("/cells/node01/www2/overrides/extra.txt", "only while it is overridden\n")
    publish(site, "www2", "v1.0.0")
    target = supervisor_fleet.deployed / "www2"
    assert (target / "extra.txt").exists()
    site.delete("/cells/node01/www2/overrides/extra.txt")
    publish(site, "www2", "v1.1.0")
    assert (target / "index.html").read_text() == "<p>v1.1.0</p>\n"
    assert not (target / "extra.txt").exists()


def test_the_report_says_nothing_about_running(supervisor_fleet, site):
    site.post("/cells", {"node_id": "node01", "cell_id": "www3", "bucket": "local", "manifest": "site"})
    publish(site, "www3", "v1.0.0")

    def reported():
        cells = supervisor_fleet.store.read_json("agents/node01.json")["cells"]
        return next((cell for cell in cells if cell["cell_id"] == "www3"), None)
    cell = wait_until(reported, 70)
    assert cell["version"] == "v1.0.0"
    assert "running" not in cell


def test_a_deleted_cells_files_are_kept_aside(supervisor_fleet, site):
    site.post("/cells", {"node_id": "node01", "cell_id": "www4", "bucket": "local", "manifest": "site"})
    publish(site, "www4", "v1.0.0")
    site.delete("/cells/node01/www4")
    wait_until(lambda: not (supervisor_fleet.deployed / "www4").exists(), 40)
    kept = list((supervisor_fleet.agent.folder / "backup").glob("fleetman-www4-*"))
    assert len(kept) == 1 and any(kept[0].rglob("index.html"))
