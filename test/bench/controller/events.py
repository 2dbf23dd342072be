"""From the moment at which a client begins to put a heartbeat to the event that tells of it."""

import threading
import time
import urllib.request

from .fleet import embedded_fleet, fleet

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


def delays(here, between):
    """Milliseconds; the rounds are spread evenly over the time `between` looks."""
    listener = Listener(here.api.url)
    for number in range(ROUNDS):
        node = f"node{number:05}"
        report = here.store.read_json(f"agents/{node}.json")
        time.sleep(between * number / ROUNDS)
        put = time.monotonic()
        here.store.write_json(f"agents/{node}.json", report | {"report_timestamp": report["report_timestamp"] + 1})
        yield (here.controller.wait_until(lambda: listener.after(node, put), 30) - put) * 1000


def measure(report):
    other, embedded = report.add_series(f"another store, looked at each {REFRESH} ms"), report.add_series("the embedded store")
    with fleet(1000, cells_each=2, refresh_ms=REFRESH) as here:
        here.wait_for_running(2000)
        for one in delays(here, REFRESH / 1000):
            other.add(one)
    with embedded_fleet(1000, cells_each=2, refresh_ms=60_000) as here:
        here.wait_for_running(2000)
        for one in delays(here, 0.2):
            embedded.add(one)
    report.note("1,000 agents; the put's own time is part of it")
    report.bar("the longest, another store", max(other.values), REFRESH + 100)
    report.bar("the longest, the embedded store", max(embedded.values), 200)
