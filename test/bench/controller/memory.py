"""What the controller holds when it knows a large fleet, every list has been read, and every agent has reported again."""

from .fleet import fleet

AGENTS, CELLS_EACH = 10_000, 2
CELLS = AGENTS * CELLS_EACH


def read_every_list(here):
    assert len(here.all("/agents")) == AGENTS
    assert len(here.all("/cells")) == CELLS


def measure(report):
    resident, most = report.add_series("resident", "MiB"), report.add_series("the most it was", "MiB")
    with fleet(AGENTS, CELLS_EACH, configured=True) as here:
        here.wait_for_running(CELLS)
        read_every_list(here)
        newest = max(agent["report_timestamp"] for agent in here.all("/agents"))
        here.play("keep-beating", AGENTS, CELLS_EACH, AGENTS * 6, 10)
        here.controller.wait_until(lambda: all(agent["report_timestamp"] > newest for agent in here.all("/agents")), 60)
        read_every_list(here)
        resident.add(here.memory_mib())
        most.add(here.memory_mib("VmHWM"))
    report.note(f"{AGENTS} agents, {CELLS} cells in the configuration; the store is another process")
    report.bar("resident", resident.median(), 150, "MiB")
