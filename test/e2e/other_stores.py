"""Other people's stores, each a cluster of one that lives for as long as it is needed (test/support)."""

import contextlib
import shlex
import subprocess

from fleet import Store
from processes import REPOSITORY


@contextlib.contextmanager
def other_store(name, folder, *options):
    """`name`: ceph or swift; `options`: as its script has them. Yields a Store whose bucket is there, and empty."""
    cluster, place = REPOSITORY / "test/support" / name / "cluster", folder / name
    done = subprocess.run([cluster, "up", place, *options], stdout=subprocess.PIPE, text=True, timeout=120)
    try:
        assert done.returncode == 0
        settings = dict(shlex.split(line)[0].split("=", 1) for line in done.stdout.splitlines())
        store = Store(settings["S3_ENDPOINT"], settings["S3_ACCESS_KEY"], settings["S3_SECRET_KEY"])
        store.client.create_bucket(Bucket=store.bucket)
        yield store
    finally:
        subprocess.run([cluster, "down", place], timeout=60, check=True)
