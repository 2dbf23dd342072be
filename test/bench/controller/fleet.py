"""A controller over a store, and a fleet that is played into the store by fleet_bucket."""

import contextlib
import json
import os
import pathlib
import re
import subprocess

from measure import scratch
from fleet import ACCESS_KEY, SECRET_KEY, Controller, LoneStore, Store
from processes import BUILD, Program, free_port

GENERATOR = BUILD / "test/bench/fleet_bucket"


def configuration(store, cells, embedded_in=None):
    """The text of a controller's configuration as a function of its port. JSON is YAML. `cells` are (node, cell) pairs."""
    connection = {name: value for name, value in store.as_connection().items() if name != "name"}
    config = {"buckets": {"main": connection},
              "manifests": {"site": {"files": [{"path": "a", "file_type": "text"}], "profile": "deploy", "bucket": "main"}},
              "cells": {f"{node}/{cell}": {"node_id": node, "cell_id": cell, "bucket": "main", "manifest": "site"}
                        for node, cell in cells}}
    if embedded_in:
        config["embedded_store"] = {"listen": store.endpoint.removeprefix("http://"), "data_dir": str(embedded_in),
                                    "access_key": ACCESS_KEY, "secret_key": SECRET_KEY, "buckets": [store.bucket]}
    return lambda port: json.dumps(config | {"web_console": {"bind": "127.0.0.1", "port": port}})


class Fleet:
    def __init__(self, folder, store, controller):
        self.folder, self.store, self.controller, self.api = folder, store, controller, controller.api

    def _generator(self, what):
        store = self.store
        return [str(part) for part in (GENERATOR, store.endpoint, store.bucket, store.access_key, store.secret_key, *what)]

    def play(self, *what):
        """Runs the generator to its end; what it printed."""
        return subprocess.run(self._generator(what), check=True, timeout=200, stdout=subprocess.PIPE, text=True).stdout

    def playing(self, *what):
        return Program(self.folder / "generator.log", *self._generator(what)).start()

    def all(self, path):
        """Every item of a list, page by page."""
        items, after = [], ""
        while after is not None:
            page = self.api.get(f"{path}?limit=1000" + (f"&after={after}" if after else ""))
            items += page["items"]
            after = page["next"]
        return items

    def metric(self, beginning):
        """The sum of the samples that begin so."""
        text = self.controller.metrics()
        return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(beginning))

    def wait_for_agents(self, count):
        self.controller.wait_until(lambda: self.api.get("/overview")["agents"]["total"] == count, 150)

    def wait_for_running(self, count):
        self.controller.wait_until(lambda: self.api.get("/overview")["cells"]["running"] == count, 150)

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.controller.pid}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")  # utime, stime: proc(5)

    def memory_mib(self, field="VmRSS"):
        """With what it keeps in files in memory, which VmRSS does not count."""
        status = pathlib.Path(f"/proc/{self.controller.pid}/status").read_text()
        files = [one for one in pathlib.Path(f"/proc/{self.controller.pid}/fd").iterdir() if "/memfd:" in os.readlink(one)]
        return int(re.search(rf"{field}:\s+(\d+)", status)[1]) / 1024 + sum(one.stat().st_size for one in files) / (1 << 20)


class WatchfulController(Controller):
    def __init__(self, folder, config, refresh_ms):
        super().__init__(folder, config)
        self.command += ["--refresh-ms", str(refresh_ms)]

    def metrics(self):
        return self.api.raw("/metrics")


def cells_of(agents, cells_each):
    """As fleet_bucket names them."""
    return [(f"node{n:05}", f"cell{c:02}") for n in range(agents) for c in range(cells_each)]


@contextlib.contextmanager
def fleet(agents, cells_each=0, refresh_ms=5000, configured=False):
    """Agents and their cells in a store of its own process, and a controller that has seen them."""
    cells = cells_of(agents, cells_each) if configured else []
    with scratch() as folder, contextlib.ExitStack() as stack:
        lone = LoneStore(folder)
        stack.callback(lone.stop)
        store = lone.start().store()
        controller = WatchfulController(folder / "controller", configuration(store, cells), refresh_ms)
        stack.callback(controller.stop)
        here = Fleet(folder, store, controller)
        here.play("fill", agents, cells_each)
        controller.start()
        here.wait_for_agents(agents)
        yield here


@contextlib.contextmanager
def embedded_fleet(agents, cells_each=0, refresh_ms=5000):
    """The same in the controller's own store."""
    with scratch() as folder, contextlib.ExitStack() as stack:
        store = Store(f"http://127.0.0.1:{free_port()}")
        config = configuration(store, [], embedded_in=folder / "store")
        controller = WatchfulController(folder / "controller", config, refresh_ms)
        stack.callback(controller.stop)
        here = Fleet(folder, store, controller.start())
        here.play("fill", agents, cells_each)
        here.wait_for_agents(agents)
        yield here
