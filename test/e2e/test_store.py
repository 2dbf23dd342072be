"""The embedded store through other people's clients, and through crashes."""

import base64
import contextlib
import hashlib
import os
import random
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
import zlib

import pytest
from botocore.exceptions import ClientError

from processes import CONTROLLER, Program, wait_until
from s3_client import S3Client, quoted

BINARY = os.environ.get("FLEETMAN_BIN", str(CONTROLLER))
ACCESS_KEY, SECRET_KEY, BUCKET = "test-key", "test-secret/with+signs", "fleet"


class Store(Program):
    def __init__(self, folder):
        self.folder = folder
        self.data = folder / "data"
        self.port_file = folder / "port"
        super().__init__(folder / "store.log", BINARY, "store", "--listen", "127.0.0.1:0", "--data-dir", self.data,
                         "--access-key", ACCESS_KEY, "--bucket", BUCKET, "--port-file", self.port_file,
                         env={**os.environ, "FLEETMAN_STORE_SECRET_KEY": SECRET_KEY})

    def start(self):
        self.port_file.unlink(missing_ok=True)
        super().start()
        self.wait_until(self.port_file.exists)
        self.client = S3Client(int(self.port_file.read_text()), ACCESS_KEY, SECRET_KEY)
        return self


@pytest.fixture
def store(folder):
    program = Store(folder).start()
    yield program
    program.stop()


@pytest.fixture
def s3(store):
    return store.client.boto3()


def code_of(caught):
    return caught.value.response["Error"]["Code"]


def all_keys(s3, **query):
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, **query)
    return [one["Key"] for page in pages for one in page.get("Contents", [])]


def test_awscli_copies_lists_syncs_and_removes(store, folder):
    aws = store.client.aws
    tree = folder / "tree"
    (tree / "sub folder").mkdir(parents=True)
    for name in ("plain", "sub folder/blank +&=%", "sub folder/ünïcode"):
        (tree / name).write_text(name)
    (tree / "empty").write_bytes(b"")

    aws("s3", "sync", tree, f"s3://{BUCKET}/tree", "--no-progress")
    listed = aws("s3", "ls", "--recursive", f"s3://{BUCKET}/")
    assert all(name in listed for name in ("tree/plain", "tree/sub folder/blank +&=%", "tree/sub folder/ünïcode"))
    assert "PRE tree/" in aws("s3", "ls", f"s3://{BUCKET}")

    aws("s3", "sync", f"s3://{BUCKET}/tree", folder / "back", "--no-progress")
    subprocess.run(["diff", "-r", tree, folder / "back"], check=True)
    assert aws("s3", "sync", tree, f"s3://{BUCKET}/tree", "--no-progress") == ""

    aws("s3", "cp", f"s3://{BUCKET}/tree/plain", f"s3://{BUCKET}/copy", "--no-progress")
    assert aws("s3", "cp", f"s3://{BUCKET}/copy", "-") == "plain"
    aws("s3", "rm", "--recursive", f"s3://{BUCKET}/tree")
    assert aws("s3", "ls", "--recursive", f"s3://{BUCKET}/").split()[-1:] == ["copy"]


def test_awscli_uploads_large_files_in_parts(store, s3, folder):
    content = random.Random(1).randbytes(20_000_001)
    (folder / "large").write_bytes(content)
    store.client.aws("s3", "cp", folder / "large", f"s3://{BUCKET}/large", "--no-progress")
    store.client.aws("s3", "cp", f"s3://{BUCKET}/large", folder / "back", "--no-progress")
    assert (folder / "back").read_bytes() == content

    part = 8 * 1024 * 1024
    digests = b"".join(hashlib.md5(content[at:at + part]).digest() for at in range(0, len(content), part))
    assert s3.head_object(Bucket=BUCKET, Key="large")["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'
    answer = s3.get_object(Bucket=BUCKET, Key="large", Range="bytes=19999990-")
    assert answer["Body"].read() == content[19999990:]
    assert answer["ContentRange"] == "bytes 19999990-20000000/20000001"


def test_awscli_copies_large_objects_within_the_store(store, s3):
    content = random.Random(3).randbytes(17_000_003)
    s3.put_object(Bucket=BUCKET, Key="from", Body=content)
    store.client.aws("s3", "cp", f"s3://{BUCKET}/from", f"s3://{BUCKET}/to", "--no-progress")
    assert s3.get_object(Bucket=BUCKET, Key="to")["Body"].read() == content
    assert s3.head_object(Bucket=BUCKET, Key="to")["ETag"].endswith('-3"')

    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="k")["UploadId"]
    where = {"Bucket": BUCKET, "Key": "k", "UploadId": upload, "CopySource": f"{BUCKET}/from", "PartNumber": 1}
    part = s3.upload_part_copy(**where, CopySourceRange="bytes=5-9")["CopyPartResult"]
    assert part["ETag"] == f'"{hashlib.md5(content[5:10]).hexdigest()}"'
    for wrong in ("bytes=0-17000003", "bytes=9-5", "bytes=0-", "5-9"):
        with pytest.raises(ClientError) as caught:
            s3.upload_part_copy(**where, CopySourceRange=wrong)
        assert code_of(caught) == "InvalidArgument"


