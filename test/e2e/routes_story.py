"""Every route that reaches a store, in one story: the same for whatever store is behind the connection."""

import http.client
import json
import urllib.parse

from api import Api, Refused
from processes import REPOSITORY, wait_until

DESCRIPTION = json.loads((REPOSITORY / "static/openapi.json").read_text())

# What has no store behind it, or is told by a story of its own.
ELSEWHERE = {"/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/v1/buckets/{bucket}/keys",
             "/api/v1/buckets/{bucket}/keys/{id}", "/api/v1/session", "/api/v1/session/password", "/api/v1/tokens",
             "/api/v1/tokens/{id}", "/api/v1/overview", "/api/v1/events", "/api/v1/audit", "/api/v1/agents",
             "/api/v1/agents/{node}", "/api/v1/cells/{node}/{cell}/adopt"}


class Recorded(Api):
    """Remembers which routes were called, as the description writes them."""

    def __init__(self, url):
        super().__init__(url)
        self.called = set()

    def call(self, method, path, body=None, raw=None, timeout=100):
        self._remember(method, path)
        return super().call(method, path, body, raw, timeout)

    def send(self, method, path, body=None, headers=None):
        """Status, headers and bytes, whatever they are. An iterable body is sent chunked."""
        self._remember(method, path)
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.url).netloc, timeout=100)
        try:
            chunked = body is not None and not isinstance(body, bytes)
            connection.request(method, "/api/v1" + path, body, headers or {}, encode_chunked=chunked)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def _remember(self, method, path):
        path = "/api/v1" + path.split("?")[0]
        fitting = [pattern for pattern in DESCRIPTION["paths"] if _fits(pattern, path)]
        assert fitting, path
        best = max(fitting, key=lambda pattern: (len(pattern.split("/")) - pattern.count("{"), -pattern.count("{")))
        self.called.add((method.lower(), best))


def _fits(pattern, path):
    wanted, given = pattern.split("/"), path.split("/")
    for at, part in enumerate(wanted):
        if part in ("{path}", "{key}", "{prefix}"):
            rest = wanted[at + 1:]
            return len(given) >= len(wanted) and (not rest or given[-len(rest):] == rest)
        if at >= len(given) or (part != given[at] and not part.startswith("{")):
            return False
    return len(wanted) == len(given)


def tell(url, store):
    """From an empty controller to an empty controller."""
    api = Recorded(url)
    connection(api, store)
    objects(api, store)
    profile_and_manifest(api)
    versions(api)
    cell(api)
    snapshots(api)
    cleanup(api, store)
    recycle_bin(api, store)
    farewell(api)
    wanted = {(method, path) for path, item in DESCRIPTION["paths"].items() if path not in ELSEWHERE
              for method in item if method != "parameters"}
    assert wanted - api.called == set()


def connection(api, store):
    api.post("/buckets", store.as_connection())
    assert [one["name"] for one in api.get("/buckets")["items"]] == ["local"]
    checked = api.post("/buckets/local/check")
    assert checked["ok"], checked
    assert set(checked["capabilities"].values()) <= {"enforced", "refused"}, checked
    assert api.get("/buckets/local")["secret_key"] is None
    api.put("/buckets/local", {**store.as_connection(), "region": "us-east-1"})
    assert not store.keys("fleetman/check")


def objects(api, store):
    content = bytes(range(256)) * 4096  # 1 MiB
    path = "/buckets/local/objects/staging/big%20file"
    status, headers, _ = api.send("PUT", path, (content[at:at + 50_000] for at in range(0, len(content), 50_000)))
    assert status == 200, "sent chunked, without a length"
    assert store.read("staging/big file") == content
    etag = headers["ETag"]
    for asked, part in (("bytes=1000-1009", content[1000:1010]), ("bytes=-5", content[-5:]),
                        (f"bytes={len(content) - 3}-", content[-3:])):
        status, headers, body = api.send("GET", path, headers={"Range": asked, "If-Range": etag})
        assert (status, body) == (206, part)
        assert headers["Content-Range"].endswith(f"/{len(content)}")
    assert api.send("GET", path, headers={"Range": f"bytes={len(content)}-"})[0] == 416
    assert api.send("GET", path, headers={"If-None-Match": etag})[0] == 304
    assert api.send("PUT", path, b"other", {"If-Match": '"stale"'})[0] == 412
    for number in range(5):
        api.upload(f"/buckets/local/objects/scratch/{number}/x", str(number))
    first = api.get("/buckets/local/objects?prefix=scratch/&delimiter=/&limit=2")
    assert [one["key"] for one in first["items"]] == ["scratch/0/", "scratch/1/"]
    rest = api.get(f"/buckets/local/objects?prefix=scratch/&delimiter=/&after={first['next']}")
    assert [one["key"] for one in rest["items"]] == ["scratch/2/", "scratch/3/", "scratch/4/"]
    api.delete("/buckets/local/objects/scratch/0/x")
    assert api.delete("/buckets/local/folders/scratch?dry_run=true")["object_count"] == 4
    assert api.delete("/buckets/local/folders/scratch?wait=60")["state"] == "succeeded"
    assert not store.keys("scratch")


