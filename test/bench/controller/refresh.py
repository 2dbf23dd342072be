"""One look at 10,000 agents of which 100 have changed: what it asks of the store, and how long it takes."""

from processes import wait_until

from .fleet import fleet

PAUSE = 3000  # milliseconds between looks
CHANGED, ROUNDS = 100, 7
LISTS = 'fleetman_s3_requests_total{bucket="main",operation="list"'
GETS = 'fleetman_s3_requests_total{bucket="main",operation="get"'
TOOK = "fleetman_refresh_duration_seconds"


class Looks:
    """The metrics just after a look."""

    def __init__(self, here):
        self.here = here

    def now(self):
        return self.here.metric(LISTS), self.here.metric(GETS), self.here.metric(TOOK) * 1000

    def next(self, after):
        """When a look has ended that began after these metrics were read."""
        return wait_until(lambda: (found := self.now())[0] >= after[0] + 10 and found[2] != after[2] and found, 60)


def measure(report):
    lists, gets = report.add_series("listings", "requests"), report.add_series("reads", "requests")
    took = report.add_series("a look")
    with fleet(10_000, refresh_ms=PAUSE) as here:
        looks = Looks(here)
        for number in range(ROUNDS):
            before = looks.next(looks.now())  # just after one, so that what follows is seen whole by the next
            here.play("beat", number * CHANGED, CHANGED, 0)
            after = looks.next(before)
            lists.add(after[0] - before[0])
            gets.add(after[1] - before[1])
            took.add(after[2])
    report.note("without cells, so that the sweep asks for its one listing of cells/ and no more")
    report.bar("listings", lists.median(), 11, "requests")
    report.bar("reads", gets.median(), CHANGED, "requests")
    report.bar("a look", took.median(), 1000)
