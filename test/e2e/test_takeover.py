"""A host with a real systemd that the original Fleetman left, each of its two generations with a service that runs: ours takes
its place and restarts nothing, exchanges the real folder for its link with the next version, and leaves what it could take back."""

import json
import time

import pytest

from fleet import Controller, running
from node import Node, UnitAgent
from processes import AGENT, wait_until

SERVICE = """#!/bin/bash
version=$(<version.txt)
echo "started $version" >>logs/starts
echo "row of $version" >>data.db
exec -a "service-$version" sleep 1000000
"""
UNIT = """[Unit]
Description=cell {cell}
[Service]
WorkingDirectory={folder}
ExecStart={folder}/run.sh
Restart=always
[Install]
WantedBy=multi-user.target
"""
OLD, NEW = "v1.3.9", "v1.4.0"
FOLDER = "{{ fleetagent_service_working_dir }}"


class Left:
    """One cell as the original left it, running. `units_come_with_versions`: the new generation."""

    def __init__(self, host, cell, units_come_with_versions):
        self.host, self.cell, self.newer = host, cell, units_come_with_versions
        self.unit = f"fleetman-{cell}"
        self.folder = host.services / (self.unit if self.newer else cell)
        self.releases = host.services / ".fleetman" / cell / "releases"

    def files(self, version, folder=FOLDER):
        files = {"run.sh": SERVICE, "version.txt": version, f"only/{version}.txt": version}
        if self.newer:
            files["app.service"] = UNIT.format(cell=self.cell, folder=folder)
        return files

    def snapshot(self, version):
        """As it writes it: no sizes, no ETags."""
        return {"manifest_name": "billing", "version": version, "profile": "systemd", "bucket": "prod-eu",
                "created_at": "2026-01-05T10:00:00+00:00",
                "files": [{"path": path, "file_type": "text", "mode": "0700" if path == "run.sh" else "0600"}
                          for path in self.files(version)] + [{"path": "logs/", "file_type": "folder"}]}

    def publish(self, version):
        store, below = self.host.store, f"cells/node01/{self.cell}"
        store.write_json(f"{below}/versions/{version}/manifest.json", self.snapshot(version))
        for path, content in self.files(version).items():
            store.write(f"{below}/versions/{version}/{path}", content)
        store.write_json(f"{below}/metadata.json", {"manifest_name": "billing", "profile": "systemd"})
        store.write_json(f"{below}/trigger.json", {"version": version})

    def installed_by_the_original(self):
        for path, content in self.files(OLD, self.folder).items():
            (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / path).write_text(content)
        (self.folder / "logs").mkdir()
        (self.folder / "run.sh").chmod(0o700)
        local = {"manifest_name": "billing", "version": OLD, "profile": "systemd"} if self.newer else self.snapshot(OLD)
        (self.folder / "manifest.json").write_text(json.dumps(local))
        unit = self.host.folder / f"{self.unit}.service"
        unit.write_text(UNIT.format(cell=self.cell, folder=self.folder))
        self.host.node.run("cp", unit, "/etc/systemd/system/")
        self.host.node.run("systemctl", "daemon-reload")
        self.host.node.run("systemctl", "enable", "--now", "--quiet", self.unit)
        wait_until(lambda: self.process()[1] == f"service-{OLD}", 10)

    def remembered_by_the_original(self):
        """Its entry in the state file."""
        return {"cell_id": self.cell, "manifest_name": "billing", "profile": "systemd", "current_version": OLD,
                "previous_version": None, "trigger_timestamp": self.triggered(), "last_deployment_status": "Success",
                "last_deployment_time": int(time.time()), "running": True}

    def triggered(self):
        store = self.host.store
        head = store.client.head_object(Bucket=store.bucket, Key=f"{store.prefix}/cells/node01/{self.cell}/trigger.json")
        return int(head["LastModified"].timestamp())

    def process(self):
        """(pid, name) of what runs."""
        pid = self.host.node.run("systemctl", "show", "--value", "--property=MainPID", self.unit).strip()
        name = self.host.node.run("sh", "-c", f"tr '\\0' '\\n' </proc/{pid}/cmdline | head -n 1", check=False).strip()
        return pid, name

    def status(self):
        return self.host.store.read_json(f"cells/node01/{self.cell}/status.json")

    def wait_for(self, version, **wanted):
        wanted = {"status": "success", "running_version": version, **wanted}
        wait_until(lambda: self.status().items() >= wanted.items(), 40, f"{self.cell} at {version}")
        wait_until(lambda: self.process()[1] == f"service-{version}", 10)

    def reported(self):
        cells = self.host.store.read_json("agents/node01.json")["cells"]
        return next(cell for cell in cells if cell["cell_id"] == self.cell)


