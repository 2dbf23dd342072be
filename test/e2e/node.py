"""Nodes with a systemd of their own, and agents on them."""

import os
import pathlib
import re
import shlex
import subprocess

from fleet import Agent
from processes import REPOSITORY


class Node:
    """A node with a systemd of its own (test/support/systemd/node)."""

    script = REPOSITORY / "test/support/systemd/node"

    def __init__(self, folder, name, disk="", mounts=()):
        """`disk="kept"`: what it writes outlives cut(). `mounts`: what is mounted below `folder`, to be shared too."""
        self.name, self.folder = name, folder
        binds = " ".join(map(str, (REPOSITORY, folder, *mounts)))
        self.environment = {**os.environ, "NODES_DIR": str(folder), "NODE_BINDS": binds, "NODE_DISK": disk}
        self.sudo = [] if os.geteuid() == 0 else ["sudo", "-n", "--preserve-env=NODES_DIR,NODE_BINDS,NODE_DISK"]

    def command(self, *arguments):
        return [*self.sudo, self.script, *arguments]

    def run(self, *arguments, check=True, timeout=60):
        """The standard output of a command inside."""
        done = subprocess.run(self.command("exec", self.name, *arguments), env=self.environment, capture_output=True,
                              text=True, timeout=timeout)
        assert not check or done.returncode == 0, f"{arguments}: {done.returncode} {done.stdout}{done.stderr}"
        return done.stdout

    def write(self, path, text):
        """A file inside."""
        done = subprocess.run(self.command("exec", self.name, "tee", path), env=self.environment, input=text,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=60)
        assert done.returncode == 0, f"{path}: {done.stderr}"

    def root(self):
        """Its root folder as it is seen out here, while it is up."""
        return pathlib.Path("/proc", (self.folder / self.name / "init").read_text().split()[0], "root")

    def up(self):
        self._power("up")

    def down(self):
        self._power("down")

    def cut(self):
        """A power cut."""
        self._power("cut")

    def _power(self, what):
        done = subprocess.run(self.command(what, self.name), env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=120)
        assert done.returncode == 0, f"node {what}: {done.returncode} {done.stdout}"


class UnitAgent(Agent):
    """An agent that is the unit of examples/ on its node, with all that it is not allowed; only the command is another."""

    example = REPOSITORY / "examples/fleetagent.service"
    service = "/etc/systemd/system/fleetagent.service"

    def __init__(self, node, *arguments, **settings):
        super().__init__(*arguments, **settings)
        self.system = node

    def start(self):
        unit, times = re.subn("^ExecStart=.*", "\n".join([
            f"ExecStart={shlex.join(self.command)}", f"WorkingDirectory={self.folder}",
            *(f"Standard{stream}=append:{self.log}" for stream in ("Output", "Error"))]), self.example.read_text(), flags=re.M)
        assert times == 1
        self.system.write(self.service, unit)
        self.system.run("systemctl", "daemon-reload")
        self.system.run("systemctl", "start", "fleetagent")
        return self

    def runs(self):
        return self.system.run("systemctl", "is-active", "fleetagent", check=False) == "active\n"

    def stop(self, seconds=15):
        self.system.run("systemctl", "stop", "fleetagent", check=False)


class Systemctl:
    """A systemctl for an agent's configuration, whose verbs fail or hang when a test wants it."""

    def __init__(self, folder):
        self.program, self.fault = folder / "systemctl", folder / "systemctl-fault"
        self.program.write_text(f"""#!/bin/bash
read -r verb how 2>/dev/null <{self.fault}
[[ $1 == "$verb" && $how == fails ]] && {{ echo "Failed to $1: unknown trouble" >&2; exit 1; }}
[[ $1 == "$verb" && $how == hangs ]] && exec sleep 1000
exec /usr/bin/systemctl "$@"
""")
        self.program.chmod(0o755)

    def now(self, verb, how):
        """`how`: "fails" or "hangs"."""
        scratch = self.fault.with_suffix(".new")
        scratch.write_text(f"{verb} {how}\n")
        scratch.rename(self.fault)

    def well_again(self):
        self.fault.unlink(missing_ok=True)
