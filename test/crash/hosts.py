"""Hosts with an agent that can be cut off, as the checks of cells.py see them."""

import json
import os
import pathlib
import signal
import subprocess

from cells import KEEP_RELEASES
from fleet import Agent, supervisor_section
from node import UnitAgent
from processes import BUILD, wait_until
from rounds import Reached

CUT_AGENT = BUILD / "test/crash/fleetagent_cut"
QUICK = {"check_interval_ms": 100, "verify_window_ms": 300, "keep_releases": KEEP_RELEASES, "heartbeat_interval_ms": 5000}


class CutAgent(Agent):
    """Started again and again; `start(at, count)` ends itself behind a step, `start(count=…, pause=step)` stands still there."""

    def __init__(self, *arguments, **settings):
        super().__init__(*arguments, **{**QUICK, **settings})
        self.command[0] = str(CUT_AGENT)

    def start(self, at=None, count=1, pause=None):
        environment = {**os.environ, "FLEETMAN_CUT_COUNT": str(count)}
        if at:
            environment["FLEETMAN_CUT_AT"] = at
        if pause:
            environment["FLEETMAN_PAUSE_AT"] = pause
        self.options["env"] = environment
        return super().start()

    def resume(self):
        os.kill(self.pid, signal.SIGCONT)

    def is_paused(self):
        return pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"

    def kill(self):
        if self.process is not None:
            super().kill()

    def was_cut(self):
        """It has ended; anything but the kill is a failure of its own."""
        if self.runs():
            return False
        assert self.process.returncode == -signal.SIGKILL, f"the agent ended with {self.process.returncode}"
        return True


class Host:
    node_id = "node01"
    cells = ()

    def __init__(self):
        self.reached = Reached()

    def state(self):
        path = self.base / f".agent_state_{self.node_id}.json"
        return json.loads(path.read_text())["cells"] if path.exists() else {}

    def live_names(self, profile):
        return {cell.live_path.name for cell in self.cells if cell.profile == profile}

    def wait_for_cut(self, cells, seconds=40):
        """Until the agent has ended itself; or has settled, if what was asked never led it there."""
        wait_until(lambda: self.agent.was_cut() or all(cell.settled() for cell in cells), seconds, "cut off, or settled")
        return self.agent.was_cut()


def settle_and_check(host):
    host.agent.start()
    wait_until(lambda: host.agent.runs() and all(cell.settled() for cell in host.cells), 60, "settled")
    for cell in host.cells:
        cell.check()
    host.agent.kill()


def end_in_time(host):
    """SIGTERM; it is killed after the 10 s that it has."""
    assert host.agent.runs()
    host.agent.stop(10)
    assert host.agent.process.returncode == 0, f"it ended with {host.agent.process.returncode}"


class SupervisorHost(Host):
    """A supervisord of its own, with the profiles supervisor and deploy."""

    def __init__(self, folder, store, supervisord):
        super().__init__()
        self.base, self.store, self.supervisord = folder / "agent", store, supervisord
        self._services = {"supervisor": folder / "services", "deploy": folder / "deployed"}
        for path in self._services.values():
            path.mkdir(exist_ok=True)
        self.template = folder / "program.template"
        self.mark(0)
        self.agent = CutAgent(self.base, store, self.node_id,
                              supervisor_section(supervisord, self._services["supervisor"]) +
                              f"  template_path: {self.template}\n"
                              f"deploy:\n  target_folder: {self._services['deploy']}\n")

    def mark(self, number):
        """From the next deployment on, another text of the definition."""
        self.template.write_text(
            "[program:${service_name}]\ncommand=${working_directory}/run.sh\ndirectory=${working_directory}\n"
            f'environment=MARK="{number}"\n'
            "autorestart=true\nstartsecs=0\nstartretries=1\nstopasgroup=true\nkillasgroup=true\n"
            "stdout_logfile=${working_directory}/logs/stdout.log\nstderr_logfile=${working_directory}/logs/stderr.log\n")

    def services(self, profile):
        return self._services[profile]

    def stops(self, cell):
        """Whether it is being stopped, to be asked again."""
        return lambda: self.supervisord.status(f"fleetman-{cell.name}:fleetman-{cell.name}") == "STOPPING"

    def _definitions(self):
        return self.supervisord.folder / "conf.d"

    def definition(self, cell):
        path = self._definitions() / f"fleetman-{cell.name}.conf"
        return path.read_text() if path.exists() else None

    def definition_names(self, cell):
        return [path.name for path in self._definitions().iterdir()]

    def process(self, cell):
        """(its name, its working directory) of what runs; None when nothing does."""
        if cell.profile == "deploy":
            return None
        said = subprocess.run([self.supervisord.control, "pid", f"fleetman-{cell.name}"], capture_output=True, text=True)
        if not said.stdout.strip().isdigit() or said.stdout.strip() == "0":
            return None
        of = pathlib.Path("/proc", said.stdout.strip())
        return (of / "cmdline").read_bytes().split(b"\0")[0].decode(), os.readlink(of / "cwd")


