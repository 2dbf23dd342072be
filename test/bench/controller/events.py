"""From the moment at which a store has a heartbeat to the event that tells of it."""

import threading
import time
import urllib.request

from .fleet import fleet

REFRESH = 1000
ROUNDS = 10


class Listener(threading.Thread):
    """Notes when an event names a node."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.answer = urllib.request.urlopen(url + "/api/v1/events", timeout=60)
        self.seen = {}
        self.start()

    def run(self):
        for line in self.answer:
            if line.startswith(b"data: "):
                moment = time.monotonic()
                name = line.partition(b'"node_id":"')[2].partition(b'"')[0].decode()
                self.seen.setdefault(name, []).append(moment)

    def after(self, node, moment):
        return next((one for one in self.seen.get(node, []) if one >= moment), None)


def delays(here):
    listener = Listener(here.url)
    for number in range(ROUNDS):
        begun = time.monotonic()
        here.play("beat", number, 1)
        put = time.monotonic()  # a little late: the generator has to end
        here.controller.wait_until(lambda: listener.after(f"node{number:05}", begun), 30)
        yield max(0.0, listener.after(f"node{number:05}", begun) - put) * 1000
        time.sleep(0.137)  # not in step with the looks


def measure(report):
    other, embedded = report.add_series("another store, looked at each second"), report.add_series("the embedded store")
    with fleet(1000, cells_each=2, refresh_ms=REFRESH) as here:
        for one in delays(here):
            other.add(one)
    with fleet(1000, cells_each=2, refresh_ms=60_000, embedded=True) as here:
        for one in delays(here):
            embedded.add(one)
    report.bar("the longest, another store", max(other.values), REFRESH + 100)
    report.bar("the longest, embedded", max(embedded.values), 200)
