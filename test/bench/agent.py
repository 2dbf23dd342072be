"""The agent on a node with a real systemd: what it costs when idle, and how long deploying takes beside other ways to do it.

Every figure is a median of RUNS, printed with what it was made of; the last line of each bench is
"name=… ratio=… limit=… ok|short", where the ratio is the measured value over the value that it is compared with.
"""

import hashlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

TEST = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TEST / "e2e"), str(TEST / "support")]

from fleet import Controller, Store, running  # noqa: E402
from imposter import Imposter  # noqa: E402
from node import Node, UnitAgent  # noqa: E402
from processes import AGENT, wait_until  # noqa: E402

RUNS = int(os.environ.get("FLEETMAN_BENCH_RUNS", "5"))
IDLE_CELLS, IDLE_SECONDS, IDLE_POLL_MS = 50, float(os.environ.get("FLEETMAN_BENCH_IDLE_SECONDS", "40")), 5000
MIB = 1024 * 1024

UNIT = """[Unit]
Description=bench{comment}
[Service]
WorkingDirectory={{{{ fleetagent_service_working_dir }}}}
ExecStart={{{{ fleetagent_service_working_dir }}}}/run.sh
[Install]
WantedBy=multi-user.target
"""
# Says when it runs, and when it was told to end.
PROGRAM = """#!/bin/bash
echo "start $EPOCHREALTIME" >>{times}
trap 'echo "end $EPOCHREALTIME" >>{times}; kill $!; exit 0' TERM
sleep 1000000 & wait
"""


def say(name, value, against, limit, unit):
    ratio = value / against
    print(f"  {name}: {value:.3f} {unit} against {against:.3f} {unit}")
    print(f"name={name} ratio={ratio:.3f} limit={limit} {'ok' if ratio <= limit else 'short'}", flush=True)