def test_what_was_put_comes_back(s3):
    for size in (0, 1, 65_536, 65_537, 3_000_000):
        body = random.Random(size).randbytes(size)
        etag = s3.put_object(Bucket=BUCKET, Key="k", Body=body, ContentType="text/x", CacheControl="no-store",
                             Metadata={"note": "a b"})["ETag"]
        got = s3.get_object(Bucket=BUCKET, Key="k")
        assert got["Body"].read() == body
        assert etag == got["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
        head = s3.head_object(Bucket=BUCKET, Key="k")
        for answer in (got, head):
            assert answer["ContentLength"] == size
            assert answer["ContentType"] == "text/x"
            assert answer["CacheControl"] == "no-store"
            assert answer["Metadata"] == {"note": "a b"}


def test_a_copy_keeps_or_replaces_metadata_and_outlives_its_source(s3):
    for size in (10, 200_000):
        body = os.urandom(size)
        s3.put_object(Bucket=BUCKET, Key="from", Body=body, Metadata={"a": "1"})
        s3.copy_object(Bucket=BUCKET, Key="kept", CopySource=f"{BUCKET}/from")
        s3.copy_object(Bucket=BUCKET, Key="replaced", CopySource=f"{BUCKET}/from", MetadataDirective="REPLACE",
                       Metadata={"b": "2"})
        s3.delete_object(Bucket=BUCKET, Key="from")
        for key, metadata in (("kept", {"a": "1"}), ("replaced", {"b": "2"})):
            got = s3.get_object(Bucket=BUCKET, Key=key)
            assert (got["Body"].read(), got["Metadata"]) == (body, metadata)
    with pytest.raises(ClientError) as caught:
        s3.copy_object(Bucket=BUCKET, Key="x", CopySource=f"{BUCKET}/from")
    assert code_of(caught) == "NoSuchKey"


def test_listings_page_and_group(s3):
    keys = sorted([f"a/{n:03}" for n in range(25)] + ["a", "b/x/1", "b/x/2", "b/y", "c é+"])
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=b"")
    for size in (1, 2, 7, 1000):
        assert all_keys(s3, PaginationConfig={"PageSize": size}) == keys
        pages = s3.get_paginator("list_objects").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": size})
        assert [one["Key"] for page in pages for one in page.get("Contents", [])] == keys
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="b/", Delimiter="/",
                                                             PaginationConfig={"PageSize": size})
        entries = [(one.get("Key") or one.get("Prefix")) for page in pages
                   for one in page.get("Contents", []) + page.get("CommonPrefixes", [])]
        assert sorted(entries) == ["b/x/", "b/y"]
    assert s3.list_objects_v2(Bucket=BUCKET, StartAfter="b")["Contents"][0]["Key"] == "b/x/1"

    removed = s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in [*keys, "absent"]]})
    assert len(removed["Deleted"]) == len(keys) + 1
    assert all_keys(s3) == []


def test_reads_obey_conditions_and_ranges(store, s3):
    etag = s3.put_object(Bucket=BUCKET, Key="k", Body=b"0123456789")["ETag"]
    path = f"/{BUCKET}/k"
    assert store.client.send("GET", path, headers={"If-None-Match": etag}).status == 304
    assert store.client.send("GET", path, headers={"If-Match": '"other"'}).code == "PreconditionFailed"
    assert store.client.send("GET", path, headers={"Range": "bytes=2-4"}).body == b"234"
    assert store.client.send("GET", path, headers={"Range": "bytes=-2"}).body == b"89"
    assert store.client.send("GET", path, headers={"Range": "bytes=10-"}).code == "InvalidRange"
    head = store.client.send("HEAD", path)
    assert (head.status, head.headers["Content-Length"], head.body) == (200, "10", b"")
    assert store.client.send("HEAD", path + "x").status == 404


