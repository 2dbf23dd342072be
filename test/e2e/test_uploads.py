"""How much memory uploads take: as much as those that are let through at a time, however many wait and however long they are.

FLEETMAN_UPLOADS and FLEETMAN_UPLOAD_MIB make it larger.
"""

import http.client
import os
import pathlib
import threading

from fleet import Controller, LoneStore, running

UPLOADS = int(os.environ.get("FLEETMAN_UPLOADS", "64"))  # more than the 48 that pass at a time
MEBIBYTE = 1 << 20
LENGTH = int(os.environ.get("FLEETMAN_UPLOAD_MIB", "4")) * MEBIBYTE
MOST = 64 * MEBIBYTE  # what docs/architecture.md states for streamed uploads


def resident(pid, field):
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field + ":"))


def upload(port, path, outcomes):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=240)
    connection.putrequest("PUT", path)
    connection.putheader("Content-Type", "application/octet-stream")
    connection.putheader("Content-Length", str(LENGTH))
    connection.endheaders()
    block = b"u" * 65536
    for _ in range(LENGTH // len(block)):
        connection.send(block)
    outcomes.append(connection.getresponse().status)
    connection.close()


def test_many_uploads_at_once_succeed_within_the_stated_memory(module_folder):
    lone = LoneStore(module_folder)
    controller = Controller(module_folder / "controller", lambda port:
                            f"web_console: {{bind: 127.0.0.1, port: {port}}}\nbuckets: {{}}\nmanifests: {{}}\ncells: {{}}\n")
    with running(lone, controller):
        api = controller.api
        api.post("/buckets", lone.store().as_connection())
        api.post("/manifests", {"name": "big", "profile": "deploy", "bucket": "local",
                                "files": [{"path": "first", "file_type": "binary"}]})
        api.post("/manifests/big/versions", {"version": "v1.0.0"})
        files = "/api/v1/manifests/big/versions/v1.0.0/files"
        outcomes = []
        upload(controller.port, f"{files}/first", outcomes)
        before = resident(controller.pid, "VmHWM")
        threads = [threading.Thread(target=upload, args=(controller.port, f"{files}/file{number}", outcomes))
                   for number in range(UPLOADS)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        grown = resident(controller.pid, "VmHWM") - before
        print(f"{UPLOADS} uploads of {LENGTH // MEBIBYTE} MiB: {before / MEBIBYTE:.1f} MiB before, {grown / MEBIBYTE:.1f} MiB more")
        assert outcomes == [200] * (UPLOADS + 1)
        assert grown < MOST
