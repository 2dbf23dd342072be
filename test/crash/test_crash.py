"""kill -9 of the agent, at every step by name and at any instant, while it deploys, upgrades, rolls back and removes."""

import pathlib
import random
import re
import socket

import pytest

from cells import BAD, NEW, OLD, PATIENT, SLOW, Cell
from fleet import Controller, Supervisord, running
from hosts import SupervisorHost, end_in_time, settle_and_check
from processes import REPOSITORY, free_port, wait_until
from rounds import ON_SUPERVISORD, SEED, interrupt, step_in_turn


REMOVAL_STEPS = ("unregistered", "unloaded", "folders-returned", "set-aside")
STEPS = ("begun", "staged", "prepared", "stopped", "carried", "ready", "committed", "aligned", "loaded", "switched",
         "started", "verified", "dropped", "record-forgotten", "cleared", *REMOVAL_STEPS)
ELSEWHERE = ("copying",)  # to a backup on another file system: test/unit/agent/removal_test.cpp
LONGEST_RANDOM = 3.0  # seconds; an upgrade on supervisord takes about as long


@pytest.fixture(scope="module")
def host(module_folder):
    controller = Controller(module_folder / "controller")  # for its store
    supervisord = Supervisord(module_folder / "supervisor")
    with running(controller, supervisord):
        store = controller.embedded_store()
        found = SupervisorHost(module_folder, store, supervisord)
        found.cells = [Cell(store, found, "api", "supervisor"), Cell(store, found, "site", "deploy")]
        yield found
        found.agent.stop()


def test_every_step_of_the_sources_is_cut_at():
    """So that a step that is added is a step that is tested."""
    named = set()
    for source in pathlib.Path(REPOSITORY / "lib/agent").glob("*.cpp"):
        named |= set(re.findall(r'completed\("([a-z-]+)"\)', source.read_text()))
    assert named == {*STEPS, *ELSEWHERE}


def ask_for(cell, chance, removal):
    """What an operator asks of one cell in this round."""
    if cell.installed and (removal or chance.random() < 0.1):
        cell.delete()
        return "remove"
    versions = [OLD, NEW] + ([BAD] if cell.profile != "deploy" else [])
    version = chance.choice(versions)
    cell.publish(version)
    return version


def step_of(number, cells):
    """One of a removal only when there is something to remove."""
    step = step_in_turn(STEPS, number, ON_SUPERVISORD)
    return step if step not in REMOVAL_STEPS or any(cell.installed for cell in cells) else "committed"


@pytest.mark.parametrize("number", range(ON_SUPERVISORD))
def test_whenever_the_agent_is_killed_the_host_ends_up_whole(host, number):
    chance = random.Random(f"{SEED} {number}")
    step = step_of(number, host.cells)
    if chance.random() < 0.5:
        host.mark(number)
    story = []
    for cell in host.cells:
        cell.write_as_service(f"round {number}")
        cell.remember_live()
        story.append(f"{cell.name}: {cell.running or 'nothing'}, asked for {ask_for(cell, chance, step in REMOVAL_STEPS)}")
    for again in range(2):
        story.append(interrupt(host, chance, step if again == 0 else None, LONGEST_RANDOM))
        print(*story[again and -1:], sep="\n")
        for cell in host.cells:
            cell.check_cut_off()
        if chance.random() < 0.7:
            break
    settle_and_check(host)


def test_the_steps_that_were_tried_were_reached(host):
    host.reached.check(STEPS)


def test_what_is_recovered_delays_neither_another_cell_nor_the_heartbeat_nor_the_end(host):
    api, site = host.cells
    for cell in host.cells:
        cell.publish(OLD)
    settle_and_check(host)
    port = free_port()
    api.write_version(PATIENT, health=[{"type": "tcp", "address": f"127.0.0.1:{port}", "deadline_ms": 60000}])
    api.publish(PATIENT)
    host.agent.start("switched")
    assert host.wait_for_cut([api])
    site.publish(NEW)
    host.store.delete(f"agents/{host.node_id}.json")

    host.agent.start()
    host.agent.wait_until(lambda: site.settled() and host.store.read_json(f"agents/{host.node_id}.json"), 30, "others go on")
    wait_until(lambda: host.process(api)[0] == f"cell-{PATIENT}", 30, "it is started")
    assert not api.settled()
    end_in_time(host)

    with socket.create_server(("127.0.0.1", port)):
        settle_and_check(host)


def test_an_agent_that_is_told_to_end_leaves_no_service_stopped(host):
    """The service takes 7 s to stop, which is more than the agent has."""
    api = host.cells[0]
    api.write_version(SLOW)
    for cell in host.cells:
        cell.publish(SLOW if cell == api else NEW)
    settle_and_check(host)
    stops = host.stops(api)
    api.publish(NEW)
    host.agent.start()
    host.agent.wait_until(stops, 20, "the service is being stopped")
    end_in_time(host)
    wait_until(lambda: host.process(api)[0] == f"cell-{SLOW}", 20, "it runs again, without an agent")
    settle_and_check(host)
