"""The fixtures of test/e2e, for the suite that kills agents."""

import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "e2e")]

from folders import folder, module_folder, pytest_runtest_makereport  # noqa: E402,F401


def pytest_configure(config):
    if not config.getoption("timeout", None):
        config.option.timeout = 180