def test_of_racing_creations_one_wins(store):
    for turn in range(10):
        size = 10 if turn % 2 else 100_000
        start, answers = threading.Barrier(8), []

        def create(number):
            start.wait()
            answers.append((store.client.send("PUT", f"/{BUCKET}/race{turn}", bytes([number]) * size,
                                              {"If-None-Match": "*"}), number))

        in_parallel(8, create)
        won = [number for answer, number in answers if answer.status == 200]
        assert len(won) == 1
        assert {answer.code for answer, number in answers if number not in won} == {"PreconditionFailed"}
        assert store.client.send("GET", f"/{BUCKET}/race{turn}").body == bytes(won) * size


def test_no_update_is_lost_between_conditional_writers(store):
    path = f"/{BUCKET}/counter"
    store.client.send("PUT", path, b"0")

    def count(_):
        done = 0
        while done < 10:
            seen = store.client.send("GET", path)
            answer = store.client.send("PUT", path, str(int(seen.body) + 1).encode(), {"If-Match": seen.headers["ETag"]})
            done += answer.status == 200

    in_parallel(4, count)
    assert store.client.send("GET", path).body == b"40"


def in_parallel(count, work):
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()


def test_signatures_are_demanded(store):
    client = store.client
    assert client.send("GET", "/", sign=False).code == "AccessDenied"
    assert S3Client(client.port, ACCESS_KEY, "wrong").send("GET", "/").code == "SignatureDoesNotMatch"
    assert S3Client(client.port, "nobody", SECRET_KEY).send("GET", "/").code == "InvalidAccessKeyId"
    assert "SignatureDoesNotMatch" in S3Client(client.port, ACCESS_KEY, "wrong").aws("s3", "ls", fails=True)
    assert client.send("GET", "/").status == 200


def test_a_body_other_than_the_signed_one_is_refused(store):
    signed = hashlib.sha256(b"signed").hexdigest()
    for body in (b"other!", b"x" * 100_000):
        answer = store.client.send("PUT", f"/{BUCKET}/k", body, payload_hash=signed)
        assert (answer.status, answer.code) == (400, "XAmzContentSHA256Mismatch")
    answer = store.client.send("PUT", f"/{BUCKET}/k", b"body", {"Content-MD5": base64.b64encode(bytes(16)).decode()})
    assert answer.code == "BadDigest"
    assert store.client.send("HEAD", f"/{BUCKET}/k").status == 404


def test_streamed_uploads_are_held_to_their_trailing_checksum(store):
    body = random.Random(2).randbytes(150_000)
    checksum = base64.b64encode(zlib.crc32(body).to_bytes(4, "big"))
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[at:at + 65536]), body[at:at + 65536])
                      for at in range(0, len(body), 65536))
    headers = {"Content-Encoding": "aws-chunked", "X-Amz-Trailer": "x-amz-checksum-crc32",
               "X-Amz-Decoded-Content-Length": str(len(body))}
    for trailer, code in ((checksum, ""), (b"AAAAAA==", "BadDigest"), (b"", "BadDigest")):
        answer = store.client.send("PUT", f"/{BUCKET}/streamed",
                                   chunks + b"0\r\nx-amz-checksum-crc32:" + trailer + b"\r\n\r\n", headers,
                                   payload_hash="STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        assert answer.code == code
    got = store.client.send("GET", f"/{BUCKET}/streamed")
    assert got.body == body
    assert "Content-Encoding" not in got.headers


def test_presigned_urls_work_until_they_are_changed(s3):
    s3.put_object(Bucket=BUCKET, Key="k é", Body=b"body")
    url = s3.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": "k é", "ResponseContentType": "a/b"}, 60)
    with urllib.request.urlopen(url) as answer:
        assert (answer.read(), answer.headers["Content-Type"]) == (b"body", "a/b")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url.replace("Expires=60", "Expires=600"))
    assert caught.value.code == 403


def test_any_key_is_only_a_key(store, folder):
    keys = ["../../escape", "/etc/passwd", "a/../b", "./a", "a//b", "..", "%2e%2e/x", "a\\b", "a\nb", "x" * 1024]
    before = {path for path in folder.rglob("*") if store.data not in path.parents}
    for key in keys:
        assert store.client.send("PUT", f"/{BUCKET}/{quoted(key)}", key.encode()).status == 200
    for key in keys:
        assert store.client.send("GET", f"/{BUCKET}/{quoted(key)}").body == key.encode()
    assert all_keys(store.client.boto3()) == sorted(keys)
    assert {path for path in folder.rglob("*") if store.data not in path.parents} == before
    assert store.client.send("PUT", f"/{BUCKET}/{'x' * 1025}", b"").code == "KeyTooLongError"
    assert store.client.send("PUT", f"/{BUCKET}/%FF", b"").code == "InvalidArgument"
    assert store.client.send("PUT", "/..%2Fbucket", b"").code == "InvalidBucketName"


