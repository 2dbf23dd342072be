"""Our store as a process of its own, with more to it than other tests need."""

import contextlib
import pathlib
import re
import subprocess

from fleet import LoneStore
from processes import BUILD

COUNTER = BUILD / "test/bench/libcount_syncs.so"
CLIENT = BUILD / "test/bench/s3_client"


@contextlib.contextmanager
def lone_store(folder, counted=False):
    """A running LoneStore; `counted`: what syncs() tells is kept."""
    folder.mkdir(exist_ok=True)
    server = LoneStore(folder)
    if counted:
        (folder / "syncs").write_bytes(bytes(8))
        server.options["env"] |= {"LD_PRELOAD": str(COUNTER), "FLEETMAN_SYNCS": str(folder / "syncs")}
    try:
        yield server.start()
    finally:
        server.stop()


def syncs(folder):
    """How often the store has asked for data to be on the disk."""
    return int.from_bytes((folder / "syncs").read_bytes(), "little")


def fill(store, prefix, count, size=1):
    subprocess.run([CLIENT, store.endpoint, store.bucket, store.access_key, store.secret_key, "fill", prefix, str(count),
                    str(size), "64"], check=True, timeout=400)


def resident_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024
