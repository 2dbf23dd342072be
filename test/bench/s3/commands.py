"""Clients as commands, and what one run of them takes."""

import contextlib
import dataclasses
import os
import shutil
import subprocess
import tempfile
import threading
import time

from fleet import LoneStore
from measure import scratch
from processes import BUILD

CLIENT = BUILD / "test/bench/s3_client"


@dataclasses.dataclass
class Cost:
    wall: float  # milliseconds
    processor: float  # milliseconds, user and system, of the command and its children
    resident: float  # MiB, the most that it had


def run(command, seconds=120, env=None, output=subprocess.DEVNULL):
    """Its Cost. Raises RuntimeError when it fails."""
    command = [str(part) for part in command]
    with tempfile.TemporaryFile() as errors:
        begun = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                                   env={**os.environ, **(env or {})})
        with ended_by(process, seconds):
            _, status, used = os.wait4(process.pid, 0)
        wall = (time.monotonic() - begun) * 1000
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            errors.seek(0)
            raise RuntimeError(f"{command[0]} ended with {process.returncode}: {errors.read()[-2000:].decode()}")
    return Cost(wall, (used.ru_utime + used.ru_stime) * 1000, used.ru_maxrss / 1024)


@contextlib.contextmanager
def ended_by(process, seconds):
    """Kills it when it takes longer."""
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def printed(command, env=None):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, timeout=120,
                          env={**os.environ, **(env or {})}).stdout.strip()


def ours(store, *what):
    return [CLIENT, store.endpoint, store.bucket, store.access_key, store.secret_key, *what]


def aws_settings(store):
    return {"AWS_ACCESS_KEY_ID": store.access_key, "AWS_SECRET_ACCESS_KEY": store.secret_key,
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}


def aws(store, *what):
    return ["/usr/bin/aws", "--endpoint-url", store.endpoint, *what]


def memory_folder():
    """In memory, where fsync costs nothing: ours calls it for every file, the others never do."""
    return scratch("/dev/shm")


@contextlib.contextmanager
def lone_store(folder):
    store = LoneStore(folder)
    try:
        yield store.start().store()
    finally:
        store.stop()


def emptied(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder
