"""Back to the release before while the store is down: from the command to a service that answers, seen from outside."""

import time

from measure import in_turn
from processes import AGENT

from .downtime import Watched
from .site import site


def measure(report):
    restarts = report.add_series("systemctl restart: stop and start")
    answers = report.add_series("from the command to the service's answer")
    downs = report.add_series("of which it is down")
    with site(check_interval_ms=200, verify_window_ms=300) as here:
        api = Watched(here, "api", 10 * 1024 * 1024)
        api.upgrade()
        here.controller.stop()

        def roll_back():
            api.at = 1 - api.at
            before, asked = len(api.prober.gaps), time.monotonic()
            here.node.run(AGENT, "rollback", "--config", here.agent.config, api.cell.name, f"v1.0.{api.at}")
            down, up = api.prober.gap(before)
            return (up - asked) * 1000, (up - down) * 1000
        in_turn([(restarts, api.restart), ((answers, downs), roll_back)], 9, 90)
        api.prober.stop()
    report.bar("beyond stop and start", answers.median() - restarts.median(), 1000)