def test_what_the_store_does_not_do_it_says(store, s3):
    s3.put_object(Bucket=BUCKET, Key="k", Body=b"")
    for call in (lambda: s3.get_object_tagging(Bucket=BUCKET, Key="k"), lambda: s3.get_bucket_versioning(Bucket=BUCKET),
                 lambda: s3.put_bucket_policy(Bucket=BUCKET, Policy="{}"), lambda: s3.list_object_versions(Bucket=BUCKET),
                 lambda: s3.put_object(Bucket=BUCKET, Key="k", Body=b"", ACL="public-read"),
                 lambda: s3.put_object(Bucket=BUCKET, Key="k", Body=b"", Tagging="a=b")):
        with pytest.raises(ClientError) as caught:
            call()
        assert code_of(caught) == "NotImplemented"


def test_buckets_are_made_and_deleted(s3):
    s3.create_bucket(Bucket="second")
    assert [one["Name"] for one in s3.list_buckets()["Buckets"]] == [BUCKET, "second"]
    for bucket, code in ((BUCKET, "BucketAlreadyOwnedByYou"), ("UPPER_case", "InvalidBucketName")):
        with pytest.raises(ClientError) as caught:
            s3._make_api_call("CreateBucket", {"Bucket": bucket})
        assert code_of(caught) == code
    s3.put_object(Bucket="second", Key="k", Body=b"")
    with pytest.raises(ClientError) as caught:
        s3.delete_bucket(Bucket="second")
    assert code_of(caught) == "BucketNotEmpty"
    s3.delete_object(Bucket="second", Key="k")
    s3.delete_bucket(Bucket="second")
    with pytest.raises(ClientError) as caught:
        s3.list_objects_v2(Bucket="second")
    assert code_of(caught) == "NoSuchBucket"


def test_an_upload_in_parts_can_be_listed_aborted_and_refused(s3):
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="k")["UploadId"]
    where = {"Bucket": BUCKET, "Key": "k", "UploadId": upload}
    small = s3.upload_part(**where, PartNumber=1, Body=b"small")["ETag"]
    last = s3.upload_part(**where, PartNumber=2, Body=b"last")["ETag"]
    assert [part["PartNumber"] for part in s3.list_parts(**where)["Parts"]] == [1, 2]
    for parts, code in (([(1, small), (2, last)], "EntityTooSmall"), ([(2, last), (1, small)], "InvalidPartOrder"),
                        ([(1, last)], "InvalidPart"), ([(3, last)], "InvalidPart")):
        with pytest.raises(ClientError) as caught:
            s3.complete_multipart_upload(
                **where, MultipartUpload={"Parts": [{"PartNumber": n, "ETag": etag} for n, etag in parts]})
        assert code_of(caught) == code
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": [{"PartNumber": 2, "ETag": last}]})
    assert s3.get_object(Bucket=BUCKET, Key="k")["Body"].read() == b"last"

    where["UploadId"] = s3.create_multipart_upload(Bucket=BUCKET, Key="k")["UploadId"]
    s3.abort_multipart_upload(**where)
    with pytest.raises(ClientError) as caught:
        s3.upload_part(**where, PartNumber=1, Body=b"x")
    assert code_of(caught) == "NoSuchUpload"


def test_unfinished_uploads_are_listed_page_by_page(s3):
    begun = [(key, s3.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"])
             for key in ("a", "a", "a/b", "a/c", "b c", "d/e/f")]
    expected = sorted(begun, key=lambda one: (one[0].encode(), one[1]))

    def listed(**query):
        pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=BUCKET, **query)
        return [(one["Key"], one["UploadId"]) for page in pages for one in page.get("Uploads", [])]

    for size in (1, 2, 1000):
        assert listed(PaginationConfig={"PageSize": size}) == expected
    assert listed(Prefix="a/") == [one for one in expected if one[0].startswith("a/")]
    for size in (1, 1000):
        pages = list(s3.get_paginator("list_multipart_uploads").paginate(Bucket=BUCKET, Delimiter="/",
                                                                         PaginationConfig={"PageSize": size}))
        assert [one["Prefix"] for page in pages for one in page.get("CommonPrefixes", [])] == ["a/", "d/"]
        assert [one["Key"] for page in pages for one in page.get("Uploads", [])] == ["a", "a", "b c"]
    assert s3.list_multipart_uploads(Bucket=BUCKET, Delimiter="0")["Uploads"] != []  # a digit of ids groups nothing
    for key, upload in begun:
        s3.abort_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload)
    assert listed() == []