class Host:
    def __init__(self, folder, store, node):
        self.folder, self.store, self.node, self.services = folder, store, node, folder / "services"
        self.services.mkdir()
        template = folder / "unit.template"
        template.write_text(UNIT.format(cell="${cell_id}", folder=f"{self.services}/${{cell_id}}"))
        self.agent = UnitAgent(node, folder / "agent", store, "node01",
                               f"systemd:\n  service_folder: /etc/systemd/system\n  working_directory: {self.services}\n"
                               f"  template_path: {template}\n", verify_window_ms=500)
        self.cells = [Left(self, "older", False), Left(self, "newer", True)]

    def state(self):
        return json.loads((self.agent.folder / ".agent_state_node01.json").read_text())["cells"]

    def rollback(self, cell, release):
        return self.node.run(AGENT, "rollback", cell, release, "--config", self.agent.config)


@pytest.fixture(scope="module")
def host(module_folder):
    """With the agent that takes over, once it has looked at everything."""
    holder = Controller(module_folder / "store")  # only its embedded store is used
    node = Node(module_folder, "left")
    with running(holder):
        node.up()
        try:
            made = Host(module_folder, holder.embedded_store(), node)
            for cell in made.cells:
                cell.publish(OLD)
                cell.installed_by_the_original()
            made.pids = {cell.cell: cell.process()[0] for cell in made.cells}
            made.inodes = {cell.cell: cell.folder.stat().st_ino for cell in made.cells}
            (made.agent.folder / ".agent_state_node01.json").write_text(
                json.dumps({"cells": {cell.cell: cell.remembered_by_the_original() for cell in made.cells}}))
            with running(made.agent):
                # What is published once it runs shows that it has been through its list.
                another = Left(made, "another", True)
                another.publish(OLD)
                another.wait_for(OLD)
                yield made
        finally:
            node.down()


def test_running_services_are_taken_over_as_they_run(host):
    for cell in host.cells:
        assert cell.process() == (host.pids[cell.cell], f"service-{OLD}")
        assert cell.folder.is_dir() and not cell.folder.is_symlink()
        with pytest.raises(LookupError):
            cell.status()
        assert wait_until(cell.reported, 20)["version"] == OLD
        assert cell.reported()["running"] is True


def test_the_next_version_takes_the_place_of_the_real_folder_and_the_services_files_stay(host):
    for cell in host.cells:
        cell.publish(NEW)
    for cell in host.cells:
        cell.wait_for(NEW)
        assert cell.folder.is_symlink()
        before = cell.releases / "orig-1"
        assert before.stat().st_ino == host.inodes[cell.cell], "the folder itself was kept, by an exchange"
        assert (cell.folder / "version.txt").read_text() == NEW
        assert not (cell.folder / f"only/{OLD}.txt").exists()
        assert (cell.folder / "data.db").read_text() == f"row of {OLD}\nrow of {NEW}\n"
        assert (cell.folder / "logs/starts").read_text() == f"started {OLD}\nstarted {NEW}\n"
        assert (before / "version.txt").read_text() == OLD


def test_it_can_go_back_to_what_the_original_installed(host):
    for cell in host.cells:
        assert host.rollback(cell.cell, "orig-1").startswith(f"{cell.cell} is at {OLD} (orig-1)")
        cell.wait_for(OLD, status="failed", state="rolled_back")
        assert cell.folder.resolve() == cell.releases / "orig-1"
        assert (cell.folder / f"only/{OLD}.txt").read_text() == OLD
        assert (cell.folder / "data.db").read_text().endswith(f"row of {NEW}\nrow of {OLD}\n")
        assert (cell.folder / "logs/starts").read_text().endswith(f"started {NEW}\nstarted {OLD}\n")


def test_a_version_that_brings_its_unit_moves_the_first_generations_folder(host):
    cell = host.cells[0]
    former, cell.newer, cell.folder = cell.folder, True, host.services / cell.unit
    for each in host.cells:
        each.publish("v1.5.0")
    for each in host.cells:
        each.wait_for("v1.5.0")
    assert cell.folder.is_symlink() and not former.exists() and not former.is_symlink()
    assert (cell.folder / "data.db").read_text().endswith("row of v1.5.0\n")


def test_the_original_could_take_back_and_would_restart_nothing(host):
    """It compares a trigger's time with the one in its state file, and looks for a folder with a local manifest."""
    host.agent.stop()
    kinds = {"cell_id": str, "manifest_name": str, "profile": str, "current_version": str, "trigger_timestamp": int,
             "last_deployment_status": str, "last_deployment_time": int, "running": bool}
    for cell in host.cells:
        entry = host.state()[cell.cell]
        assert {name: type(entry.get(name)) for name in kinds} == kinds
        assert isinstance(entry.get("previous_version"), (str, type(None)))
        assert None not in entry.values()
        assert (entry["current_version"], entry["last_deployment_status"]) == ("v1.5.0", "Success")
        assert entry["trigger_timestamp"] == cell.triggered()
        local = json.loads((cell.folder / "manifest.json").read_text())
        assert {name: local[name] for name in ("manifest_name", "version", "profile")} == {
            "manifest_name": "billing", "version": "v1.5.0", "profile": "systemd"}
        assert cell.process()[1] == "service-v1.5.0"
