"""Programs under test: started on free ports, watched, and ended by their process id, whatever a test does."""

import itertools
import os
import pathlib
import socket
import subprocess
import time

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BUILD = REPOSITORY / os.environ.get("FLEETMAN_BUILD", "build/release")
CONTROLLER = BUILD / "apps/fleetman/fleetman"
AGENT = BUILD / "apps/fleetagent/fleetagent"


def wait_until(condition, seconds=30, why=""):
    """The first true answer of the condition; what it raises counts as false until the time is up."""
    deadline = time.monotonic() + seconds
    while True:
        problem = None
        try:
            answer = condition()
            if answer:
                return answer
        except (OSError, AssertionError, LookupError, ValueError, TypeError) as caught:
            problem = caught
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {why or condition}") from problem
        time.sleep(0.05)


# Workers of one run have a range each, below the ports that the kernel hands out; a run begins somewhere in it.
PORTS, RANGE = range(12000, 32000), 2500
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_ports = itertools.count(os.getpid() * 7)


def free_port():
    """One on loopback that nobody listens on, and that no other call has been given."""
    while True:
        port = PORTS[(_worker * RANGE + next(_ports) % RANGE) % len(PORTS)]
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


class Program:
    """A child process whose output goes to a file."""

    def __init__(self, log, *command, **options):
        self.log = pathlib.Path(log)
        self.command = [str(part) for part in command]
        self.options = options
        self.process = None

    def start(self):
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=subprocess.STDOUT, start_new_session=True, **self.options)
        return self

    @property
    def pid(self):
        return self.process.pid

    def runs(self):
        return self.process is not None and self.process.poll() is None

    def wait_until(self, condition, seconds=30, why=""):
        """Like the function, but fails at once, with the log's end, when the program has ended."""
        def checked():
            if not self.runs():
                raise RuntimeError(f"{self.command[0]} ended with {self.process.returncode}:\n{self.end_of_log()}")
            return condition()
        return wait_until(checked, seconds, why)

    def end_of_log(self, lines=40):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self, seconds=15):
        if not self.runs():
            return
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def kill(self):
        self.process.kill()
        self.process.wait()