def profile_and_manifest(api):
    api.post("/resource-profiles", {"name": "small", "cpu": "500m"})
    api.put("/resource-profiles/small", {"cpu": "250m", "memory": "64MiB"})
    assert api.get("/resource-profiles/small")["memory"] == "64MiB"
    assert len(api.get("/resource-profiles")["items"]) == 1
    files = [{"path": "run.sh", "file_type": "template"}, {"path": "app.service", "file_type": "text"},
             {"path": "bin/server", "file_type": "binary", "mode": "0755"}, {"path": "logs/", "file_type": "folder"}]
    manifest = {"files": files, "profile": "systemd", "bucket": "local", "resource_profile": "small"}
    api.post("/manifests", {"name": "billing", **manifest})
    problem = api.refused(422, "PUT", "/manifests/billing?dry_run=true", {**manifest, "files": files[1:]})
    assert problem["errors"][0]["field"] == "files"
    api.put("/manifests/billing", {**manifest, "max_log_lines": 50})
    assert api.get("/manifests/billing")["max_log_lines"] == 50
    assert len(api.get("/manifests")["items"]) == 1


def versions(api):
    base = "/manifests/billing/versions"
    api.post(base, {"version": "v1.0.0"})
    assert api.get(f"{base}/v1.0.0")["missing"] == 3
    missing = api.refused(422, "POST", f"{base}/v1.0.0/finalize")["errors"]
    assert {one["field"] for one in missing} >= {"run.sh", "bin/server"}
    api.post(f"{base}/v1.0.0/service-file", {"path": "run.sh", "variables": {"command": "./bin/server --quiet"}})
    api.post(f"{base}/v1.0.0/service-file", {"path": "app.service"})
    assert b"CPUQuota=25%" in api.get(f"{base}/v1.0.0/files/app.service")
    api.post(f"{base}/v1.0.0/files/bin/server/copy", {"staging": "big file"})
    api.upload(f"{base}/v1.0.0/files/notes", "to be removed")
    api.delete(f"{base}/v1.0.0/files/notes")
    assert api.post(f"{base}/v1.0.0/finalize")["state"] == "finalized"
    api.refused(409, "PUT", f"{base}/v1.0.0/files/run.sh")
    api.post(base, {"version": "v1.1.0", "clone_from": "v1.0.0"})
    api.upload(f"{base}/v1.1.0/files/run.sh", "#!/bin/sh\r\nexec ./bin/server\r\n")
    changed = {one["path"]: one for one in api.get("/manifests/billing/diff?from=v1.0.0&to=v1.1.0")["files"]}
    assert set(changed) == {"run.sh"}
    assert "+exec ./bin/server\n" in changed["run.sh"]["diff"]
    api.post(f"{base}/v1.1.0/finalize")
    assert [one["version"] for one in api.get(base)["items"]] == ["v1.1.0", "v1.0.0"]
    api.post(base, {"version": "v9.0.0"})
    api.delete(f"{base}/v9.0.0")


