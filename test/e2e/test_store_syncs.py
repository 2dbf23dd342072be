"""A disk that takes its time: who waits for it, and who does not."""

import concurrent.futures
import os
import urllib.request

import pytest

from fleet import Controller
from processes import wait_until
from syncs import Syncs


@pytest.fixture
def slow_disk(folder):
    """A controller with its embedded store, and its Syncs."""
    syncs = Syncs(folder / "syncs")
    controller = Controller(folder)
    controller.options["env"] = {**os.environ, **syncs.environment}
    controller.start()
    yield controller, syncs
    controller.stop()


def test_reads_and_the_controller_go_on_while_the_disk_does_not_answer_a_put(slow_disk):
    controller, syncs = slow_disk
    store = controller.embedded_store()
    small, large = b"s", b"l" * (1 << 20)
    store.write("small", small)
    store.write("large", large)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        with syncs.held():
            before = syncs.count()
            puts = [pool.submit(store.write, key, body) for key, body in (("next-small", b"n"), ("next-large", large))]
            wait_until(lambda: syncs.count() > before)
            assert store.read("small") == small
            assert store.read("large") == large
            assert store.keys() == ["large", "small"]
            with urllib.request.urlopen(controller.api.url + "/healthz", timeout=5) as answer:
                assert answer.status == 200
            assert not any(one.done() for one in puts)
        for one in puts:
            one.result(20)
    assert store.keys() == ["large", "next-large", "next-small", "small"]


def test_many_small_puts_share_a_sync(slow_disk):
    controller, syncs = slow_disk
    store = controller.embedded_store()
    count = 64
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        with syncs.held():
            before = syncs.count()
            puts = [pool.submit(store.write, f"k{number}", b"x") for number in range(count)]
            wait_until(lambda: syncs.count() > before)
        for one in puts:
            one.result(20)
    assert syncs.count() - before < count / 4
