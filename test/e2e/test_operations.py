"""Operations, the audit log and configuration of the controller: across restarts, crashes, signals and a store that fails."""

import concurrent.futures
import json
import os
import signal
import sys
import time
import urllib.error
import urllib.request

import pytest

from api import Refused
from fleet import Controller, LoneStore, running
from processes import CONTROLLER, REPOSITORY, Program, free_port, wait_until

sys.path.insert(0, str(REPOSITORY / "test/support"))
from imposter import Fault, Imposter  # noqa: E402

CELLS = [f"node{number:02}/site" for number in range(1, 7)]
FILES = {"index.html": "<p>1</p>\n", "app.js": "let x = 1;\n"}


class Site:
    """One manifest with cells on several nodes, behind an imposter."""

    def __init__(self, controller, store, imposter, name="site"):
        self.controller, self.api, self.imposter, self.name = controller, controller.api, imposter, name
        self.store = store
        self.made = 0

    def create(self):
        self.api.post("/buckets", {**self.store.as_connection(), "endpoint": self.imposter.endpoint})
        self.api.post("/manifests", {"name": self.name, "profile": "deploy", "bucket": "local",
                                     "files": [{"path": path, "file_type": "text"} for path in FILES]})
        for cell in CELLS:
            node, cell_id = cell.split("/")
            self.api.post("/cells", {"node_id": node, "cell_id": cell_id, "bucket": "local", "manifest": self.name})
        return self

    def version(self):
        """A new, finalized one."""
        self.made += 1
        version = f"v1.0.{self.made}"
        base = f"/manifests/{self.name}/versions"
        self.api.post(base, {"version": version})
        for path, content in FILES.items():
            self.api.upload(f"{base}/{version}/files/{path}", content)
        self.api.post(f"{base}/{version}/finalize")
        return version

    def publish(self, version, cells=CELLS, wait=60, **more):
        return self.api.post(f"/manifests/{self.name}/versions/{version}/publish?wait={wait}", {"cells": list(cells), **more})

    def check_cell(self, cell, version, whole):
        """No snapshot looks complete unless it is right; `whole`: it is there, with its trigger."""
        base = f"cells/{cell}/versions/{version}"
        keys = {key.removeprefix(base + "/") for key in self.store.keys(base + "/")}
        if "manifest.json" in keys:
            assert keys == {"manifest.json", *FILES}
            for path, content in FILES.items():
                assert self.store.read(f"{base}/{path}").decode() == content
        triggered = "trigger.json" in {key.rsplit("/", 1)[-1] for key in self.store.keys(f"cells/{cell}/trigger.json")}
        if triggered and self.store.read_json(f"cells/{cell}/trigger.json")["version"] == version:
            assert "manifest.json" in keys
        elif whole:
            pytest.fail(f"{cell} has no trigger of {version}")


@pytest.fixture(scope="module")
def site(module_folder):
    lone = LoneStore(module_folder)
    controller = Controller(module_folder / "controller", lambda port:
                            f"web_console: {{bind: 127.0.0.1, port: {port}}}\nbuckets: {{}}\nmanifests: {{}}\ncells: {{}}\n"
                            "s3_retry_count: 1\n")
    with Imposter(lone.port) as imposter, running(lone, controller):
        yield Site(controller, lone.store(), imposter).create()


@pytest.fixture(autouse=True)
def well_again(request):
    yield
    if "site" in request.fixturenames:
        request.getfixturevalue("site").imposter.well_again()


def is_a_look(method, path):
    """A read of the fleet's view, which looks at what was published; no publish reads these."""
    return method == "GET" and path.split("?")[0].endswith(("/trigger.json", "/status.json"))


@pytest.mark.parametrize("fault", [Fault.error(503), Fault.cut(), Fault.lost(), Fault.slow(0.1)], ids=["fails", "cut", "lost", "slow"])
def test_whichever_request_of_a_publish_goes_wrong_a_repeat_ends_it(site, fault):
    cell = CELLS[0]
    for number in range(100):
        version = site.version()
        # Cut twice, for a request on a kept connection goes out once more on a new one, and may then succeed.
        site.imposter.on("", "node01", fault, times=2 if fault.cut_at else 1, skip=number, besides=is_a_look)
        before = site.imposter.count("", "node01", is_a_look)
        try:
            done = site.publish(version, [cell])
            failed = done["state"] == "failed"
        except Refused:
            failed = True
        asked = site.imposter.count("", "node01", is_a_look) - before
        reached = number < asked
        site.imposter.well_again()
        assert reached if failed else not (reached and fault.status), (number, asked)
        site.check_cell(cell, version, whole=False)
        if failed:
            assert site.publish(version, [cell])["state"] == "succeeded"
        site.check_cell(cell, version, whole=True)
        if not reached:
            break
    assert number > 8