class Bench:
    def __init__(self, folder):
        self.folder, self.nodes, self.times = folder, folder / "nodes", folder / "times"
        self.nodes.mkdir()
        self.controller = Controller(folder / "controller")
        self.node = Node(folder, "bench01")

    def __enter__(self):
        self.controller.start()
        self.node.up()
        self.store = self.controller.embedded_store()
        self.imposter = Imposter(self.controller.store_port).__enter__()
        return self

    def __exit__(self, *_):
        self.imposter.__exit__()
        self.node.down()
        self.controller.stop()

    def agent(self, direct=True, **settings):
        """`direct`: to the store, not through the imposter, which is slower than either."""
        at = self.store if direct else Store(self.imposter.endpoint)
        return UnitAgent(self.node, self.folder / "agent", at, "node01",
                         f"systemd:\n  service_folder: /etc/systemd/system\n  working_directory: {self.nodes}\n",
                         **{"check_interval_ms": 20, "verify_window_ms": 100, "heartbeat_interval_ms": 60000, **settings})

    def upload(self, cell, version, sizes, unit_comment="", program=None):
        files = {"run.sh": (program or PROGRAM.format(times=self.times)).encode(), "app.service": UNIT.format(comment=unit_comment).encode()}
        for number, size in enumerate(sizes):
            seed = hashlib.sha256(f"{version} {number}".encode()).digest()
            files[f"data{number}.bin"] = (seed * (size // len(seed) + 1))[:size]
        below = f"cells/node01/{cell}/versions/{version}"
        entries = []
        for path, content in files.items():
            self.store.write(f"{below}/{path}", content)
            entries.append({"path": path, "file_type": "text" if path in ("run.sh", "app.service") else "binary",
                            "mode": "0700" if path == "run.sh" else "0600", "size": len(content),
                            "sha256": hashlib.sha256(content).hexdigest()})
        entries.append({"path": "logs/", "file_type": "folder"})
        self.store.write_json(f"{below}/manifest.json", {
            "manifest_name": "bench", "version": version, "profile": "systemd", "bucket": "local",
            "created_at": "2026-01-05T10:00:00+00:00", "files": entries})
        self.store.write_json(f"cells/node01/{cell}/metadata.json", {"manifest_name": "bench", "profile": "systemd"})

    def trigger(self, cell, version):
        """(the trigger's id, when it was written)"""
        identity, now = uuid.uuid4().hex, time.time()
        self.store.write_json(f"cells/node01/{cell}/trigger.json", {"version": version, "id": identity})
        self.ring()
        return identity, now

    def ring(self):
        self.store.write_json("fleetman/nodes/node01.json", {"value": uuid.uuid4().hex})

    def wait_for(self, cell, identity, seconds=300):
        def told():
            status = self.store.read_json(f"cells/node01/{cell}/status.json")
            return status.get("trigger_id") == identity and status.get("state") not in (None, "pending") and status
        status = wait_until(told, seconds, f"{cell} is deployed")
        assert status["status"] == "success", status

    def deploy(self, cell, version):
        identity, _ = self.trigger(cell, version)
        self.wait_for(cell, identity)

    def moments(self):
        """The last start, and the last end before it."""
        lines = [line.split() for line in self.times.read_text().splitlines()]
        start = [float(when) for what, when in lines if what == "start"][-1]
        ends = [float(when) for what, when in lines if what == "end" and float(when) <= start]
        return start, ends[-1] if ends else None

    def agent_pid(self):
        """As this side of the node's pid namespace knows it."""
        inside = self.node.run("systemctl", "show", "--value", "--property=MainPID", "fleetagent").strip()
        for status in pathlib.Path("/proc").glob("[0-9]*/status"):
            try:
                ids = next(line.split()[1:] for line in status.read_text().splitlines() if line.startswith("NSpid:"))
                if len(ids) > 1 and ids[-1] == inside and os.path.samefile(status.parent / "exe", AGENT):
                    return int(ids[0])
            except (OSError, StopIteration):
                continue
        raise LookupError("the agent's process")


def idle(bench):
    """50 cells, 5 s polls: requests a poll, processor time with that of the children, and memory."""
    for number in range(IDLE_CELLS):
        bench.upload(f"idle{number}", "v1.0.0", [100], program="#!/bin/bash\nexec sleep 1000000\n")
    with running(bench.agent(check_interval_ms=50)):
        asked = [(f"idle{number}", bench.trigger(f"idle{number}", "v1.0.0")[0]) for number in range(IDLE_CELLS)]
        for cell, identity in asked:
            bench.wait_for(cell, identity)
    with running(bench.agent(direct=False, check_interval_ms=IDLE_POLL_MS)):
        polls = "/fleetman/nodes/"
        wait_until(lambda: bench.imposter.count("GET", polls) >= 3, 60, "polls")
        process = pathlib.Path("/proc", str(bench.agent_pid()))

        def spent():
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
        began, before = time.monotonic(), spent()
        first, first_polls = bench.imposter.count(), bench.imposter.count("GET", polls)
        time.sleep(IDLE_SECONDS)  # the measurement
        seconds, used = time.monotonic() - began, spent() - before
        count, poll_count = bench.imposter.count() - first, bench.imposter.count("GET", polls) - first_polls
        beats = sum("/agents/" in path for _, path in bench.imposter.requests[first:])
        memory = {line.split()[0]: int(line.split()[1]) / 1024 for line in (process / "smaps_rollup").read_text().splitlines()[1:]}
    print(f"  {poll_count} polls in {seconds:.0f} s: {count} requests, {beats} of them of heartbeats; "
          f"processor {used:.2f} s; resident {memory['Rss:']:.1f} MiB, proportional {memory['Pss:']:.1f} MiB")
    say("idle-requests-a-poll", (count - beats) / poll_count, 1, 1, "requests")
    say("idle-processor", 100 * used / seconds, 0.3, 1, "% of a core")
    say("idle-resident", memory["Rss:"], 10, 1, "MiB")


def time_of(*command, **options):
    began = time.monotonic()
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, timeout=300, **options)
    return time.monotonic() - began


def medians(action):
    values = [action(number) for number in range(RUNS)]
    return statistics.median(values), ", ".join(f"{value * 1000:.0f}" for value in values)


def deploy(bench):
    """From the trigger to running, 10 files of 1 MiB; the same content by aws and by ansible, inside the same node."""
    sizes = [MIB] * 10
    for number in range(RUNS + 1):
        bench.upload("same", f"v1.0.{number}", sizes)
        bench.upload("other", f"v1.0.{number}", sizes, unit_comment=str(number))

    def through_agent(cell):
        def once(number):
            identity, written = bench.trigger(cell, f"v1.0.{number + 1}")
            bench.wait_for(cell, identity)
            return bench.moments()[0] - written
        return once
    with running(bench.agent()):
        bench.deploy("same", "v1.0.0")
        same, all_same = medians(through_agent("same"))
        bench.deploy("other", "v1.0.0")
        other, all_other = medians(through_agent("other"))
    reload, all_reloads = medians(lambda _: time_of(*bench.node.command("exec", bench.node.name, "systemctl", "daemon-reload"),
                                                    env=bench.node.environment))
    print(f"  in ms, of which up to 22 are the wait for the poll: unchanged unit {all_same}; changed unit {all_other}; "
          f"daemon-reload {all_reloads}")
    by_aws, by_ansible = with_aws(bench), with_ansible(bench)
    say("deploy-unchanged-unit", 1000 * same, 100, 1, "ms")
    say("deploy-changed-unit", 1000 * other, 100 + 1000 * reload, 1, "ms")
    say("deploy-against-aws-sync", same, by_aws, 0.3, "s")
    say("deploy-against-ansible", same, by_ansible, 0.3, "s")


def plain_service(bench, name):
    """A folder and a unit that another tool keeps."""
    folder = bench.folder / name
    folder.mkdir()
    unit = UNIT.format(comment="").replace("{{ fleetagent_service_working_dir }}", str(folder))
    bench.node.run("sh", "-c", f"printf '%s' \"$1\" >/etc/systemd/system/{name}.service && systemctl daemon-reload", "sh", unit)
    return folder


def with_aws(bench):
    folder = plain_service(bench, "by-aws")
    environment = {"AWS_ACCESS_KEY_ID": bench.store.access_key, "AWS_SECRET_ACCESS_KEY": bench.store.secret_key,
                   "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}
    given = [f"{name}={value}" for name, value in environment.items()]

    def once(number):
        source = f"s3://{bench.store.bucket}/{bench.store.prefix}/cells/node01/same/versions/v1.0.{number}/"
        began = time.time()
        bench.node.run("env", *given, "sh", "-c", f"/usr/bin/aws --endpoint-url {bench.store.endpoint} s3 sync --delete "
                       f"{source} {folder} && chmod 0700 {folder}/run.sh && systemctl restart by-aws")
        wait_until(lambda: bench.moments()[0] > began, 10)
        return bench.moments()[0] - began
    value, each = medians(once)
    print(f"  aws s3 sync, chmod and systemctl restart, in ms: {each}")
    return value


def with_ansible(bench):
    folder = plain_service(bench, "by-ansible")
    play = bench.folder / "play.json"
    source = bench.folder / "source"

    def once(number):
        shutil.rmtree(source, ignore_errors=True)
        source.mkdir()
        below = f"cells/node01/same/versions/v1.0.{number}/"
        for key in bench.store.keys(below):
            (source / key.removeprefix(below)).write_bytes(bench.store.read(key))
        play.write_text(json.dumps([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [
            {"copy": {"src": f"{source}/", "dest": f"{folder}/", "mode": "0700"}},
            {"systemd": {"name": "by-ansible", "state": "restarted"}}]}]))
        began = time.time()
        bench.node.run("env", "HOME=/root", "LC_ALL=C.UTF-8", "ansible-playbook", "-i", "localhost,", str(play), timeout=200)
        wait_until(lambda: bench.moments()[0] > began, 10)
        return bench.moments()[0] - began
    value, each = medians(once)
    print(f"  ansible-playbook, copy and restart, in ms: {each}")
    return value


def downtime(bench):
    """From the old one's end to the new one's start."""
    def through(cell, size):
        for number in range(2):
            bench.upload(cell, f"v1.0.{number}", [size])
        bench.deploy(cell, "v1.0.0")

        def once(number):
            bench.deploy(cell, f"v1.0.{(number + 1) % 2}")
            start, end = bench.moments()
            return start - end
        return medians(once)
    with running(bench.agent()):
        small, all_small = through("small", MIB)
        large, all_large = through("large", 1024 * MIB)
        restart, all_restarts = medians(lambda _: restarted(bench, "fleetman-small"))
    print(f"  in ms: 1 MiB {all_small}; 1 GiB {all_large}; systemctl restart {all_restarts}")
    say("downtime-1MiB", 1000 * small, 1000 * restart + 100, 1, "ms")
    say("downtime-1GiB", 1000 * large, 1000 * restart + 100, 1, "ms")


def restarted(bench, unit):
    began = time.time()
    bench.node.run("systemctl", "restart", unit)
    wait_until(lambda: bench.moments()[0] > began, 10)
    start, end = bench.moments()
    return start - end


def rollback(bench):
    """`fleetagent rollback` by hand, to running, with the store stopped."""
    for number in range(2):
        bench.upload("back", f"v1.0.{number}", [MIB] * 10)
    agent = bench.agent()
    with running(agent):
        for number in range(2):
            bench.deploy("back", f"v1.0.{number}")
        restart, all_restarts = medians(lambda _: restarted(bench, "fleetman-back"))
        bench.controller.stop()

        def once(number):
            began = time.time()
            bench.node.run(str(AGENT), "rollback", "back", f"v1.0.{number % 2}", "--config", str(agent.config))
            wait_until(lambda: bench.moments()[0] > began, 10)
            return bench.moments()[0] - began
        value, each = medians(once)
    bench.controller.start()
    print(f"  in ms: from the command to running {each}; systemctl restart {all_restarts}")
    say("rollback-without-store", 1000 * value, 1000 + 1000 * restart, 1, "ms")


BENCHES = {"idle": idle, "deploy": deploy, "downtime": downtime, "rollback": rollback}


def main(names):
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} processors, load {load:.1f}" + (": not a quiet machine" if load > 0.5 else ""))
    for name in names or BENCHES:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="fleetman-", dir="/tmp"))
        try:
            with Bench(folder) as bench:
                print(f"{name}: {BENCHES[name].__doc__}", flush=True)
                BENCHES[name](bench)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
