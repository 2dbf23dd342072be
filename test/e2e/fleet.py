"""A whole fleet in a folder: a controller with its embedded store, and agents on process managers of their own."""

import contextlib
import json
import os
import subprocess
import urllib.request

import boto3
import botocore.config

from api import Api
from processes import AGENT, CONTROLLER, REPOSITORY, Program, free_port, wait_until

EXAMPLE = REPOSITORY / "examples/hello"
ACCESS_KEY, SECRET_KEY = "ENDTOENDKEY", "end-to-end-secret"


class Store:
    """Where the bucket is, and an independent client to look into it."""

    def __init__(self, endpoint, access_key=ACCESS_KEY, secret_key=SECRET_KEY, bucket="fleet", prefix="prod"):
        self.endpoint, self.access_key, self.secret_key = endpoint, access_key, secret_key
        self.bucket, self.prefix = bucket, prefix
        self.client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id=access_key,
                                   aws_secret_access_key=secret_key,
                                   config=botocore.config.Config(s3={"addressing_style": "path"}))

    def keys(self, below=""):
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=f"{self.prefix}/{below}")
        return [entry["Key"].removeprefix(self.prefix + "/") for page in pages for entry in page.get("Contents", [])]

    def read(self, key):
        """Raises LookupError when there is no such key."""
        try:
            return self.client.get_object(Bucket=self.bucket, Key=f"{self.prefix}/{key}")["Body"].read()
        except self.client.exceptions.NoSuchKey:
            raise LookupError(key) from None

    def read_json(self, key):
        return json.loads(self.read(key))

    def write(self, key, content):
        body = content if isinstance(content, bytes) else content.encode()
        self.client.put_object(Bucket=self.bucket, Key=f"{self.prefix}/{key}", Body=body)

    def write_json(self, key, document):
        self.write(key, json.dumps(document))

    def delete(self, key):
        self.client.delete_object(Bucket=self.bucket, Key=f"{self.prefix}/{key}")

    def aws(self, *arguments):
        """The standard output of Debian's aws."""
        environment = {**os.environ, "AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key,
                       "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
        done = subprocess.run(["/usr/bin/aws", "--endpoint-url", self.endpoint, *arguments], env=environment,
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def as_connection(self, name="local"):
        """The body of POST /buckets."""
        return {"name": name, "bucket_name": self.bucket, "endpoint": self.endpoint, "access_key": self.access_key,
                "secret_key": self.secret_key, "path_style": True, "prefix": self.prefix}


class Controller(Program):
    """`fleetman serve`, with the embedded store unless a configuration is given."""

    def __init__(self, folder, config=None):
        folder.mkdir(parents=True, exist_ok=True)
        self.port, self.store_port = free_port(), free_port()
        self.config = folder / "controller_config.yaml"
        self.config.write_text(config(self.port) if config else self._embedded(folder))
        self.config.chmod(0o600)
        self.state = folder / "fleetman-state"
        self.api = Api(f"http://127.0.0.1:{self.port}")
        super().__init__(folder / "controller.log", CONTROLLER, "serve", "--config", self.config, cwd=folder)

    def _embedded(self, folder):
        return (f"web_console: {{bind: 127.0.0.1, port: {self.port}}}\n"
                f"embedded_store:\n  listen: 127.0.0.1:{self.store_port}\n  data_dir: {folder}/store\n"
                f"  access_key: {ACCESS_KEY}\n  secret_key: {SECRET_KEY}\n  buckets: [fleet]\n"
                "buckets: {}\nmanifests: {}\ncells: {}\n")

    def start(self):
        super().start()
        self.wait_until(self._healthy, 20, "the controller answers")
        return self

    def _healthy(self):
        with urllib.request.urlopen(self.api.url + "/healthz", timeout=5) as answer:
            return answer.status == 200

    def embedded_store(self):
        return Store(f"http://127.0.0.1:{self.store_port}")


class LoneStore(Program):
    """The embedded store on its own, which lives on while the controller is killed."""

    def __init__(self, folder):
        self.port = free_port()
        super().__init__(folder / "store.log", CONTROLLER, "store", "--listen", f"127.0.0.1:{self.port}", "--data-dir",
                         folder / "store", "--access-key", ACCESS_KEY, "--bucket", "fleet", "--port-file", folder / "port",
                         env={**os.environ, "FLEETMAN_STORE_SECRET_KEY": SECRET_KEY})
        self.port_file = folder / "port"

    def start(self):
        super().start()
        self.wait_until(self.port_file.exists)
        return self

    def store(self):
        return Store(f"http://127.0.0.1:{self.port}")


class Supervisord(Program):
    """A private supervisord, and the supervisorctl that speaks to it."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "conf.d").mkdir(parents=True)
        config = folder / "supervisord.conf"
        config.write_text(
            f"[supervisord]\nnodaemon=true\nlogfile={folder}/supervisord.log\npidfile={folder}/pid\n"
            f"[unix_http_server]\nfile={folder}/s\n"
            "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
            f"[supervisorctl]\nserverurl=unix://{folder}/s\n[include]\nfiles=conf.d/*.conf\n")
        self.control = folder / "supervisorctl"
        self.control.write_text(f'#!/bin/sh\nexec /usr/bin/supervisorctl -c {config} "$@"\n')
        self.control.chmod(0o755)
        super().__init__(folder / "output.log", "/usr/bin/supervisord", "-c", config)

    def start(self):
        super().start()
        self.wait_until(lambda: subprocess.run([self.control, "pid"], capture_output=True).returncode == 0, 20)
        return self

    def status(self, program):
        """"RUNNING", "STOPPED", …, or None when there is no such program."""
        done = subprocess.run([self.control, "status", program], capture_output=True, text=True)
        words = done.stdout.split()
        return None if done.returncode == 4 or len(words) < 2 else words[1]

    def pid_of(self, program):
        return int(subprocess.run([self.control, "pid", program], capture_output=True, text=True).stdout)


class Agent(Program):
    """`fleetagent run`. The profiles' sections are given as text."""

    def __init__(self, folder, store, node, profiles, **global_settings):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.node = folder, node
        settings = {"node_id": node, "base_dir": folder, "check_interval_ms": 200, "verify_window_ms": 1500,
                    "heartbeat_interval_ms": 2000,
                    **global_settings}
        self.config = folder / "agent_config.yaml"
        self.config.write_text(
            "global:\n" + "".join(f"  {name}: {value}\n" for name, value in settings.items()) +
            f"object_storage:\n  endpoint: {store.endpoint}\n  access_key: {store.access_key}\n"
            f"  secret_key: {store.secret_key}\n  bucket: {store.bucket}\n  path_style: true\n  prefix: {store.prefix}\n" +
            profiles)
        super().__init__(folder / "agent.log", AGENT, "run", "--config", self.config, cwd=folder)


def supervisor_section(supervisord, services):
    return (f"supervisor:\n  conf_d_folder: {supervisord.folder}/conf.d\n  service_folder: {services}\n"
            f"  supervisorctl_path: {supervisord.control}\n")


class Hello:
    """examples/hello as one cell: how a test makes, changes, publishes and asks it."""

    def __init__(self, api, node, cell="hello", manifest="hello", profile="supervisor"):
        self.api, self.node, self.cell, self.manifest, self.profile = api, node, cell, manifest, profile
        self.port = free_port()
        self.path = f"/cells/{node}/{cell}"

    def create(self):
        definition = json.loads((EXAMPLE / "manifest.json").read_text())
        definition |= {"name": self.manifest, "profile": self.profile}
        if self.profile == "systemd":
            definition["files"].append({"path": "app.service", "file_type": "text"})
        if not self.api.exists(f"/manifests/{self.manifest}"):
            self.api.post("/manifests", definition)
        self.api.post("/cells", {"node_id": self.node, "cell_id": self.cell, "bucket": "local", "manifest": self.manifest})
        self.override("settings.ini", self.settings("Hello from a test"))
        return self

    def settings(self, greeting):
        return f"[hello]\naddress = 127.0.0.1\nport = {self.port}\ngreeting = {greeting}\n"

    def override(self, path, content):
        self.api.upload(f"{self.path}/overrides/{path}", content)

    def make_version(self, version, **changed):
        """A finalized version of the example's files; `hello_py=…` replaces the contents of hello.py."""
        base = f"/manifests/{self.manifest}/versions"
        self.api.post(base, {"version": version})
        for name in ("run.sh", "hello.py", "settings.ini", "cell.ini", "version.txt"):
            content = version if name == "version.txt" else (EXAMPLE / "files" / name).read_text()
            self.api.upload(f"{base}/{version}/files/{name}", changed.get(name.replace(".", "_"), content))
        if self.profile == "systemd":
            self.api.post(f"{base}/{version}/service-file", {"path": "app.service"})
        self.api.post(f"{base}/{version}/finalize")

    def publish(self, version):
        """Returns once the trigger is written, not when the agent has acted."""
        done = self.api.post(f"/manifests/{self.manifest}/versions/{version}/publish?wait=60",
                             {"cells": [f"{self.node}/{self.cell}"]})
        assert done["state"] == "succeeded", done

    def answer(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as answer:
            return json.load(answer)

    def wait_for_version(self, version, seconds=40):
        return wait_until(lambda: (lambda a: a["version"] == version and a)(self.answer()), seconds,
                          f"{self.cell} answers as {version}")

    def status(self):
        return self.api.get(f"{self.path}/status")

    def wait_for_status(self, wanted, seconds=60):
        def settled():
            status = self.status()
            return all(status.get(name) == value for name, value in wanted.items()) and status
        return wait_until(settled, seconds, f"status {wanted}")

    def reported(self):
        """This cell in the agent's report."""
        cells = self.api.get(f"/agents/{self.node}")["cells"]
        return next((cell for cell in cells if cell["cell_id"] == self.cell), None)


@contextlib.contextmanager
def running(*programs):
    """Starts them in order and ends them in the opposite order, whatever happens."""
    with contextlib.ExitStack() as stack:
        for program in programs:
            stack.callback(program.stop)
            program.start()
        yield programs