def test_an_operation_is_the_same_after_a_restart_and_after_a_kill(site):
    version = site.version()
    done = site.publish(version)
    assert done["state"] == "succeeded" and done["who"] == "local" and done["details"]["version"] == version
    site.controller.stop()
    site.controller.start()
    assert site.api.get(f"/operations/{done['id']}") == done
    site.controller.kill()
    site.controller.start()
    assert site.api.get(f"/operations/{done['id']}") == done
    assert done["id"] in [one["id"] for one in site.api.get("/operations")["items"]]


def slow_publish(site, **more):
    """A publish that is under way: none of its copies is answered before some time has passed."""
    version = site.version()
    site.imposter.on("PUT", f"/versions/{version}/", Fault.slow(1.5))
    operation = site.publish(version, wait=0, **more)
    assert operation["state"] == "running"
    wait_until(lambda: site.imposter.count("PUT", f"/cells/node01/site/versions/{version}/"), 10, "it copies")
    return version, operation["id"]


@pytest.mark.parametrize("how", ["SIGTERM", "SIGKILL"])
def test_a_publish_that_is_cut_off_goes_on_after_the_next_start(site, how):
    version, operation = slow_publish(site)
    if how == "SIGTERM":
        os.kill(site.controller.pid, signal.SIGTERM)
        site.controller.wait_until(lambda: "serve stopping" in site.controller.end_of_log(2), 5)
        os.kill(site.controller.pid, signal.SIGTERM)  # the second ends it at once
        site.controller.process.wait(1)
        assert "ended-at-once" in site.controller.end_of_log(2)
    else:
        site.controller.kill()
    site.imposter.well_again()
    site.controller.start()
    done = site.api.get(f"/operations/{operation}?wait=30")
    assert done["state"] == "succeeded", done
    for cell in CELLS:
        site.check_cell(cell, version, whole=True)


def test_a_stop_is_bounded_and_what_is_under_way_ends_or_goes_on(site):
    version, operation = slow_publish(site)
    began = time.monotonic()
    site.controller.stop(seconds=14)
    assert site.controller.process.returncode == 0 and time.monotonic() - began < 13
    site.imposter.well_again()
    site.controller.start()
    assert site.api.get(f"/operations/{operation}?wait=30")["state"] == "succeeded"


def test_a_restart_does_not_publish_over_what_someone_else_has_published(site):
    first = site.version()
    site.publish(first)
    _, operation = slow_publish(site)
    site.controller.kill()
    site.imposter.well_again()
    site.store.write_json(f"cells/{CELLS[2]}/trigger.json", {"version": first, "id": "by someone else"})
    site.controller.start()
    done = site.api.get(f"/operations/{operation}?wait=30")
    results = {one["cell"]: one for one in done["results"]}
    assert results[CELLS[2]]["state"] == "failed" and "by someone else" in results[CELLS[2]]["error"]
    assert all(results[cell]["state"] == "succeeded" for cell in CELLS if cell != CELLS[2])
    assert site.store.read_json(f"cells/{CELLS[2]}/trigger.json")["id"] == "by someone else"


def test_cancelling_keeps_what_was_done_and_begins_nothing_more(site):
    version, operation = slow_publish(site)
    site.api.delete(f"/operations/{operation}")
    done = site.api.get(f"/operations/{operation}?wait=30")
    assert done["state"] in ("cancelled", "succeeded")  # all cells may have been under way
    with pytest.raises(Refused) as refused:
        site.api.delete(f"/operations/{operation}")
    assert refused.value.status == 409


def test_every_change_is_in_the_audit_log_with_its_result(site):
    site.api.post("/resource-profiles", {"name": "tiny", "cpu": "200m", "memory": "16MiB", "memory_swap": "0b", "io_weight": 7})
    with pytest.raises(Refused):
        site.api.delete("/buckets/local")
    done = site.publish(site.version(), CELLS[:1])
    site.controller.kill()
    site.controller.start()
    entries = site.api.get("/audit?limit=1000")["items"]
    created, refused, published = (next(one for one in entries if one["what"] == what) for what in (
        "POST /api/v1/resource-profiles", "DELETE /api/v1/buckets/local",
        f"POST /api/v1/manifests/site/versions/{done['details']['version']}/publish"))
    assert created["status"] == 201 and created["who"] == "local" and created["from"] == "127.0.0.1"
    assert refused["status"] == 409 and "manifest site" in refused["error"]
    assert published["operation"] == done["id"]
    assert entries == sorted(entries, key=lambda one: one["when"], reverse=True)
    assert site.api.get("/audit?who=nobody")["items"] == []
    assert all("finalize" in one["what"] for one in site.api.get("/audit?what=/finalize")["items"])
    secret = site.store.secret_key
    assert all(secret not in path.read_text() for path in site.controller.state.iterdir())


