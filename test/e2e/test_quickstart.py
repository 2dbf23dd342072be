"""./quickstart on a clean copy of the repository, as a newcomer meets it. The tests follow each other in order."""

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.request

import pytest

from api import Api
from clone import Clone
from fleet import Hello, Store
from node import Node
from processes import free_port, wait_until


@pytest.fixture(scope="module")
def clone(clone_folder):
    made = Clone(clone_folder)
    yield made
    made.run("./quickstart", "--stop", timeout=90)


def fetch(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)


def applied_at(api):
    return api.get("/cells/node01/hello/status")["applied_at"]


def test_no_install_prints_what_is_needed(clone):
    done = clone.run("bash", "-c", "DPKG_ADMINDIR=/nonexistent ./quickstart --no-install")
    assert done.returncode == 1
    assert re.search(r"^ +clang-19$", done.stdout, re.MULTILINE)
    assert "missing:" in done.stdout
    assert not (clone.folder / "build").exists()


def test_packages_that_cannot_be_installed_are_a_step_that_failed(clone):
    tools = clone.folder.parent / "tools"
    tools.mkdir()
    for name in ("sudo", "apt-get"):
        (tools / name).write_text('#!/bin/sh\n[ "$1" = -v ] && exit\necho "no network today"\nexit 100\n')
        (tools / name).chmod(0o755)
    done = clone.run("./quickstart", "--detach", PATH=f"{tools}:{os.environ['PATH']}", DPKG_ADMINDIR="/nonexistent")
    assert done.returncode == 1
    assert "Installing with apt-get: " in done.stdout
    assert 'The step "packages" failed' in done.stdout
    assert "no network today" in done.stdout
    assert not (clone.folder / "build").exists()


@pytest.mark.timeout(900)
def test_a_clean_clone_ends_with_the_service_answering(clone):
    done = clone.run("./quickstart", "--detach")
    assert done.returncode == 0, done.stdout
    assert re.search(r"^ +build .* s$", done.stdout, re.MULTILINE)
    env = clone.env()
    assert set(env) >= {"FLEETMAN_URL", "S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_BUCKET", "S3_PREFIX",
                        "SERVICE_URL", "CONTROLLER_PID", "AGENT_PID"}
    answer = fetch(env["SERVICE_URL"])
    assert answer["version"] == "v1.0.0"
    assert answer["greeting"] == "Hello from node01"
    for shown in (env["FLEETMAN_URL"], env["SERVICE_URL"]):
        assert shown in done.stdout


def test_the_chosen_ports_are_used(clone):
    env = clone.env()
    assert env["FLEETMAN_URL"] == f"http://127.0.0.1:{clone.environment['FLEETMAN_PORT']}"
    assert env["S3_ENDPOINT"] == f"http://127.0.0.1:{clone.environment['S3_PORT']}"


def test_the_agent_is_active_and_its_cell_runs_the_version(clone):
    agents = fetch(clone.env()["FLEETMAN_URL"] + "/api/v1/agents")["items"]
    assert [(agent["node_id"], agent["state"]) for agent in agents] == [("node01", "active")]
    cells = [(cell["cell_id"], cell["version"], cell["running"]) for cell in agents[0]["cells"]]
    assert cells == [("hello", "v1.0.0", True)]


def test_the_page_is_served(clone):
    with urllib.request.urlopen(clone.env()["FLEETMAN_URL"] + "/", timeout=5) as page:
        assert page.headers.get_content_type() == "text/html"
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_the_store_holds_the_keys_of_the_formats(clone):
    env = clone.env()
    store = Store(env["S3_ENDPOINT"], env["S3_ACCESS_KEY"], env["S3_SECRET_KEY"], env["S3_BUCKET"], env["S3_PREFIX"])
    listing = store.aws("s3", "ls", "--recursive", f"s3://{store.bucket}/")
    for key in ("agents/node01.json", "cells/node01/hello/trigger.json", "cells/node01/hello/status.json",
                "cells/node01/hello/versions/v1.0.0/manifest.json", "deployments/hello/v1.0.0/run.sh"):
        assert f" {store.prefix}/{key}\n" in listing


def test_the_curl_lines_that_it_prints_publish_the_next_version(clone):
    shown = clone.run("./quickstart", "--detach").stdout
    lines = shown.split("Publish the next version:\n")[1].split("\n\n")[0]
    assert lines.count("curl ") >= 4
    done = clone.run("bash", "-euc", lines.replace("curl ", "curl -sS --fail-with-body "))
    assert done.returncode == 0, done.stdout
    wait_until(lambda: fetch(clone.env()["SERVICE_URL"])["version"] == "v1.0.1", 40)


def test_a_second_run_while_it_runs_changes_nothing(clone):
    env, api = clone.env(), Api(clone.env()["FLEETMAN_URL"])
    wait_until(lambda: api.get("/cells/node01/hello/status")["running_version"] == "v1.0.1", 40)
    pid, applied = fetch(env["SERVICE_URL"])["pid"], applied_at(api)
    assert clone.run("./quickstart", "--detach").returncode == 0
    assert clone.env() == env
    assert fetch(env["SERVICE_URL"])["pid"] == pid
    assert applied_at(api) == applied


@pytest.mark.parametrize("name", ["FLEETMAN_PORT", "S3_PORT", "SERVICE_PORT"])
def test_what_runs_is_not_moved_to_another_port(clone, name):
    done = clone.run("./quickstart", "--detach", **{name: str(free_port())})
    assert done.returncode == 2
    assert re.search(rf"^{name}=\d+: .* has port {clone.environment[name]}\. .*\./quickstart --", done.stdout, re.MULTILINE)
    assert clone.run("./quickstart", "--status").returncode == 0


