"""How many bodies a new version downloads of which one file differs: counted in front of the store."""

import itertools
import os

from measure import in_turn

from .site import SLEEPS, site, unit_marked

FILES = 200


def measure(report):
    bodies = report.add_series("bodies downloaded", "bodies")
    with site(counting=True, check_interval_ms=200, verify_window_ms=300) as here:
        cell, numbers = here.cell("api"), itertools.count(1)
        files = {"run.sh": SLEEPS} | {f"data/{n}.bin": os.urandom(10_000) for n in range(FILES - 2)}
        cell.write_version("v1.0.0", files, unit_marked(0))
        cell.deploy("v1.0.0")

        def upgrade():
            version = f"v1.0.{next(numbers)}"
            files["data/7.bin"] = os.urandom(10_000)
            cell.write_version(version, files, unit_marked(0))
            before = len(here.imposter.requests)
            cell.deploy(version)
            asked = [path for method, path in here.imposter.requests[before:] if method == "GET"]
            return sum(f"/versions/{version}/" in path and "manifest.json" not in path for path in asked)
        in_turn([(bodies, upgrade)], 3, 60)
    report.bar("bodies downloaded", max(bodies.values), 1, "bodies")
