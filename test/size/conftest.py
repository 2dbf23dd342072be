"""The fixtures of test/e2e, and the fleet that benchmarks play."""

import pathlib
import sys

TESTS = pathlib.Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "e2e"), str(TESTS / "bench"), str(TESTS / "support")]

from folders import module_folder, pytest_runtest_makereport  # noqa: E402,F401


def pytest_configure(config):
    if not config.getoption("timeout", None):
        config.option.timeout = 600
