"""A copy of what git would clone, for tests of what a newcomer does first. With ccache, the second build of the same takes seconds."""

import os
import re
import shlex
import subprocess

from processes import REPOSITORY, free_port


class Clone:
    def __init__(self, folder):
        self.folder = folder / "fleetman"
        self.folder.mkdir()
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=REPOSITORY,
                                capture_output=True, check=True)
        packed = subprocess.Popen(["tar", "--create", "--null", "--files-from=-"], cwd=REPOSITORY, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        unpacked = subprocess.Popen(["tar", "--extract"], cwd=self.folder, stdin=packed.stdout)
        packed.stdin.write(listed.stdout)
        packed.stdin.close()
        assert packed.wait() == 0 and unpacked.wait() == 0
        self.environment = {**os.environ, "FLEETMAN_PORT": str(free_port()), "S3_PORT": str(free_port()),
                            "SERVICE_PORT": str(free_port())}
        self.user = []  # a prefix that runs a command as someone else

    @property
    def data(self):
        return self.folder / "quickstart-data"

    def run(self, *command, timeout=900, **environment):
        """A finished process with its output, standard error included, as text."""
        return subprocess.run([*self.user, *command], cwd=self.folder, env={**self.environment, **environment},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=timeout)

    def start(self, *command):
        """A process that heeds Ctrl-C, even when the tests themselves were started in the background and do not."""
        return subprocess.Popen([*self.user, "env", "--default-signal=INT", *command], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)

    def env(self):
        """quickstart-data/env as a dictionary."""
        lines = (self.data / "env").read_text().splitlines()
        assert all(re.fullmatch(r"[A-Z0-9_]+=\S*", line) for line in lines), lines
        return dict(shlex.split(line)[0].split("=", 1) for line in lines)

    def processes(self):
        """Pids of everything that was started from this folder and still runs."""
        found = []
        for entry in os.listdir("/proc"):
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    command = file.read()
                if str(self.folder).encode() in command + os.readlink(f"/proc/{entry}/cwd").encode():
                    found.append((int(entry), command.replace(b"\0", b" ").decode(errors="replace")))
            except (OSError, ValueError):
                continue
        return found
