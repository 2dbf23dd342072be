"""What the store keeps in memory when it has much on the disk: after it was filled, and after it was listed to the end."""

from measure import scratch

from .servers import fill, lone_store, resident_mib

COUNT = 1_000_000


def measure(report):
    filled, listed = (report.add_series(name, "MiB") for name in ("after filling", "after listing all of it"))
    with scratch() as folder, lone_store(folder / "ours") as server:
        store = server.store()
        fill(store, "prod/", COUNT)
        filled.add(resident_mib(server.pid))
        assert len(store.keys()) == COUNT
        listed.add(resident_mib(server.pid))
    report.bar("resident", max(filled.median(), listed.median()), 100, "MiB")