def tagged(site, path):
    with urllib.request.urlopen(site.api.url + "/api/v1" + path, timeout=30) as answer:
        return answer.headers["ETag"], answer.read()


def put_if(site, path, tag, body, kind="application/json"):
    request = urllib.request.Request(site.api.url + "/api/v1" + path, body, {"If-Match": tag, "Content-Type": kind}, method="PUT")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code


def write_at_once(writers, write):
    with concurrent.futures.ThreadPoolExecutor(writers) as pool:
        return sorted(pool.map(write, range(writers)))


def test_of_16_writers_of_one_manifest_one_succeeds_and_the_others_hear_of_it(site):
    tag, body = tagged(site, "/manifests/site")
    wanted = json.loads(body)
    codes = write_at_once(16, lambda number: put_if(site, "/manifests/site", tag, json.dumps(
        {**wanted, "max_log_lines": 100 + number}).encode()))
    assert codes == [200] + [412] * 15
    site.api.put("/manifests/site", wanted)


@pytest.mark.parametrize("path", ["/cells/node01/site/overrides/app.js", "/manifests/site/versions/v9.0.0/files/app.js"])
def test_of_16_writers_of_one_file_one_succeeds_and_the_others_hear_of_it(site, path):
    if "versions" in path:
        site.api.post("/manifests/site/versions", {"version": "v9.0.0"})
    site.api.upload(path, "0")
    tag, _ = tagged(site, path)
    codes = write_at_once(16, lambda number: put_if(site, path, tag, f"let x = {number};\n".encode(), "application/octet-stream"))
    assert codes == [200] + [412] * 15
    site.api.delete(path)


def test_16_that_make_one_version_make_it_once(site):
    def make(_):
        try:
            site.api.post("/manifests/site/versions", {"version": "v9.1.0"})
            return 201
        except Refused as refusal:
            return refusal.status
    assert write_at_once(16, make) == [201] + [409] * 15


def test_a_configuration_changed_on_disk_is_read_before_a_save_and_after_sighup(site):
    config = site.controller.config
    config.write_text(config.read_text().replace(
        "resource_profiles:", "resource_profiles:\n  by_hand: {cpu: 300m, memory: 32MiB, memory_swap: 0b, io_weight: 9}"))
    site.api.post("/resource-profiles", {"name": "other", "cpu": "200m", "memory": "16MiB", "memory_swap": "0b", "io_weight": 7})
    assert {"by_hand", "other"} <= {one["name"] for one in site.api.get("/resource-profiles")["items"]}

    config.write_text(config.read_text().replace("by_hand:", "renamed:"))
    os.kill(site.controller.pid, signal.SIGHUP)
    wait_until(lambda: "renamed" in {one["name"] for one in site.api.get("/resource-profiles")["items"]}, 10)

    good = config.read_text()
    config.write_text("buckets: [\n")
    os.kill(site.controller.pid, signal.SIGHUP)
    site.controller.wait_until(lambda: "not-read-again" in site.controller.end_of_log(), 10)
    assert site.api.get("/manifests/site")["name"] == "site"
    config.write_text(good)
    os.kill(site.controller.pid, signal.SIGHUP)
    site.controller.wait_until(lambda: "read-again changed=" in site.controller.end_of_log(3), 10)


def test_a_second_controller_on_the_same_state_is_refused_with_a_sentence(site):
    config = site.controller.config.with_name("second.yaml")
    config.write_text(f"web_console: {{bind: 127.0.0.1, port: {free_port()}}}\nbuckets: {{}}\nmanifests: {{}}\ncells: {{}}\n"
                      f"state_directory: {site.controller.state}\n")
    config.chmod(0o600)
    second = Program(site.controller.log.with_name("second.log"), CONTROLLER, "serve", "--config", config)
    second.start()
    assert second.process.wait(20) == 1
    assert "another running controller" in second.end_of_log()
