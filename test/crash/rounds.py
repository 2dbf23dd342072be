"""How many rounds there are, and the one way in which each of them ends an agent."""

import collections
import os
import time

ROUNDS = int(os.environ.get("FLEETMAN_CRASH_ROUNDS", "20"))
SEED = os.environ.get("FLEETMAN_CRASH_SEED", "1")  # the same rounds again

POWER_CUTS = max(2, ROUNDS // 10)
ON_SYSTEMD = ROUNDS // 4
ON_SUPERVISORD = ROUNDS - ON_SYSTEMD - POWER_CUTS
CONTROLLER_ROUNDS = min(ROUNDS, 100)  # kills of the controller

TRIES_TO_BE_SURE = 3  # what is asked for decides whether a step is come by, and how often


class Reached:
    """Which of the steps that agents were to be cut off behind they came to."""

    def __init__(self):
        self.tries, self.reached = collections.Counter(), set()

    def note(self, step, cut):
        self.tries[step] += 1
        if cut:
            self.reached.add(step)

    def check(self, steps):
        """One that is never reached is not tested, however often it is tried; and a long run tries them all."""
        never = {step for step, tries in self.tries.items() if tries >= TRIES_TO_BE_SURE} - self.reached
        assert not never, f"never reached: {never}"
        if ROUNDS >= 200:
            assert set(steps) <= self.reached, f"not reached: {set(steps) - self.reached}"


def step_in_turn(steps, number, rounds):
    """Every other round has one. They take turns; when there are too few for all, those that come are spread over the list."""
    turn, turns = number // 2, (rounds + 1) // 2
    if number % 2 == 1:
        return None
    return steps[turn % len(steps)] if turns >= len(steps) else steps[turn * len(steps) // turns]


def interrupt(host, chance, step, longest):
    """Starts the agent and kills it; returns how that went."""
    if step is None:
        pause = chance.random() * longest
        host.agent.start()
        time.sleep(pause)  # the instant is the test
        host.agent.kill()
        return f"killed after {pause:.3f} s"
    count = chance.choice((1, 1, 2))
    if step not in host.reached.reached:
        count = 1  # a second time comes on the way back alone
    host.agent.start(step, count)
    cut = host.wait_for_cut(host.cells)
    host.agent.kill()
    host.reached.note(step, cut)
    return f"cut off behind {step} ({count})" if cut else f"{step} ({count}) was not reached"