def body_for(key, version):
    """Tells which write it is of, and is large for some keys."""
    size = 300_000 if int(key[1:]) % 4 == 0 else 500
    line = f"{key} {version}\n".encode()
    return line * (size // len(line))


def write_until_killed(store, worker, acknowledged, stopping):
    """Overwrites, and now and then deletes, keys of its own; remembers what the store said yes to, and what it was asked."""
    client, version = store.client.boto3(), 0
    while not stopping.is_set():
        version += 1
        key = f"k{worker + 8 * (version % 12)}"
        wanted = None if version % 7 == 0 else version
        acknowledged.setdefault(key, [None, None])[1] = (wanted,)
        try:
            if wanted is None:
                client.delete_object(Bucket=BUCKET, Key=key)
            else:
                client.put_object(Bucket=BUCKET, Key=key, Body=body_for(key, wanted))
        except Exception:
            return
        acknowledged[key] = [wanted, None]


def found_versions(s3):
    versions = {}
    for key in all_keys(s3):
        body = s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        version = int(body.split(maxsplit=2)[1])
        assert body == body_for(key, version), f"{key} is torn"
        versions[key] = version
    return versions


@pytest.mark.parametrize("turn", range(3))
def test_nothing_acknowledged_is_lost_when_the_store_is_killed(store, turn):
    acknowledged, stopping = {}, threading.Event()
    writers = [threading.Thread(target=write_until_killed, args=(store, worker, acknowledged, stopping))
               for worker in range(8)]
    for one in writers:
        one.start()
    wait_until(lambda: len(acknowledged) > 40 + 20 * turn)
    os.kill(store.pid, signal.SIGKILL)
    stopping.set()
    for one in writers:
        one.join()
    store.process.wait()

    store.start()
    found = found_versions(store.client.boto3())
    for key, (confirmed, under_way) in acknowledged.items():
        possible = {confirmed} | set(under_way or ())
        assert found.get(key) in possible, f"{key}: {found.get(key)} is none of {possible}"
    assert set(found) <= set(acknowledged)
    assert not list((store.data / "tmp").iterdir())
    files = [path for path in (store.data / "blobs").rglob("*") if path.is_file()]
    assert len(files) == sum(1 for key in found if int(key[1:]) % 4 == 0)


def test_it_stops_in_order_and_keeps_what_it_has(store):
    store.client.send("PUT", f"/{BUCKET}/k", b"kept")
    idle = store.client.boto3()
    idle.list_buckets()
    store.process.send_signal(signal.SIGTERM)
    assert store.process.wait(10) == 0
    store.start()
    assert store.client.send("GET", f"/{BUCKET}/k").body == b"kept"
    store.process.send_signal(signal.SIGINT)
    assert store.process.wait(10) == 0


def test_a_taken_port_or_folder_is_an_error_that_says_so(store, folder):
    def refusal(data_dir, listen):
        run = subprocess.run([BINARY, "store", "--listen", listen, "--data-dir", data_dir, "--access-key", "k",
                              "--secret-key", "s"], capture_output=True, text=True, timeout=20)
        assert run.returncode == 1
        return run.stderr

    assert f"port {store.client.port} is taken" in refusal(folder / "other", f"127.0.0.1:{store.client.port}")
    assert "in use by another Fleetman store" in refusal(store.data, "127.0.0.1:0")


def test_it_takes_more_connections_than_a_process_begins_with(store):
    store.stop()
    store.command[:0] = ["prlimit", "--nofile=64:4096"]
    store.start()
    with contextlib.ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(socket.create_connection(("127.0.0.1", store.client.port)))
        assert store.client.send("GET", f"/{BUCKET}").status == 200


def test_a_broken_upload_leaves_nothing(store, folder):
    signed = store.client
    with socket.create_connection(("127.0.0.1", signed.port)) as half:
        url = signed.boto3().generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": "half"}, 60)
        path = url.partition(str(signed.port))[2]
        half.sendall(f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1:{signed.port}\r\nContent-Length: 500000\r\n\r\n".encode())
        half.sendall(b"x" * 200_000)
        wait_until(lambda: list((store.data / "tmp").iterdir()))
    wait_until(lambda: not list((store.data / "tmp").iterdir()))
    assert signed.send("HEAD", f"/{BUCKET}/half").status == 404