class CutUnitAgent(UnitAgent):
    """The same as a unit of a node."""

    def __init__(self, *arguments, **settings):
        super().__init__(*arguments, **{**QUICK, **settings})
        self.command[0] = str(CUT_AGENT)

    def start(self, at=None, count=1, pause=None):
        wanted = {"FLEETMAN_CUT_AT": at, "FLEETMAN_PAUSE_AT": pause, "FLEETMAN_CUT_COUNT": count}
        environment = [f"--setenv={name}={value}" for name, value in wanted.items() if value]
        output = [f"--property=Standard{stream}=append:{self.log}" for stream in ("Output", "Error")]
        limits = ["--property=KillMode=process", "--property=TimeoutStopSec=10"]  # as examples/fleetagent.service
        self.system.run("systemd-run", "--collect", "--unit=fleetagent", *limits,
                        f"--working-directory={self.folder}", *environment, *output, *self.command)
        return self

    def resume(self):
        self.system.run("systemctl", "kill", "--signal=CONT", "fleetagent")

    def is_paused(self):
        pid = self.system.run("systemctl", "show", "--value", "--property=MainPID", "fleetagent").strip()
        return self.system.run("ps", "-o", "stat=", "-p", pid, check=False).startswith("T")

    def was_cut(self):
        return not self.runs()

    def kill(self):
        self.system.run("systemctl", "kill", "--signal=KILL", "fleetagent", check=False)
        wait_until(lambda: not self.runs(), 10, "killed")


class NodeHost(Host):
    """A node with a real systemd, whose cells' folders are seen out here at the same path."""

    def __init__(self, folder, store, node):
        super().__init__()
        self.base, self.node, self._folder = folder / "agent", node, folder / "services"
        self._folder.mkdir(exist_ok=True)
        self.agent = CutUnitAgent(node, self.base, store, self.node_id,
                                  f"systemd:\n  service_folder: /etc/systemd/system\n  working_directory: {self._folder}\n")

    def services(self, profile):
        return self._folder

    def definition(self, cell):
        path = f"/etc/systemd/system/fleetman-{cell.name}.service"
        return self.node.run("sh", "-c", f"cat {path} && echo .")[:-2] if self._unit_there(path) else None

    def state_of(self, cell):
        return self.node.run("systemctl", "show", "--value", "--property=ActiveState", f"fleetman-{cell.name}").strip()

    def _unit_there(self, path):
        return self.node.run("sh", "-c", f"test ! -e {path} || echo yes") != ""

    def definition_names(self, cell):
        return [name for name in self.node.run("ls", "-A", "/etc/systemd/system").split() if "fleetman" in name]

    def process(self, cell):
        pid = self.node.run("systemctl", "show", "--value", "--property=MainPID", f"fleetman-{cell.name}").strip()
        if pid == "0":
            return None
        said = self.node.run("sh", "-c", f"tr '\\0' '\\n' </proc/{pid}/cmdline | head -n 1; readlink /proc/{pid}/cwd",
                             check=False).split("\n")
        return said[0], said[1]
