"""How much memory an agent takes for versions at the limits: as many files as there may be, and a file far larger than that."""

import concurrent.futures
import http.client
import os
import threading

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from bucket import Bucket
from fleet import Agent, Controller, running
from s3_client import REGION, quoted

MOST_FILES = 100_000
BODY = 512 * 2**20
MEBIBYTE = 1024  # in the units of /proc/PID/status


class Uploads:
    """Many small objects at once, each thread over a connection of its own."""

    def __init__(self, port, store):
        self.port, self.store, self.own = port, store, threading.local()
        self.account = Credentials(store.access_key, store.secret_key)

    def __call__(self, key):
        if not hasattr(self.own, "connection"):
            self.own.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
            self.own.signer = S3SigV4Auth(self.account, "s3", REGION)
        path = quoted(f"/{self.store.bucket}/{self.store.prefix}/{key}")
        body = os.path.basename(key).encode()
        request = AWSRequest(method="PUT", url=f"http://127.0.0.1:{self.port}{path}", data=body, headers={})
        self.own.signer.add_auth(request)
        self.own.connection.request("PUT", path, body=body, headers=dict(request.headers.items()))
        answer = self.own.connection.getresponse()
        answer.read()
        assert answer.status == 200, (key, answer.status)


@pytest.fixture
def host(folder):
    controller = Controller(folder / "controller")  # only its embedded store is used
    store = controller.embedded_store()
    deployed = folder / "deployed"
    deployed.mkdir()
    agent = Agent(folder / "agent", store, "node01", f"deploy:\n  target_folder: {deployed}\n")
    agent.deployed, agent.bucket, agent.uploads = deployed, Bucket(store), Uploads(controller.store_port, store)
    with running(controller, agent):
        yield agent


def peak(agent):
    with open(f"/proc/{agent.pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))


@pytest.mark.timeout(3000)
def test_as_many_files_as_there_may_be_are_deployed_once_and_again_within_bounds(host):
    others = MOST_FILES - 4  # beside those that Bucket writes, and their folder
    names = [f"d{number // 1000}/f{number}" for number in range(others)]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(host.uploads, (f"cells/node01/site/versions/v1.0.0/{name}" for name in names)))
    host.bucket.wait_for("site", host.bucket.publish("site", "v1.0.0"), "deployed", 1200)
    print(f"{peak(host) / MEBIBYTE:.0f} MiB after the first time")
    host.bucket.wait_for("site", host.bucket.trigger("site", "v1.0.0"), "deployed", 1200)  # copied from the release that runs
    print(f"{peak(host) / MEBIBYTE:.0f} MiB after the second")
    assert all((host.deployed / "site" / name).read_text() == os.path.basename(name) for name in names)
    assert peak(host) < 768 * MEBIBYTE


@pytest.mark.timeout(600)
def test_a_large_file_passes_through_a_little_memory(host):
    host.bucket.deploy("site", "v1.0.0")
    before = peak(host)
    trigger = host.bucket.publish("site", "v1.0.1", also={"large": b"\0" * BODY})
    host.bucket.wait_for("site", trigger, "deployed", 400)
    assert (host.deployed / "site/large").stat().st_size == BODY
    print(f"{before / MEBIBYTE:.0f} MiB before, {peak(host) / MEBIBYTE:.0f} MiB after")
    assert peak(host) - before < 32 * MEBIBYTE
