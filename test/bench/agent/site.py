"""A store, a node with a systemd of its own and an agent on it, in a folder that goes at the end."""

import contextlib
import datetime
import hashlib
import pathlib
import shutil
import tempfile
import uuid

from fleet import Controller
from imposter import Imposter
from node import Node, UnitAgent
from processes import wait_until

NODE = "node01"


class NotifyingAgent(UnitAgent):
    """As examples/fleetagent.service runs it."""

    def start(self):
        output = [f"--property=Standard{stream}=append:{self.log}" for stream in ("Output", "Error")]
        self.system.run("systemd-run", "--unit=fleetagent", "--service-type=notify", "--property=WatchdogSec=2min",
                        f"--working-directory={self.folder}", *output, *self.command)
        return self

    def pid(self):
        """As the node sees it."""
        return int(self.system.run("systemctl", "show", "--value", "--property=MainPID", "fleetagent"))

    def events(self, name):
        """The times, in seconds since 1970, of the log's lines of this event."""
        return [datetime.datetime.strptime(line.split()[0], "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()
                for line in self.log.read_text().splitlines() if line.split()[2:4] == ["agent", name]]


class Cell:
    """One cell of the node, written into the bucket as a controller would write it."""

    def __init__(self, store, name, node=NODE):
        self.store, self.name, self.folder = store, name, f"cells/{node}/{name}"
        self.bell = f"fleetman/nodes/{node}.json"

    def write_version(self, version, files, unit):
        """`files`: path → contents; `unit` becomes app.service."""
        below = f"{self.folder}/versions/{version}"
        files = files | {"app.service": unit.encode()}
        entries = [{"path": path, "file_type": "text" if path == "app.service" else "binary", "size": len(content),
                    "mode": "0700" if path == "run.sh" else "0600", "etag": hashlib.md5(content).hexdigest(),
                    "sha256": hashlib.sha256(content).hexdigest()} for path, content in files.items()]
        for path, content in files.items():
            self.store.write(f"{below}/{path}", content)
        self.store.write_json(f"{below}/manifest.json", {
            "manifest_name": "bench", "version": version, "profile": "systemd", "bucket": "local",
            "created_at": "2026-01-05T10:00:00+00:00", "files": entries + [{"path": "logs/", "file_type": "folder"}]})
        self.store.write_json(f"{self.folder}/metadata.json", {"manifest_name": "bench", "profile": "systemd"})

    def trigger(self, version):
        trigger = uuid.uuid4().hex
        self.store.write_json(f"{self.folder}/trigger.json", {"version": version, "id": trigger})
        return trigger

    def ring(self):
        self.store.write_json(self.bell, {"value": uuid.uuid4().hex})

    def wait_for(self, trigger, seconds=60):
        """Until the agent says that it is deployed."""
        def told():
            status = self.store.read_json(f"{self.folder}/status.json")
            if status.get("trigger_id") == trigger and status["state"] not in ("deployed", "pending"):
                raise RuntimeError(f"{self.name}: {status}")
            return status.get("trigger_id") == trigger and status["state"] == "deployed"
        wait_until(told, seconds, f"{self.name} is deployed")

    def deploy(self, version, seconds=60):
        trigger = self.trigger(version)
        self.ring()
        self.wait_for(trigger, seconds)


class Site:
    def __init__(self, folder, controller, node, imposter, **settings):
        self.folder, self.controller, self.node, self.imposter = folder, controller, node, imposter
        self.store, self.services = controller.embedded_store(), folder / "services"
        self.services.mkdir()
        seen = controller.embedded_store()
        seen.endpoint = imposter.endpoint if imposter else seen.endpoint
        self.agent = NotifyingAgent(node, folder / "agent", seen, NODE,
                                    f"systemd:\n  service_folder: /etc/systemd/system\n  working_directory: {self.services}\n",
                                    **settings)

    def cell(self, name):
        return Cell(self.store, name)

    def show(self, unit, name):
        return self.node.run("systemctl", "show", "--value", "--timestamp=us+utc", f"--property={name}", unit).strip()

    def active_since(self, unit):
        """When it last became active, in seconds since 1970."""
        text = self.show(unit, "ActiveEnterTimestamp").removesuffix(" UTC")
        return datetime.datetime.strptime(text, "%a %Y-%m-%d %H:%M:%S.%f").replace(tzinfo=datetime.timezone.utc).timestamp()


@contextlib.contextmanager
def site(counting=False, **settings):
    """`counting`: an imposter stands between the agent and the store, and counts requests. `settings` are those of the
    agent's section `global`."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fleetman-bench-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        controller = Controller(folder / "controller")
        stack.callback(controller.stop)
        controller.start()
        imposter = stack.enter_context(Imposter(controller.store_port)) if counting else None
        node = Node(folder, "bench")
        stack.callback(node.down)
        node.up()
        here = Site(folder, controller, node, imposter, **settings)
        stack.callback(here.agent.stop)
        here.agent.start()
        yield here


SERVICE = "[Service]\nExecStart={{ fleetagent_service_working_dir }}/run.sh\n[Install]\nWantedBy=multi-user.target\n"
SLEEPS = b"#!/bin/sh\nexec sleep 1000000\n"


def unit_marked(mark):
    """Another text of the unit for each mark."""
    return f"[Unit]\nDescription=A service of the benchmark, {mark}\n" + SERVICE
