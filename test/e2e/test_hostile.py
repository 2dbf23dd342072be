"""A bucket whose content means harm: what cannot be installed safely is refused with a reason, what runs goes on, and nothing
outside of the cell's own folder changes."""

import hashlib
import itertools
import os
import stat

import pytest

from bucket import Bucket
from fleet import Controller, running
from node import Node, UnitAgent
from processes import wait_until
from s3_client import S3Client, quoted

OLD = "v1.0.0"


def tree_of(*roots):
    """Path → what is there: kind and rights, owner, and contents."""
    seen = {}
    for root in roots:
        for folder, folders, files in os.walk(root):
            for path in [folder, *(os.path.join(folder, name) for name in folders + files)]:
                look = os.lstat(path)
                content = None
                if stat.S_ISLNK(look.st_mode):
                    content = os.readlink(path)
                elif stat.S_ISREG(look.st_mode):
                    with open(path, "rb") as file:
                        content = hashlib.sha256(file.read()).hexdigest()
                seen[path] = (look.st_mode, look.st_uid, look.st_gid, content)
    return seen


class Host:
    """One agent as root, with a cell that is only files and one that is a unit."""

    def __init__(self, folder, controller, node):
        self.store, self.node = controller.embedded_store(), node
        self.raw = S3Client(controller.store_port, self.store.access_key, self.store.secret_key)
        self.deployed, self.services, self.outside = folder / "deployed", folder / "services", folder / "outside"
        for path in (self.deployed, self.services, self.outside):
            path.mkdir()
        (self.outside / "precious").write_text("as it was\n")
        self.agent = UnitAgent(node, folder / "agent", self.store, "node01",
                               f"deploy:\n  target_folder: {self.deployed}\nsystemd:\n  service_folder: /etc/systemd/system\n"
                               f"  working_directory: {self.services}\n", verify_window_ms=300, check_interval_ms=100)
        self.bucket = Bucket(self.store)
        self.marker = "/var/tmp/marker"  # a file of the node's that is as old as the tests
        self.numbers = itertools.count(1)

    def next_version(self):
        return f"v2.0.{next(self.numbers)}"

    def put_raw(self, path, content):
        """A key that goes out byte for byte, with its dots."""
        return self.raw.send("PUT", f"/{self.store.bucket}/{self.store.prefix}/{path}", content)

    def trees(self):
        return tree_of(self.deployed, self.services, self.outside)

    def node_itself(self):
        """The unit, the process that runs as it, and what changed in /etc since the tests began."""
        return self.node.run("sh", "-c", "cat /etc/systemd/system/fleetman-unit.service;"
                             f"systemctl show --property=MainPID fleetman-unit; find /etc -newer {self.marker}")


@pytest.fixture(scope="module")
def host(module_folder):
    controller = Controller(module_folder / "controller")  # only its embedded store is used
    node = Node(module_folder, "target")
    with running(controller):
        node.up()
        try:
            made = Host(module_folder, controller, node)
            with running(made.agent):
                triggers = made.bucket.publish("site", OLD), made.bucket.publish("unit", OLD, "systemd")
                for cell, trigger in zip(("site", "unit"), triggers):
                    made.bucket.wait_for(cell, trigger, "deployed")
                node.run("touch", made.marker)
                yield made
        finally:
            node.down()


def entry(**fields):
    """Adds one to the manifest's files."""
    return lambda manifest: manifest["files"].append({"file_type": "binary", "path": "more.bin"} | fields)


def of_all(**fields):
    return lambda manifest: manifest.update(fields)


def a_deep_document(manifest):
    nested = []
    for _ in range(400):
        nested = [nested]
    manifest["files"].append({"path": "deep", "file_type": "binary", "more": nested})


