"""The same objects, fewer of them, beside the two clients that are in everybody's hands."""

import os

from measure import in_turn, scratch

from .commands import aws, aws_settings, emptied, lone_store, memory_folder, ours, run

COUNT, BYTES, AT_A_TIME = 1000, 16 << 10, 32
CLIENTS = ("fleetman", "aws s3 sync", "s3cmd sync")


def s3cmd(store, *what):
    return ["s3cmd", "--config=/dev/null", f"--access_key={store.access_key}", f"--secret_key={store.secret_key}",
            f"--host={store.endpoint.removeprefix('http://')}", f"--host-bucket={store.endpoint.removeprefix('http://')}",
            "--no-ssl", "--region=us-east-1", "--quiet", "--no-progress", *what]


def measure(report):
    series = {name: (report.add_series(f"down, {name}"), report.add_series(f"down, {name}: processor")) for name in CLIENTS}
    with scratch() as folder, lone_store(folder) as store, memory_folder() as memory:
        run(ours(store, "fill", "down/", COUNT, BYTES, AT_A_TIME))
        target = memory / "target"
        place = f"s3://{store.bucket}/down/"
        commands = {
            "fleetman": ours(store, "download", "down/", target, AT_A_TIME),
            "aws s3 sync": aws(store, "s3", "sync", "--only-show-errors", place, target),
            "s3cmd sync": s3cmd(store, "sync", place, f"{target}/"),
        }

        def fetched(command):
            emptied(target)
            cost = run(command, env=aws_settings(store))
            assert len(os.listdir(target)) == COUNT
            return cost.wall, cost.processor

        in_turn([(series[name], lambda name=name: fetched(commands[name])) for name in CLIENTS], 3, 150)
    for name in CLIENTS[1:]:
        for which, what in enumerate(("down", "processor")):
            report.bar(f"{what} by {name}", series["fleetman"][which].median() / series[name][which].median(), 1, "×")