def cell(api):
    path = "/cells/node01/api"
    api.post("/cells", {"node_id": "node01", "cell_id": "api", "bucket": "local", "manifest": "billing"})
    api.upload(f"{path}/overrides/conf/app.ini", "[app]\r\nport = 80\r\n")
    api.patch(f"{path}/overrides/conf/app.ini", {"file_type": "text", "mode": "0640"})
    status, headers, _ = api.send("GET", f"{path}/overrides/conf/app.ini")
    assert status == 200
    assert api.send("PUT", f"{path}/overrides/conf/app.ini", b"[app]\r\n", {"If-Match": headers["ETag"]})[0] == 200
    assert api.send("PUT", f"{path}/overrides/conf/app.ini", b"late", {"If-Match": headers["ETag"]})[0] == 412
    assert api.get(f"{path}/overrides/conf/app.ini") == b"[app]\n"
    api.upload(f"{path}/overrides/other", "x")
    api.delete(f"{path}/overrides/other")
    assert [one["path"] for one in api.get(f"{path}/overrides")["items"]] == ["conf/app.ini"]
    preview = api.get(f"{path}/preview?version=v1.0.0")
    assert [one["path"] for one in preview["files"]] == ["app.service", "bin/server", "conf/app.ini", "run.sh"]
    done = api.post("/manifests/billing/versions/v1.0.0/publish?wait=60", {"all": True})
    assert done["state"] == "succeeded", done
    assert api.post(f"{path}/publish?wait=60", {"version": "v1.1.0"})["state"] == "succeeded"
    assert api.get(f"{path}/preview?version=v1.0.0")["existing"]
    assert api.get(f"/operations/{done['id']}")["done"] == 1
    assert done["id"] in [one["id"] for one in api.get("/operations")["items"]]
    api.refused(409, "DELETE", f"/operations/{done['id']}")
    assert api.get(path)["trigger_version"] == "v1.1.0"
    assert len(api.get("/cells?manifest=billing")["items"]) == 1
    api.refused(404, "GET", f"{path}/status")
    assert api.patch(path, {"manifest": "billing"})["manifest"] == "billing"


def snapshots(api):
    path = "/cells/node01/api/versions"
    assert [one["version"] for one in api.get(path)["items"]] == ["v1.1.0", "v1.0.0"]
    overridden = {one["path"]: one["overridden"] for one in api.get(f"{path}/v1.1.0")["files"]}
    assert overridden == {"app.service": False, "bin/server": False, "conf/app.ini": True, "run.sh": False}
    assert api.get(f"{path}/v1.1.0/files/run.sh") == b"#!/bin/sh\nexec ./bin/server\n"
    assert api.send("GET", f"{path}/v1.1.0/files/bin/server", headers={"Range": "bytes=256-257"})[2] == b"\0\1"
    api.refused(409, "DELETE", f"{path}/v1.1.0")
    api.delete(f"{path}/v1.0.0")
    api.refused(404, "GET", f"{path}/v1.0.0")


def cleanup(api, store):
    store.write("deployments/former/v1.0.0/x", "x")
    store.write("cells/node01/api/versions/v0.1.0/half", "x")
    ids = ["local/cells/node01/api/versions/v0.1.0/", "local/deployments/former/v1.0.0/"]
    # Swift tells times of whole seconds, rounded up: what has just been written is from the future.
    wait_until(lambda: [one["id"] for one in api.post("/cleanup?dry_run=true", {"min_age_s": 0})["items"]] == ids, 10)
    assert api.post("/cleanup?wait=60", {"min_age_s": 0, "items": ids})["state"] == "succeeded"
    assert not store.keys("deployments/former") and not store.keys("cells/node01/api/versions/v0.1.0")


def recycle_bin(api, store):
    path, version = "/cells/node01/api", "/manifests/billing/versions/v1.1.0"
    before = store.keys("cells/node01/api")
    api.delete(path)
    api.delete(version)
    items = {one["version"] or one["cell"]: one for one in api.get("/recycle")["items"]}
    assert set(items) == {"v9.0.0", "v1.0.0", "v1.1.0", "node01/api"}, items  # v1.0.0: of the former manifest
    for name in ("node01/api", "v1.1.0"):
        api.post(f"/recycle/{items[name]['id']}/restore")
    assert store.keys("cells/node01/api") == before
    assert api.get(path)["trigger_version"] == "v1.1.0"
    assert api.get(version)["state"] == "finalized"
    stale = {"If-Match": '"0"'}
    assert api.send("DELETE", f"/recycle/{items['v9.0.0']['id']}", headers=stale)[0] == 412
    api.delete(f"/recycle/{items['v9.0.0']['id']}")
    assert [one["version"] for one in api.get("/recycle")["items"]] == ["v1.0.0"]
    assert api.delete("/recycle?wait=60")["state"] == "succeeded"
    assert api.get("/recycle")["items"] == []
    assert not store.keys("recycle") and not store.keys("cell_recycle")


def farewell(api):
    api.delete("/cells/node01/api")
    api.refused(409, "DELETE", "/buckets/local")
    api.delete("/manifests/billing")
    api.delete("/resource-profiles/small")
    api.delete("/buckets/local")
    assert api.get("/buckets")["items"] == []
