"""All names below a prefix."""

from measure import in_turn, scratch

from .commands import aws, aws_settings, lone_store, ours, printed, run

COUNT = 100_000


def measure(report):
    series = {name: (report.add_series(name), report.add_series(f"{name}: processor")) for name in ("fleetman", "aws s3api")}
    with scratch() as folder, lone_store(folder) as store:
        run(ours(store, "fill", "many/", COUNT, 1, 64))
        assert printed(ours(store, "list", "many/")) == str(COUNT)
        commands = {
            "fleetman": ours(store, "list", "many/"),
            "aws s3api": aws(store, "s3api", "list-objects-v2", "--bucket", store.bucket, "--prefix", "many/"),
        }

        def listed(command):
            cost = run(command, env=aws_settings(store))
            return cost.wall, cost.processor

        in_turn([(series[name], lambda name=name: listed(commands[name])) for name in commands], 5, 180)
    report.bar("processor by aws", series["fleetman"][1].median() / series["aws s3api"][1].median(), 0.2, "×")
    report.note(f"wall by aws {series['fleetman'][0].median() / series['aws s3api'][0].median():.3f} ×")
