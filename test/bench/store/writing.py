"""Durable puts: each is answered when it would survive a power cut."""

import contextlib

from measure import in_turn, scratch
from other_stores import other_store

from .load import CONNECTIONS, puts, wrk
from .servers import lone_store

SIZE = 1 << 10


def measure(report):
    many = report.add_series(f"fleetman, {CONNECTIONS} connections", "puts/s")
    one = report.add_series("fleetman, 1 connection", "puts/s")
    ceph = report.add_series(f"Ceph's gateway on bluestore, {CONNECTIONS} connections", "puts/s")
    each = report.add_series("syncs for each put, of a store that counts them", "syncs")
    with scratch() as folder, contextlib.ExitStack() as stack:
        ours = stack.enter_context(lone_store(folder / "ours")).store()
        watched = stack.enter_context(lone_store(folder / "watched", watched=True))
        gateway = stack.enter_context(other_store("ceph", folder, "bluestore"))

        def rate(store, connections):
            script, url = puts(store, folder, SIZE)
            return wrk(url, "-s", script, connections=connections).rate

        def syncs_each():
            script, url = puts(watched.store(), folder, SIZE)
            before = watched.syncs.count()
            done = wrk(url, "-s", script).requests
            return (watched.syncs.count() - before) / done

        in_turn([(many, lambda: rate(ours, CONNECTIONS)), (one, lambda: rate(ours, 1)),
                 (ceph, lambda: rate(gateway, CONNECTIONS)), (each, syncs_each)], 5, 150)
    report.floor("fleetman by Ceph's gateway", many.median() / ceph.median(), 5)
    report.floor(f"{CONNECTIONS} connections by one", many.median() / one.median(), 3)
    report.bar("syncs for each put", each.median(), 1 / 8, "syncs")