def test_status_tells_what_runs(clone):
    done = clone.run("./quickstart", "--status")
    assert done.returncode == 0
    assert f"controller: running, pid {clone.env()['CONTROLLER_PID']}" in done.stdout
    assert "cell hello: v1.0.1, running: true" in done.stdout


def test_stop_leaves_no_process(clone):
    assert clone.processes()
    done = clone.run("./quickstart", "--stop", timeout=90)
    assert done.returncode == 0, done.stdout
    assert clone.processes() == []
    assert clone.run("./quickstart", "--status").returncode == 3


def test_a_second_run_builds_nothing_and_deploys_nothing_anew(clone):
    """How long it takes is measured: test/bench/run quickstart again."""
    store_before = sorted(path.name for path in (clone.data / "services/hello").iterdir())
    program = clone.folder / "build/release/apps/fleetman/fleetman"
    built = program.stat().st_mtime_ns
    began = time.time()
    done = clone.run("./quickstart", "--detach")
    assert done.returncode == 0, done.stdout
    assert program.stat().st_mtime_ns == built
    assert fetch(clone.env()["SERVICE_URL"])["version"] == "v1.0.1"
    assert sorted(path.name for path in (clone.data / "services/hello").iterdir()) == store_before
    assert '"version": "v1.0.2", "clone_from": "v1.0.1"' in done.stdout
    status = Api(clone.env()["FLEETMAN_URL"]).get("/cells/node01/hello/status")
    assert status["applied_at"] < began


def test_a_pid_that_now_belongs_to_someone_else_is_left_alone(clone):
    assert clone.run("./quickstart", "--stop", timeout=90).returncode == 0
    with subprocess.Popen(["sleep", "60"]) as stranger:
        (clone.data / "run/agent").write_text(f"{stranger.pid} 1\n")
        assert clone.run("./quickstart", "--stop", timeout=90).returncode == 0
        assert stranger.poll() is None
        stranger.kill()


def test_a_step_that_fails_is_named_with_the_end_of_its_log(clone):
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", int(clone.environment["FLEETMAN_PORT"])))
        other.listen()
        done = clone.run("./quickstart", "--detach")
    assert done.returncode == 1
    assert 'The step "start-controller" failed' in done.stdout
    assert re.search(r"in use|taken", done.stdout, re.IGNORECASE), done.stdout
    assert clone.processes() == []


def test_ctrl_c_ends_every_process(clone):
    quickstart = clone.start("./quickstart")
    try:
        output = []
        for line in quickstart.stdout:
            output.append(line)
            if "Ctrl-C" in line:
                break
        assert "Ctrl-C" in output[-1], "".join(output)
        assert fetch(clone.env()["SERVICE_URL"])["version"] == "v1.0.1"
        os.killpg(quickstart.pid, signal.SIGINT)
        assert quickstart.wait(40) == 130
    finally:
        if quickstart.poll() is None:
            quickstart.kill()
        quickstart.stdout.close()
    assert clone.processes() == []


def test_other_ports_are_taken_up_without_a_deployment(clone):
    clone.environment |= {"FLEETMAN_PORT": str(int(clone.environment["FLEETMAN_PORT"]) + 7),
                          "S3_PORT": str(int(clone.environment["S3_PORT"]) + 9)}
    done = clone.run("./quickstart", "--detach")
    assert done.returncode == 0, done.stdout
    env = clone.env()
    assert env["S3_ENDPOINT"].endswith(clone.environment["S3_PORT"])
    assert fetch(env["SERVICE_URL"])["version"] == "v1.0.1"
    assert Api(env["FLEETMAN_URL"]).get("/cells/node01/hello/status")["running_version"] == "v1.0.1"


def test_reset_removes_its_data(clone):
    done = clone.run("./quickstart", "--reset", timeout=90)
    assert done.returncode == 0, done.stdout
    assert not clone.data.exists()
    assert clone.processes() == []


def test_systemd_takes_part_when_asked(clone):
    node = Node(clone.folder.parent, "quickstart")
    node.up()
    try:
        inside = ("env", f"FLEETMAN_PORT={free_port()}", f"S3_PORT={free_port()}", f"SERVICE_PORT={free_port()}",
                  f"{clone.folder}/quickstart")
        node.run(*inside, "--detach", "--systemd", timeout=120)
        hello = Hello(Api(clone.env()["FLEETMAN_URL"]), "node01", "unit", "unit", "systemd").create()
        hello.make_version("v1.0.0")
        hello.publish("v1.0.0")
        hello.wait_for_version("v1.0.0")
        hello.wait_for_status({"status": "success"})
        assert node.run("systemctl", "is-active", "fleetman-unit") == "active\n"
        node.run(*inside, "--stop", timeout=90)
        assert node.run("systemctl", "is-active", "fleetman-unit", check=False) == "inactive\n"
        node.run(*inside, "--detach", "--systemd", timeout=120)
        hello.wait_for_version("v1.0.0")
        node.run(*inside, "--reset", timeout=90)
        assert node.run("systemctl", "show", "--value", "--property=LoadState", "fleetman-unit") == "not-found\n"
        assert not clone.data.exists()
    finally:
        node.down()


def test_a_plain_user_can_run_it(clone):
    if os.geteuid() == 0:  # else everything above was run by a plain user
        subprocess.run(["chown", "-R", "65534:65534", clone.folder.parent], check=True)
        clone.user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    done = clone.run("./quickstart", "--detach", HOME=str(clone.folder), CCACHE_DISABLE="1")
    assert done.returncode == 0, done.stdout
    answer = fetch(clone.env()["SERVICE_URL"])
    assert os.stat(f"/proc/{answer['pid']}").st_uid != 0
    assert clone.run("./quickstart", "--stop", timeout=90).returncode == 0
    assert clone.processes() == []
