"""A version of 20 files and 5 MiB to 200 cells in a bucket of Ceph's gateway: ours, the copies alone by the client that ours uses, and
the copies one after another; then the same with 20 ms added to each request.

Between rounds cells/ is emptied, so that each publish builds every snapshot anew."""

import contextlib
import os
import pathlib
import sys
import time

from measure import in_turn, scratch
from other_stores import other_store
from fleet import Store
from processes import Program, free_port

from .fleet import Fleet, WatchfulController, cells_of, configuration

CELLS, FILES, BYTES = 200, 20, 5 << 20
AT_A_TIME = 48  # what control/publishing.hpp has
SAMPLE = 10  # cells that are copied to one after another; counted CELLS / SAMPLE times
DELAY = 20  # milliseconds
VERSIONS = "/manifests/site/versions"


class Publishing(Fleet):
    def __init__(self, folder, store, seen):
        """`seen`: the store as controller and generator reach it."""
        controller = WatchfulController(folder, configuration(seen, cells_of(CELLS, 1)), 60_000)
        super().__init__(folder, seen, controller)
        self.direct = Fleet(folder, store, controller)

    def make_version(self):
        files = [{"path": f"data/{n}.bin", "file_type": "binary"} for n in range(FILES)]
        self.api.put("/manifests/site", {"files": files, "profile": "deploy", "bucket": "main"})
        self.api.post(VERSIONS, {"version": "v1.0.0"})
        for one in files:
            self.api.upload(f"{VERSIONS}/v1.0.0/files/{one['path']}", os.urandom(BYTES // FILES))
        self.api.post(f"{VERSIONS}/v1.0.0/finalize")

    def publish(self):
        """Milliseconds."""
        self.direct.play("remove-cells")
        begun = time.monotonic()
        done = self.api.post(f"{VERSIONS}/v1.0.0/publish?wait=200", {"all": True})
        took = (time.monotonic() - begun) * 1000
        assert done["state"] == "succeeded" and done["done"] == CELLS, done
        return took

    def copy(self, cells, at_a_time):
        """Milliseconds."""
        self.direct.play("remove-cells")
        return float(self.play("copy", cells, at_a_time))

    def one_after_another(self):
        return self.copy(SAMPLE, 1) * CELLS / SAMPLE


@contextlib.contextmanager
def delayed(folder, store):
    """The store with every request held back."""
    port = free_port()
    to_port = store.endpoint.rpartition(":")[2]
    proxy = Program(folder / "delay.log", sys.executable, pathlib.Path(__file__).with_name("delay.py"), port, to_port, DELAY)
    try:
        proxy.start()
        yield Store(f"http://127.0.0.1:{port}", store.access_key, store.secret_key, store.bucket, store.prefix)
    finally:
        proxy.stop()


def measure(report):
    ours, bare = report.add_series("publishing"), report.add_series(f"the copies alone, {AT_A_TIME} at a time")
    alone = report.add_series("the copies one after another")
    slow_ours, slow_alone = (report.add_series(f"{name}, {DELAY} ms more a request") for name in ("publishing", "one after another"))
    with scratch() as folder, other_store("ceph", folder) as store, delayed(folder, store) as slow:
        near, far = Publishing(folder / "near", store, store), Publishing(folder / "far", store, slow)
        with contextlib.ExitStack() as stack:
            for one in (near, far):
                stack.callback(one.controller.stop)
                one.controller.start()
            near.make_version()
            works = [(ours, near.publish), (bare, lambda: near.copy(CELLS, AT_A_TIME)), (alone, near.one_after_another),
                     (slow_ours, far.publish), (slow_alone, far.one_after_another)]
            in_turn(works, 5, 130)
    report.note(f"one after another: {SAMPLE} cells, counted {CELLS // SAMPLE} times")
    report.bar("publishing by the copies alone", ours.median() / bare.median(), 1.3, "×")
    report.floor("one after another by publishing", alone.median() / ours.median(), 2)
    report.floor(f"the same, {DELAY} ms more", slow_alone.median() / slow_ours.median(), 10)
