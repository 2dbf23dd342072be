"""How many rounds there are, and the one way in which each of them ends an agent."""

import os
import time

ROUNDS = int(os.environ.get("FLEETMAN_CRASH_ROUNDS", "20"))
SEED = os.environ.get("FLEETMAN_CRASH_SEED", "1")  # the same rounds again

POWER_CUTS = max(2, ROUNDS // 10)
ON_SYSTEMD = ROUNDS // 4
ON_SUPERVISORD = ROUNDS - ON_SYSTEMD - POWER_CUTS
CONTROLLER_ROUNDS = min(ROUNDS, 100)  # kills of the controller


def interrupt(host, chance, step, longest):
    """Starts the agent and kills it; returns how that went."""
    if step is None:
        pause = chance.random() * longest
        host.agent.start()
        time.sleep(pause)  # the instant is the test
        host.agent.kill()
        return f"killed after {pause:.3f} s"
    count = chance.choice((1, 1, 2))
    host.agent.start(step, count)
    cut = host.wait_for_cut(host.cells)
    host.agent.kill()
    return f"cut off behind {step} ({count})" if cut else f"{step} ({count}) was not reached"
