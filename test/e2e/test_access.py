"""A controller with a login: passwords, sessions, tokens and roles, as curl and a browser's requests see them."""

import json
import os
import pty
import select
import signal
import subprocess

import pytest

from events import Follower
from fleet import Controller, running
from processes import CONTROLLER, wait_until

PASSWORD = "correct horse"


def hash_password(*arguments, password=PASSWORD):
    done = subprocess.run([CONTROLLER, "hash-password", "--cost", "4", *arguments], input=password + "\n",
                          capture_output=True, text=True, timeout=60)
    return done.stdout.strip(), done.stderr


def configuration(port):
    users = "".join(f"    {hash_password(*user)[0]}\n" for user in (["alice"], ["carol", "--role", "viewer"]))
    return f"web_console:\n  port: {port}\n  auth:\n   mode: form\n   users:\n{users}buckets: {{}}\nmanifests: {{}}\n"


@pytest.fixture(scope="module")
def controller(module_folder):
    controller = Controller(module_folder / "controller", configuration)
    with running(controller):
        yield controller


class Browser:
    """curl with a jar of cookies, and the token that a page gets at its login."""

    def __init__(self, controller, folder):
        self.url, self.jar, self.csrf = controller.api.url, folder / "cookies", None

    def curl(self, method, path, body=None, *arguments):
        """The status and the decoded answer."""
        command = ["/usr/bin/curl", "-sS", "-X", method, "-w", "\n%{http_code}", "-b", self.jar, "-c", self.jar, *arguments]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        done = subprocess.run([*command, self.url + path], capture_output=True, text=True, timeout=60, check=True)
        answer, status = done.stdout.rsplit("\n", 1)
        return int(status), json.loads(answer) if answer else None

    def log_in(self, user, password=PASSWORD):
        status, session = self.curl("POST", "/api/v1/session", {"user": user, "password": password})
        self.csrf = session.get("csrf_token")
        return status

    def send(self, method, path, body=None):
        return self.curl(method, "/api/v1" + path, body, "-H", f"X-CSRF-Token: {self.csrf}")


@pytest.fixture
def browser(controller, folder):
    return Browser(controller, folder)


def test_nobody_reads_without_a_login_but_anybody_may_ask_whether_it_is_well(browser):
    assert browser.curl("GET", "/api/v1/cells")[0] == 401
    assert browser.curl("GET", "/metrics-of-yesterday")[0] == 404
    assert browser.curl("GET", "/healthz")[0] == 200
    assert browser.curl("GET", "/api/v1/session")[1]["login"] == "form"


def test_a_page_logs_in_changes_something_and_logs_out(browser):
    assert browser.log_in("alice") == 201
    assert "#HttpOnly_127.0.0.1" in browser.jar.read_text()
    assert browser.curl("POST", "/api/v1/resource-profiles", {"name": "small"})[0] == 403  # without its token
    assert browser.send("POST", "/resource-profiles", {"name": "small"})[0] == 201
    assert browser.send("DELETE", "/session")[0] == 204
    assert browser.curl("GET", "/api/v1/cells")[0] == 401


def test_a_viewer_reads_and_no_more(browser):
    assert browser.log_in("carol") == 201
    assert browser.send("GET", "/cells")[0] == 200
    status, problem = browser.send("POST", "/manifests", {})
    assert (status, problem["detail"]) == (403, "this takes the role admin; yours is viewer")


def test_a_program_uses_a_token_which_outlives_the_controller(browser, controller):
    browser.log_in("alice")
    made = browser.send("POST", "/tokens", {"name": "ci", "role": "operator"})[1]
    bearer = ("-H", f"Authorization: Bearer {made['token']}")
    browser.jar.unlink()
    assert browser.curl("GET", "/api/v1/cells", None, *bearer)[0] == 200
    assert browser.curl("POST", "/api/v1/manifests", {}, *bearer)[0] == 403
    controller.stop()
    controller.start()
    assert browser.curl("GET", "/api/v1/session", None, *bearer)[1]["user"] == "token:ci"
    assert made["token"] not in (controller.config.parent / "fleetman-state/tokens.json").read_text()
    assert made["token"] not in controller.log.read_text()


def test_who_may_no_longer_read_hears_no_more_events(browser, controller):
    browser.log_in("alice")
    made = browser.send("POST", "/tokens", {"name": "listener", "role": "viewer"})[1]
    with Follower(controller.api, headers={"Authorization": f"Bearer {made['token']}"}) as events:
        assert browser.send("DELETE", f"/tokens/{made['id']}")[0] == 204
        assert events.ends()
    cookie = "; ".join("=".join(line.split("\t")[5:7]) for line in browser.jar.read_text().splitlines() if "\t" in line)
    with Follower(controller.api, headers={"Cookie": cookie}) as events:
        assert browser.send("DELETE", "/session")[0] == 204
        assert events.ends()


def test_a_changed_password_is_in_the_file_and_counts_at_once(browser, controller):
    browser.log_in("carol")
    change = {"password": PASSWORD, "new_password": "battery staple"}
    assert browser.send("POST", "/session/password", change)[0] == 200
    assert browser.send("GET", "/cells")[0] == 200  # goes on with the new session
    assert browser.log_in("carol") == 401
    assert browser.log_in("carol", "battery staple") == 201
    assert ':viewer"' in controller.config.read_text()
    assert "battery staple" not in controller.config.read_text() + controller.log.read_text()


def test_who_guesses_waits(browser, controller):
    statuses = [browser.log_in("alice", "a guess") for _ in range(8)]
    assert 429 in statuses and 401 in statuses
    assert "login-failed user=alice from=127.0.0.1" in controller.log.read_text()
    wait_until(lambda: browser.log_in("alice") == 201, 30, "the wait is over")


def test_a_taken_state_folder_is_said(controller):
    done = subprocess.run([CONTROLLER, "serve", "--config", controller.config], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert f"{controller.config.parent}/fleetman-state belongs to another running controller" in done.stderr


def test_hashes_are_made_from_standard_input(folder):
    line, _ = hash_password("bob", "--role", "operator")
    assert line.startswith('- "bob:$2b$04$') and line.endswith(':operator"')
    assert hash_password()[0].startswith("$2b$04$")
    assert "8 characters" in hash_password(password="short")[1]
    assert "72 bytes" in hash_password(password="a" * 73)[1]


def on_terminal(*answers):
    """What `hash-password` shows on a terminal where the answers are typed, each when it is asked for."""
    pid, terminal = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # ignored where the tests were started in the background
        os.execv(CONTROLLER, [str(CONTROLLER), "hash-password", "--cost", "4"])
    shown = b""
    waiting = list(answers)
    try:
        while select.select([terminal], [], [], 30)[0]:
            shown += os.read(terminal, 4096)
            if waiting and shown.endswith(b": "):
                os.write(terminal, waiting.pop(0))
    except OSError:
        pass  # the program has ended
    finally:
        os.close(terminal)
        status = os.waitpid(pid, 0)[1]
    return shown.decode(), status


def test_on_a_terminal_a_password_is_asked_for_twice_and_not_shown():
    shown, status = on_terminal(b"correct horse\n", b"correct horse\n")
    assert "Password: " in shown and "The same again: " in shown and "$2b$04$" in shown
    assert "correct" not in shown and status == 0
    shown, status = on_terminal(b"correct horse\n", b"correct house\n")
    assert "the two passwords differ" in shown and status != 0
    assert os.WIFSIGNALED(on_terminal(b"corr\x03")[1])
