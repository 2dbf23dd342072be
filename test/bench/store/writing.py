"""Durable puts: each is answered when it would survive a power cut."""

import contextlib

from measure import in_turn, scratch
from other_stores import other_store

from .load import CONNECTIONS, puts, wrk
from .servers import lone_store, syncs

SIZE = 1 << 10


def measure(report):
    many = report.add_series(f"fleetman, {CONNECTIONS} connections", "puts/s")
    one = report.add_series("fleetman, 1 connection", "puts/s")
    ceph = report.add_series(f"Ceph's gateway on bluestore, {CONNECTIONS} connections", "puts/s")
    each = report.add_series("syncs for each put, of a store that counts them", "syncs")
    with scratch() as folder, contextlib.ExitStack() as stack:
        ours = stack.enter_context(lone_store(folder / "ours")).store()
        counted = stack.enter_context(lone_store(folder / "counted", counted=True)).store()
        gateway = stack.enter_context(other_store("ceph", folder, "bluestore"))

        def rate(store, connections):
            script, url = puts(store, folder, SIZE)
            return wrk(url, "-s", script, connections=connections).rate

        def syncs_each():
            script, url = puts(counted, folder, SIZE)
            before = syncs(folder / "counted")
            done = wrk(url, "-s", script).requests
            return (syncs(folder / "counted") - before) / done

        in_turn([(many, lambda: rate(ours, CONNECTIONS)), (one, lambda: rate(ours, 1)),
                 (ceph, lambda: rate(gateway, CONNECTIONS)), (each, syncs_each)], 5, 150)
    report.floor("fleetman by Ceph's gateway", many.median() / ceph.median(), 5)
    report.floor(f"{CONNECTIONS} connections by one", many.median() / one.median(), 3)
    report.bar("syncs for each put", each.median(), 1 / 8, "syncs")
