"""Our store as a process of its own, with more to it than other tests need."""

import contextlib
import pathlib
import re
import subprocess

from fleet import LoneStore
from processes import BUILD
from syncs import Syncs

CLIENT = BUILD / "test/bench/s3_client"


@contextlib.contextmanager
def lone_store(folder, watched=False):
    """A running LoneStore; `watched`: its `syncs` counts what it asks of the disk."""
    folder.mkdir(exist_ok=True)
    server = LoneStore(folder)
    if watched:
        server.syncs = Syncs(folder / "syncs")
        server.options["env"] |= server.syncs.environment
    try:
        yield server.start()
    finally:
        server.stop()


def fill(store, prefix, count, size=1):
    subprocess.run([CLIENT, store.endpoint, store.bucket, store.access_key, store.secret_key, "fill", prefix, str(count),
                    str(size), "64"], check=True, timeout=400)


def resident_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024
