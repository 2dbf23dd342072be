"""A controller, a store, and a fleet that is played into it; and nginx beside them."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request

from processes import BUILD, CONTROLLER, REPOSITORY, Program, free_port, wait_until

GENERATOR = BUILD / "test/bench/fleet_bucket"
KEY, SECRET, BUCKET = "bench", "bench-secret", "fleet"
LOADER = 5  # seconds of each measurement of throughput
CONNECTIONS = 64


class Fleet:
    def __init__(self, folder, refresh_ms, cells, embedded):
        self.folder, self.refresh_ms, self.embedded = folder, refresh_ms, embedded
        self.store_port, self.port = free_port(), free_port()
        self.store = None
        if not embedded:
            self.store = Program(folder / "store.log", CONTROLLER, "store", "--listen", f"127.0.0.1:{self.store_port}",
                                 "--data-dir", folder / "store", "--access-key", KEY, "--secret-key", SECRET,
                                 "--bucket", BUCKET).start()
            self.store.wait_until(self._store_answers)
        self._configure(cells)
        self.controller = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def _store_answers(self):
        with contextlib.suppress(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://127.0.0.1:{self.store_port}/", timeout=5)
        return True

    def _configure(self, cells):
        config = {
            "buckets": {"main": {"bucket_name": BUCKET, "endpoint": f"http://127.0.0.1:{self.store_port}", "access_key": KEY,
                                 "secret_key": SECRET, "path_style": True, "prefix": "prod"}},
            "manifests": {"site": {"files": [{"path": "a", "file_type": "text"}], "profile": "deploy", "bucket": "main"}},
            "cells": {f"{node}/{cell}": {"node_id": node, "cell_id": cell, "bucket": "main", "manifest": "site"}
                      for node, cell in cells},
            "web_console": {"bind": "127.0.0.1", "port": self.port},
        }
        if self.embedded:
            config["embedded_store"] = {"listen": f"127.0.0.1:{self.store_port}", "data_dir": str(self.folder / "store"),
                                        "access_key": KEY, "secret_key": SECRET, "buckets": [BUCKET]}
        (self.folder / "controller_config.yaml").write_text(json.dumps(config))  # JSON is YAML
        os.chmod(self.folder / "controller_config.yaml", 0o600)

    def start(self):
        self.controller = Program(self.folder / "controller.log", CONTROLLER, "serve", "--config",
                                  self.folder / "controller_config.yaml", "--refresh-ms", self.refresh_ms,
                                  cwd=self.folder).start()
        self.controller.wait_until(lambda: self.text("/healthz"), 60)

    def play(self, *what):
        """Runs the generator to its end."""
        subprocess.run([GENERATOR, f"http://127.0.0.1:{self.store_port}", BUCKET, KEY, SECRET, *map(str, what)],
                       check=True, timeout=200)

    def playing(self, *what):
        return Program(self.folder / "generator.log", GENERATOR, f"http://127.0.0.1:{self.store_port}", BUCKET, KEY,
                       SECRET, *what).start()

    def text(self, path):
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            return answer.read().decode()

    def json(self, path):
        return json.loads(self.text(path))

    def all(self, path):
        """Every item of a list, page by page."""
        items, after = [], ""
        while after is not None:
            page = self.json(f"{path}?limit=1000" + (f"&after={after}" if after else ""))
            items += page["items"]
            after = page["next"]
        return items

    def metric(self, name):
        """The sum of a metric's samples whose text begins so."""
        return sum(float(line.rpartition(" ")[2]) for line in self.text("/metrics").splitlines() if line.startswith(name))

    def wait_for_agents(self, count):
        self.controller.wait_until(lambda: self.json("/api/v1/overview")["agents"]["total"] == count, 120)

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.controller.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")  # utime, stime: proc(5)

    def resident_mib(self):
        status = pathlib.Path(f"/proc/{self.controller.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def stop(self):
        for program in filter(None, (self.controller, self.store)):
            with contextlib.suppress(ProcessLookupError):
                program.process.terminate()
                program.process.wait(20)


@contextlib.contextmanager
def fleet(agents, cells_each=2, refresh_ms=5000, configured=False, embedded=False):
    """Agents and their cells in a bucket, and a controller that watches it."""
    if not GENERATOR.exists():
        subprocess.run(["cmake", "--build", BUILD, "--target", "fleet_bucket"], check=True, cwd=REPOSITORY)
    cells = [(f"node{n:05}", f"cell{c:02}") for n in range(agents) for c in range(cells_each)] if configured else []
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fleetman-bench-"))
    here = Fleet(folder, refresh_ms, cells, embedded)
    try:
        if embedded:
            here.start()
        here.play("fill", agents, cells_each)
        if not embedded:
            here.start()
        here.wait_for_agents(agents)
        yield here
    finally:
        here.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def nginx(files):
    """nginx with one worker that serves these files: {name: bytes}. Yields its URL."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fleetman-bench-"))
    os.chmod(folder, 0o755)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    port = free_port()
    (folder / "nginx.conf").write_text(f"""
worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; default_type application/json;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}""")
    program = Program(folder / "log", "/usr/sbin/nginx", "-c", folder / "nginx.conf").start()
    url = f"http://127.0.0.1:{port}"
    try:
        program.wait_until(lambda: urllib.request.urlopen(f"{url}/{next(iter(files))}", timeout=5).status == 200)
        yield url
    finally:
        program.process.terminate()
        program.process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def requests_a_second(url):
    """By wrk, which checks that every answer is one."""
    run = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{LOADER}", url], capture_output=True, text=True,
                         timeout=LOADER + 30, check=True)
    assert "Non-2xx" not in run.stdout and "Socket errors" not in run.stdout, run.stdout
    return float(re.search(r"Requests/sec:\s+([\d.]+)", run.stdout)[1])


def beside_nginx(report, ours_url, content, least, rounds=5):
    """Ours and nginx's requests a second in turn; the bar is on nginx's by ours."""
    ours, theirs = report.add_series("fleetman", "requests/s"), report.add_series("nginx, 1 worker", "requests/s")
    with nginx({"file": content}) as url:
        for _ in range(rounds):
            theirs.add(requests_a_second(f"{url}/file"))
            ours.add(requests_a_second(ours_url))
            time.sleep(0.2)
    report.note(f"{len(content)} bytes an answer")
    report.note(f"fleetman by nginx: {ours.median() / theirs.median():.3f}")
    report.bar("nginx by fleetman", theirs.median() / ours.median(), 1 / least, "×")


__all__ = ["fleet", "nginx", "requests_a_second", "beside_nginx", "wait_until"]
