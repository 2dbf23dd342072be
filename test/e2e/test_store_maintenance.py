"""What an operator does with a store's folder: look for damage, back it up while it is used, and restore it."""

import contextlib
import hashlib
import itertools
import os
import sqlite3
import subprocess
import threading

import pytest
from botocore.exceptions import ClientError

from fleet import ACCESS_KEY, SECRET_KEY, LoneStore
from processes import CONTROLLER, Program
from s3_client import S3Client
from syncs import Syncs

LARGE = 1 << 20  # bodies of that size are files


@pytest.fixture
def lone(folder):
    program = LoneStore(folder).start()
    yield program
    program.stop()


def data_of(lone):
    return lone.log.parent / "store"


def tool(*arguments, code=0):
    done = subprocess.run([CONTROLLER, "store", *map(str, arguments)], capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def bodies_of(data):
    return [path for path in (data / "blobs").rglob("*") if path.is_file()]


def flip(file, at):
    with open(file, "r+b") as body:
        body.seek(at)
        byte = body.read(1)
        body.seek(at)
        body.write(bytes([byte[0] ^ 1]))


def refusal(work):
    """The message of a 500; HEAD has none."""
    with pytest.raises(ClientError) as caught:
        work()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    return caught.value.response["Error"].get("Message", "")


def test_a_flipped_byte_is_found_and_never_given_out(lone):
    store = lone.store()
    store.write("large", b"l" * LARGE)
    store.write("small", b"s" * 100)
    store.write("sound", b"l" * LARGE + b"!")
    assert "3 objects" in tool("verify", "--data-dir", data_of(lone))

    lone.stop()
    [large] = [body for body in bodies_of(data_of(lone)) if body.stat().st_size == LARGE]
    flip(large, LARGE // 2)
    with contextlib.closing(sqlite3.connect(data_of(lone) / "index.db")) as index:
        with index:
            index.execute("UPDATE small_bodies SET body = ?", (b"s" * 99 + b"t",))
    found = tool("verify", "--data-dir", data_of(lone), code=1)
    assert "damaged  fleet/prod/large: its body has another SHA-256" in found
    assert "damaged  fleet/prod/small" in found and "2 damaged" in found

    lone.port_file.unlink()
    lone.start()
    s3 = S3Client(lone.port, ACCESS_KEY, SECRET_KEY).boto3()  # which asks only once
    small, large = ({"Bucket": "fleet", "Key": f"prod/{key}"} for key in ("small", "large"))
    assert "damaged" in refusal(lambda: s3.get_object(**small))
    lone.wait_until(lambda: "object-damaged" in lone.log.read_text())  # it has looked through its bodies
    assert "damaged" in refusal(lambda: s3.get_object(**large))
    assert "damaged" in refusal(lambda: s3.copy_object(Bucket="fleet", Key="prod/copy", CopySource=large))
    refusal(lambda: s3.head_object(**large))
    assert store.read("sound")[-1:] == b"!"
    assert store.keys() == ["large", "small", "sound"]

    for key in ("large", "small"):
        store.write(key, b"new")
        assert store.read(key) == b"new"
    assert "0 damaged" in tool("verify", "--data-dir", data_of(lone))


def test_a_body_that_is_gone_or_cut_short_is_damage(lone):
    store = lone.store()
    store.write("gone", b"g" * LARGE)
    store.write("short", b"s" * (LARGE + 1))
    for body in bodies_of(data_of(lone)):
        if body.stat().st_size == LARGE:
            body.unlink()
        else:
            with open(body, "r+b") as cut:
                cut.truncate(LARGE)
    found = tool("verify", "--data-dir", data_of(lone), code=1)
    assert "fleet/prod/gone: its body is gone" in found
    assert f"fleet/prod/short: its body has {LARGE} bytes in place of {LARGE + 1}" in found


def test_what_was_assembled_from_parts_is_checked_too(lone):
    store = lone.store()
    part = b"p" * (5 << 20)
    upload = {"Bucket": "fleet", "Key": "prod/parts"}
    upload["UploadId"] = store.client.create_multipart_upload(**upload)["UploadId"]
    etags = [store.client.upload_part(**upload, PartNumber=n, Body=part)["ETag"] for n in (1, 2)]
    store.client.complete_multipart_upload(**upload, MultipartUpload={
        "Parts": [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, 1)]})
    lone.stop()
    lone.port_file.unlink()
    lone.start()

    def has_a_sum():
        with contextlib.closing(sqlite3.connect(data_of(lone) / "index.db")) as index:
            return index.execute("SELECT sha256 FROM objects").fetchone() == (hashlib.sha256(part * 2).hexdigest(),)
    lone.wait_until(has_a_sum)
    [body] = bodies_of(data_of(lone))
    flip(body, 7)
    assert "fleet/prod/parts" in tool("verify", "--data-dir", data_of(lone), code=1)


def content(key):
    """Which tells whose it is: small, or large enough for a file."""
    seed = hashlib.sha256(key.encode()).hexdigest().encode()
    return seed * (1 if key.endswith("small") else LARGE // len(seed) // 4)


def write_until(store, ended, number):
    """Pairs: the second is only ever there when the first is."""
    for turn in itertools.count():
        if ended.is_set():
            return
        for kind in ("small", "large"):
            store.write(f"{number}/{turn:05}-1-{kind}", content(f"{number}/{turn:05}-1-{kind}"))
            store.write(f"{number}/{turn:05}-2-{kind}", content(f"{number}/{turn:05}-2-{kind}"))
            if turn >= 3:
                store.delete(f"{number}/{turn - 3:05}-2-{kind}")
                store.delete(f"{number}/{turn - 3:05}-1-{kind}")


def test_a_backup_is_of_one_moment_while_the_store_is_written_to(lone, folder):
    ended = threading.Event()
    writers = [threading.Thread(target=write_until, args=(lone.store(), ended, number)) for number in range(3)]
    for writer in writers:
        writer.start()
    try:
        lone.wait_until(lambda: len(lone.store().keys()) > 20)
        for number in range(3):
            assert "0 damaged" in tool("backup", "--data-dir", data_of(lone), folder / f"backup{number}")
    finally:
        ended.set()
        for writer in writers:
            writer.join(30)
    assert not list((data_of(lone) / "tmp").iterdir())
    assert not list(folder.glob("backup*.partial*"))

    (folder / "restored").mkdir()
    second = LoneStore(folder / "restored")
    assert "0 damaged" in tool("restore", folder / "backup2", "--data-dir", folder / "restored/store")
    try:
        store = second.start().store()
        keys = store.keys()
        assert len(keys) > 6
        for key in keys:
            assert store.read(key) == content(key)
            assert "-1-" in key or key.replace("-2-", "-1-") in keys
        store.write("on", b"and on")
        assert len(bodies_of(folder / "restored/store")) == sum(key.endswith("large") for key in keys)
    finally:
        second.stop()


def test_nothing_is_overwritten(lone, folder):
    lone.store().write("a", b"b")
    (folder / "there").mkdir()
    assert "is there already" in tool("backup", "--data-dir", data_of(lone), folder / "there", code=1)
    tool("backup", "--data-dir", data_of(lone), folder / "one")
    assert "is there already" in tool("restore", folder / "one", "--data-dir", data_of(lone), code=1)
    assert "there is no store" in tool("restore", folder / "there", "--data-dir", folder / "new", code=1)
    assert not (folder / "new").exists()
    assert "there is no store" in tool("verify", "--data-dir", folder / "nowhere", code=1)


def test_a_backup_that_is_killed_leaves_nothing_that_looks_like_one(lone, folder):
    store = lone.store()
    for number in range(3):
        store.write(f"large{number}", bytes([number]) * LARGE)
    target, partial = folder / "backup", folder / "backup.partial"
    syncs = Syncs(folder / "syncs")
    killed = Program(folder / "backup.log", CONTROLLER, "store", "backup", "--data-dir", data_of(lone), target,
                     env={**os.environ, **syncs.environment})
    with syncs.held():
        killed.start()
        killed.wait_until(lambda: partial.exists() and syncs.count() > 0)
        killed.kill()
    assert not target.exists() and partial.exists()

    assert "3 objects" in tool("backup", "--data-dir", data_of(lone), target)
    assert not partial.exists()
    lone.stop()
    lone.port_file.unlink()
    lone.start()
    assert not list((data_of(lone) / "tmp").iterdir())