# name → (profile, what changes the manifest, further objects, what the reason names)
REFUSED = {
    "a path that climbs out": ("deploy", entry(path="../../../outside/evil"), None, "path"),
    "a path that climbs out further in": ("deploy", entry(path="a/../../../outside/evil"), None, "path"),
    "an absolute path": ("deploy", entry(path="/etc/evil"), None, "path"),
    "a newline in a path": ("deploy", entry(path="a\nb"), None, "path"),
    "a nul in a path": ("deploy", entry(path="a\0b"), None, "path"),
    "a path of two parts that are one": ("deploy", entry(path="data.bin/evil"), {"data.bin/evil": "x"}, "data.bin"),
    "the local manifest as a file": ("deploy", entry(path="manifest.json"), None, "manifest.json"),
    "a path without an end": ("deploy", entry(path="a/" * 600 + "b"), None, "path"),
    "a key with a newline": ("deploy", None, {"a\nb": "x"}, "snapshot holds"),
    "a setuid file": ("deploy", None, None, "setuid"),
    "a setgid folder": ("deploy", entry(path="open/", file_type="folder", mode="02777"), None, "setgid"),
    "a setuid service folder": ("systemd", of_all(service_folder_mode="04755"), None, "setuid"),
    "an owner with a newline": ("systemd", of_all(service_owner="root\nExecStartPre=/bin/touch /etc/evil"), None, "owner|account"),
    "a group with a blank": ("systemd", of_all(service_group="root daemon"), None, "group|account"),
    "an owner of a file with a newline": ("systemd", entry(path="more.bin", owner="root\n[Service]"), {"more.bin": "x"}, "owner"),
    "a user that there is not": ("systemd", of_all(service_owner="nobody-of-that-name"), None, "nobody-of-that-name"),
    "a file that is not there": ("deploy", entry(path="more.bin"), None, "more.bin"),
    "a document that nests without end": ("deploy", a_deep_document, None, "manifest"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_installed_safely_is_refused(host, name):
    profile, change, also, said = REFUSED[name]
    wrong = {"mode": "04755"} if name == "a setuid file" else {}
    check_refusal(host, "unit" if profile == "systemd" else "site",
                  lambda version, cell: host.bucket.publish(cell, version, profile, change=change, also=also, **wrong), said)


def check_refusal(host, cell, publish, said):
    before, node = host.trees(), host.node_itself()
    trigger = publish(host.next_version(), cell)
    status = host.bucket.wait_for(cell, trigger, "failed", 60)
    assert any(word in status["error"] for word in said.split("|")), status
    assert (status["status"], status["running_version"]) == ("failed", OLD)
    assert "\n" not in status["error"]
    wait_until(lambda: host.trees() == before, 5)  # the stage that it began is gone again
    assert host.node_itself() == node


def test_keys_that_climb_out_are_refused(host):
    def publish(version, cell):
        for key in (f"cells/node01/{cell}/versions/{version}/../../../../outside/evil", f"cells/node01/{cell}/versions/{version}//etc/evil"):
            host.put_raw(key, b"x")
        return host.bucket.publish(cell, version)
    check_refusal(host, "site", publish, "snapshot holds")


def test_a_manifest_of_100_mib_is_refused_unread(host):
    def publish(version, cell):
        host.store.write(f"cells/node01/{cell}/versions/{version}/manifest.json", b" " * 100 * 2**20)
        return host.bucket.trigger(cell, version)
    check_refusal(host, "site", publish, "manifest.json")
    peak = host.node.run("sh", "-c", "grep VmHWM /proc/$(systemctl show --value --property=MainPID fleetagent)/status")
    assert int(peak.split()[1]) < 64 * 1024, peak


def test_a_trigger_that_names_no_version_is_refused(host):
    before = host.trees()
    host.store.write_json("cells/node01/site/trigger.json", {"version": "../../v1.0.0", "id": "climbs"})
    wait_until(lambda: "version" in host.bucket.status("site")["error"] and "../" in host.bucket.status("site")["error"], 20)
    assert host.trees() == before


@pytest.mark.parametrize("cell, profile", [("site", "deploy"), ("unit", "systemd")])
def test_a_folder_that_the_service_has_made_a_link_leads_no_file_out(host, cell, profile):
    """Its kept folder, and one of a version's own; then a version lays files below each."""
    live = (host.deployed / "site") if cell == "site" else (host.services / "fleetman-unit")
    host.bucket.deploy(cell, host.next_version(), profile, also={"conf/app.ini": "a=1\n"})
    outside = tree_of(host.outside)
    release = live.resolve()
    (release / "logs").unlink()
    (release / "logs").symlink_to(host.outside)
    (release / "conf/app.ini").unlink()
    (release / "conf").rmdir()
    (release / "conf").symlink_to(host.outside)
    version = host.next_version()
    host.bucket.deploy(cell, version, profile, also={"conf/app.ini": "a=2\n", "conf/evil": "x", "logs/evil": "x", "logs/precious": "x"})
    assert (live / "version.txt").read_text() == version
    for path in ("conf/app.ini", "conf/evil", "logs/evil", "logs/precious"):
        assert (live / path).resolve().is_relative_to(live.resolve()), f"{path} lies outside"
    assert tree_of(host.outside) == outside
