"""10,000 agents that report once a minute, evenly: what the controller needs to follow them."""

import time

from .fleet import fleet

SECONDS = 30


def measure(report):
    share = report.add_series("of a core", "%")
    with fleet(10_000, cells_each=2) as here:
        here.controller.wait_until(lambda: here.json("/api/v1/overview")["cells"]["running"] == 20_000, 120)
        for _ in range(3):
            beating = here.playing("keep-beating", "10000", "10000", str(SECONDS))
            before, begun = here.processor_seconds(), time.monotonic()
            beating.process.wait(SECONDS + 60)
            share.add((here.processor_seconds() - before) / (time.monotonic() - begun) * 100)
            assert beating.process.returncode == 0, beating.end_of_log()
    report.note(f"{SECONDS} s a round, 20,000 cells known, a look each 5 s; the store is another process")
    report.bar("of a core", share.median(), 15, "%")
