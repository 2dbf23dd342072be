"""Health checks of a manifest: what runs and does not work is rolled back."""

import json

import pytest

from fleet import EXAMPLE


@pytest.fixture
def hello(supervisor_fleet):
    return supervisor_fleet.hello("supervisor")


def with_checks(hello, *checks):
    """The manifest asks for these from the next version on."""
    manifest = json.loads((EXAMPLE / "manifest.json").read_text()) | {"profile": hello.profile, "health": list(checks)}
    hello.api.put(f"/manifests/{hello.manifest}", manifest)


def http_check(hello, **fields):
    return {"type": "http", "url": f"http://127.0.0.1:{hello.port}/", "interval_ms": 100, "deadline_ms": 20000} | fields


def deploy(hello, version, **changed):
    hello.make_version(version, **changed)
    hello.publish(version)


def answering_500():
    return (EXAMPLE / "files/hello.py").read_text().replace("send_response(200)", "send_response(500)")


def test_a_version_that_answers_500_is_rolled_back_with_that_reason(hello):
    with_checks(hello, http_check(hello, body_contains='"version"', successes=3),
                {"type": "tcp", "address": f"127.0.0.1:{hello.port}"}, {"type": "exec", "command": ["test", "-f", "run.sh"]})
    deploy(hello, "v1.0.0")
    hello.wait_for_status({"status": "success", "running_version": "v1.0.0"})

    with_checks(hello, http_check(hello, deadline_ms=2000))
    deploy(hello, "v2.0.0", hello_py=answering_500())
    status = hello.wait_for_status({"status": "failed"})
    assert status["running_version"] == "v1.0.0"
    assert f"health check http http://127.0.0.1:{hello.port}/ did not pass within 2000 ms" in status["error"]
    assert "it answered 500 instead of 2xx" in status["error"]
    hello.wait_for_version("v1.0.0")


def test_checks_are_kept_in_the_snapshot_and_a_bad_one_is_refused(supervisor_fleet, hello):
    check = {"type": "exec", "command": ["true"], "interval_ms": 200, "timeout_ms": 5000, "deadline_ms": 60000,
             "successes": 2}
    with_checks(hello, check)
    assert hello.api.get(f"/manifests/{hello.manifest}")["health"] == [check]
    deploy(hello, "v1.0.0")
    sealed = supervisor_fleet.store.read_json(f"cells/node01/{hello.cell}/versions/v1.0.0/manifest.json")
    assert sealed["health"] == [check]
    hello.wait_for_status({"status": "success", "running_version": "v1.0.0"})
    with pytest.raises(AssertionError, match="health"):
        with_checks(hello, {"type": "http", "url": "ftp://127.0.0.1/"})
