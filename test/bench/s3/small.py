"""Many small objects up and down, beside rclone with as many at a time."""

import contextlib
import os

from measure import in_turn, scratch
from other_stores import other_store

from .commands import emptied, lone_store, memory_folder, ours, run

COUNT, BYTES, AT_A_TIME = 5000, 16 << 10, 32


class Rclone:
    """As its documentation has it for such a store, all by its environment; a CA bundle set for others makes it fail."""

    def __init__(self, store, provider):
        self.store = store
        self.env = {"RCLONE_CONFIG": "/dev/null", "RCLONE_CONFIG_PEER_TYPE": "s3", "RCLONE_CONFIG_PEER_PROVIDER": provider,
                    "RCLONE_CONFIG_PEER_ENDPOINT": store.endpoint, "RCLONE_CONFIG_PEER_REGION": "us-east-1",
                    "RCLONE_CONFIG_PEER_ACCESS_KEY_ID": store.access_key,
                    "RCLONE_CONFIG_PEER_SECRET_ACCESS_KEY": store.secret_key}

    def copy(self, source, target):
        command = ["env", "-u", "AWS_CA_BUNDLE", "rclone", "copy", "--transfers", AT_A_TIME, "--checkers", AT_A_TIME,
                   "--s3-no-check-bucket", source, target]
        return run(command, env=self.env)

    def path(self, prefix):
        return f"peer:{self.store.bucket}/{prefix}"


def make_files(folder):
    folder.mkdir()
    for number in range(COUNT):
        (folder / f"{number}.bin").write_bytes(os.urandom(BYTES))


def check(folder, source):
    names = os.listdir(folder)
    assert len(names) == COUNT, f"{len(names)} files"
    assert (folder / "77.bin").read_bytes() == (source / "77.bin").read_bytes()


def both_ways(report, store, provider, seconds):
    """{(way, whose): (wall series, processor series)}, measured."""
    rclone = Rclone(store, provider)
    series = {(way, whose): (report.add_series(f"{way}, {whose}"), report.add_series(f"{way}, {whose}: processor"))
              for way in ("up", "down") for whose in ("fleetman", "rclone")}
    with memory_folder() as folder:
        source, target = folder / "source", folder / "target"
        make_files(source)

        def fetched(fetch):
            emptied(target)
            cost = fetch()
            check(target, source)
            return cost.wall, cost.processor

        def sent(send):
            for key in chunks([f"up/{name}" for name in os.listdir(source)]):
                store.client.delete_objects(Bucket=store.bucket, Delete={"Objects": [{"Key": one} for one in key], "Quiet": True})
            cost = send()
            return cost.wall, cost.processor

        works = {
            ("up", "fleetman"): lambda: sent(lambda: run(ours(store, "upload", source, "up/", AT_A_TIME))),
            ("up", "rclone"): lambda: sent(lambda: rclone.copy(source, rclone.path("up"))),
            ("down", "fleetman"): lambda: fetched(lambda: run(ours(store, "download", "down/", target, AT_A_TIME))),
            ("down", "rclone"): lambda: fetched(lambda: rclone.copy(rclone.path("down"), target)),
        }
        run(ours(store, "upload", source, "down/", AT_A_TIME))
        in_turn([(series[which], work) for which, work in works.items()], 5, seconds)
    return series


def chunks(names, size=1000):
    return [names[at:at + size] for at in range(0, len(names), size)]


def ratio(series, way, which):
    """0: wall, 1: processor."""
    return series[way, "fleetman"][which].median() / series[way, "rclone"][which].median()


def on_the_gateway(report):
    with scratch() as folder, other_store("ceph", folder) as store:
        found = both_ways(report, store, "Ceph", 200)
    report.bar("down by rclone", ratio(found, "down", 0), 0.8, "×")
    report.bar("down by rclone: processor", ratio(found, "down", 1), 0.25, "×")
    report.bar("up by rclone", ratio(found, "up", 0), 0.9, "×")
    report.bar("up by rclone: processor", ratio(found, "up", 1), 0.3, "×")


def on_the_store(report):
    with scratch() as folder, contextlib.ExitStack() as stack:
        store = stack.enter_context(lone_store(folder))
        found = both_ways(report, store, "Other", 200)
    for way in ("down", "up"):
        report.bar(f"{way} by rclone", ratio(found, way, 0), 0.4, "×")
