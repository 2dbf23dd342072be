"""The fixtures of test/e2e, for the suite that kills agents."""

import pathlib
import sys

import pytest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1] / "e2e")]

from folders import folder, module_folder, pytest_runtest_makereport  # noqa: E402,F401


def pytest_configure(config):
    if not config.getoption("timeout", None):
        config.option.timeout = 180


@pytest.fixture(autouse=True)
def no_agent_left(request):
    """One that a failed test leaves behind is not there for the next."""
    yield
    if "host" in request.fixturenames:
        request.getfixturevalue("host").agent.kill()
