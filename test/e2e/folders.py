"""Folders of tests, and what a failure shows of them: for the conftest.py of each suite to import."""

import pathlib
import shutil
import tempfile

import pytest


def new_folder():
    # Short, since a unix socket's path in it must stay below 108 bytes.
    return pathlib.Path(tempfile.mkdtemp(prefix="fleetman-", dir="/tmp"))


@pytest.fixture
def folder(request):
    path = new_folder()
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="module")
def module_folder():
    path = new_folder()
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure comes with the end of each program's log."""
    outcome = yield
    report = outcome.get_result()
    if not report.failed:
        return
    for name in ("folder", "module_folder", "clone_folder"):
        path = item.funcargs.get(name)
        for log in sorted(set(path.rglob("*.log")) - set(path.rglob("build/**/*.log"))) if path else ():
            lines = log.read_text(errors="replace").splitlines()[-40:]
            report.sections.append((str(log), "\n".join(lines)))
