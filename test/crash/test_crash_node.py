"""The same on a node with a real systemd; and the power of the whole node cut off while it deploys."""

import os
import random
import time

import pytest

from cells import BAD, NEW, OLD, SLOW, UnitCell
from fleet import Controller, running
from hosts import NodeHost, settle_and_check
from node import Node
from processes import wait_until
from rounds import ON_SYSTEMD, POWER_CUTS, SEED, interrupt, step_in_turn

REMOVAL_STEPS = ("unregistered", "unloaded", "folders-returned", "set-aside")
STEPS_FORWARD = ("staged", "stopped", "ready", "committed", "aligned", "loaded", "switched", "started", "verified", "cleared")
STEPS = (*STEPS_FORWARD, *REMOVAL_STEPS)
# Of the way back from a version that crashes: the second time for what comes on the way forward too.
STEPS_BACK = [(step, 2) for step in ("committed", "stopped", "ready", "aligned", "loaded", "switched", "started")] + [
    ("verified", 1), ("cleared", 1)]
STEPS_ON = [("committed", 1), *((step, 1) for step in STEPS_FORWARD)]
LONGEST_RANDOM = 1.5


@pytest.fixture(scope="module")
def host(module_folder):
    controller = Controller(module_folder / "controller")
    node = Node(module_folder, "node01", disk="kept")
    with running(controller):
        node.up()
        try:
            found = NodeHost(module_folder, controller.embedded_store(), node)
            found.cells = [UnitCell(controller.embedded_store(), found, "api", "systemd")]
            yield found
        finally:
            node.down()


def ask(cell, chance, number, removal):
    cell.write_as_service(f"round {number}")
    cell.remember_live()
    if cell.installed and (removal or chance.random() < 0.15):
        cell.delete()
    else:
        cell.publish(chance.choice((OLD, NEW, NEW if cell.running == OLD else OLD, BAD)))


@pytest.mark.parametrize("number", range(ON_SYSTEMD))
def test_whenever_the_agent_is_killed_the_node_ends_up_whole(host, number):
    chance = random.Random(f"{SEED} node {number}")
    step = step_in_turn(STEPS, number, ON_SYSTEMD)
    if step in REMOVAL_STEPS and not host.cells[0].installed:
        host.cells[0].publish(OLD)
        settle_and_check(host)
    for cell in host.cells:
        ask(cell, chance, number, step in REMOVAL_STEPS)
    print(interrupt(host, chance, step, LONGEST_RANDOM))
    for cell in host.cells:
        cell.check_cut_off()
    settle_and_check(host)


def test_the_steps_that_were_tried_were_reached(host):
    host.reached.check(STEPS)


def what_boots(host, cell):
    """What systemd started by itself, before any agent: one release, whole, the old or the new."""
    live = cell.check_release(cell.live())
    if live == BAD:
        return live
    wait_until(lambda: host.process(cell)[0] == f"cell-{live}", 20, f"{live} boots; {host.process(cell)} did")
    assert os.path.samefile(host.process(cell)[1], cell.live())
    return cell.check_release(cell.live())  # whom the unit's first line may have mended


def cut_the_power(host, cell, chance, number):
    """Behind a step of an upgrade, behind one of a rollback, or at any instant of either."""
    another = NEW if cell.running == OLD else OLD
    kind, turn = number % 3, number // 3
    cell.publish((another, BAD, chance.choice((another, BAD)))[kind])
    if kind == 2:
        host.agent.start()
        time.sleep(chance.random() * LONGEST_RANDOM)  # the instant is the test
    else:
        steps = STEPS_BACK if kind == 1 else STEPS_ON
        step, count = steps[turn % len(steps)]
        host.agent.start(step, count)
        assert host.wait_for_cut(host.cells), f"{step} was not reached"
        print(f"cut off behind {step} ({count}) on the way to {cell.version}")
    host.node.cut()


@pytest.mark.parametrize("number", range(POWER_CUTS))
def test_whenever_the_power_fails_the_node_boots_one_whole_release(host, number):
    chance = random.Random(f"{SEED} power {number}")
    cell = host.cells[0]
    if cell.running is None:
        cell.publish(OLD)
        settle_and_check(host)
    cell.write_as_service(f"power {number}")
    cell.remember_live()
    cut_the_power(host, cell, chance, number)
    cell.check_cut_off()
    host.node.up()
    what_boots(host, cell)
    settle_and_check(host)


def test_an_agent_that_is_told_to_end_leaves_no_unit_stopped(host):
    """The service takes 7 s to stop, which is more than the agent has."""
    cell = host.cells[0]
    cell.write_version(SLOW)
    cell.publish(SLOW)
    settle_and_check(host)
    cell.publish(NEW)
    host.agent.start()
    wait_until(lambda: host.state_of(cell) == "deactivating", 20, "the service is being stopped")
    host.node.run("systemctl", "stop", "fleetagent")  # which kills it after the 10 s that it has
    assert host.agent.end_of_log(1).endswith("agent ended"), host.agent.end_of_log()
    wait_until(lambda: host.state_of(cell) == "active", 20, "it runs again, without an agent")
    assert host.process(cell)[0] == f"cell-{SLOW}"
    settle_and_check(host)
