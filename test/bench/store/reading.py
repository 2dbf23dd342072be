"""One object again and again."""

import contextlib
import os

from controller.nginx import nginx
from measure import in_turn, scratch
from other_stores import other_store

from .load import presigned, wrk
from .servers import lone_store


def put(store, content):
    """A URL to get it by."""
    store.client.put_object(Bucket=store.bucket, Key="read", Body=content)
    return presigned(store, "get_object", Key="read")


def one_kibibyte(report):
    ours, theirs, ceph = (report.add_series(name, "requests/s") for name in ("fleetman", "nginx", "Ceph's gateway"))
    content = os.urandom(1 << 10)
    with scratch() as folder, contextlib.ExitStack() as stack:
        url = put(stack.enter_context(lone_store(folder / "ours")).store(), content)
        file = stack.enter_context(nginx("read", content))
        gateway = put(stack.enter_context(other_store("ceph", folder)), content)
        in_turn([(ours, lambda: wrk(url).rate), (theirs, lambda: wrk(file).rate), (ceph, lambda: wrk(gateway).rate)], 5, 100)
    report.floor("fleetman by nginx", ours.median() / theirs.median(), 0.45)
    report.floor("fleetman by Ceph's gateway", ours.median() / ceph.median(), 10)


def one_mebibyte(report):
    ours, theirs = (report.add_series(name, "requests/s") for name in ("fleetman", "nginx with sendfile"))
    content = os.urandom(1 << 20)
    with scratch() as folder, lone_store(folder / "ours") as server, nginx("read", content) as file:
        url = put(server.store(), content)
        in_turn([(ours, lambda: wrk(url).rate), (theirs, lambda: wrk(file).rate)], 5, 100)
    report.floor("fleetman by nginx", ours.median() / theirs.median(), 0.9)
