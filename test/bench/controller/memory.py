"""What the controller holds when it knows a large fleet, every list has been read, and heartbeats keep coming."""

import time

from .fleet import fleet

AGENTS, CELLS_EACH = 10_000, 2


def measure(report):
    resident = report.add_series("resident", "MiB")
    with fleet(AGENTS, CELLS_EACH, configured=True) as here:
        total = AGENTS * CELLS_EACH
        here.controller.wait_until(lambda: here.json("/api/v1/overview")["cells"]["running"] == total, 120)
        assert len(here.all("/api/v1/agents")) == AGENTS
        assert len(here.all("/api/v1/cells")) == total
        here.play("keep-beating", AGENTS, AGENTS * 6, 10)  # each of them once
        time.sleep(6)
        here.all("/api/v1/agents")
        here.all("/api/v1/cells")
        resident.add(here.resident_mib())
    report.note(f"{AGENTS} agents, {total} cells in the configuration, the store is another process")
    report.bar("resident", resident.median(), 150, "MiB")
