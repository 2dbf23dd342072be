"""10,000 agents that report once a minute, evenly: what the controller needs to follow them."""

import time

from .fleet import fleet

AGENTS, CELLS_EACH = 10_000, 2
SECONDS, ROUNDS = 30, 3


def measure(report):
    share = report.add_series("of a core", "%")
    with fleet(AGENTS, CELLS_EACH) as here:
        here.wait_for_running(AGENTS * CELLS_EACH)
        for _ in range(ROUNDS):
            before, begun = here.processor_seconds(), time.monotonic()
            beating = here.playing("keep-beating", AGENTS, CELLS_EACH, 10_000, SECONDS)
            beating.process.wait(SECONDS + 60)
            took = time.monotonic() - begun
            share.add((here.processor_seconds() - before) / took * 100)
            assert beating.process.returncode == 0, beating.end_of_log()
            assert took < SECONDS * 1.1, "the store was too slow for that many"
    report.note(f"{SECONDS} s a round, a look each 5 s and the sweep through all cells meanwhile; the store is another process")
    report.bar("of a core", share.median(), 15, "%")
