"""1 GiB to a file, its MD5 held against the ETag: ours in one process, the peer's with what a careful person types."""

import shlex

from measure import in_turn, scratch

from .commands import lone_store, memory_folder, ours, printed, run

SIZE = 1 << 30
BLOCK = 1 << 20


def make_file(file):
    with open("/dev/urandom", "rb") as noise, open(file, "wb") as made:
        for _ in range(SIZE // BLOCK):
            made.write(noise.read(BLOCK))


def by_curl(url, file, expected):
    """As a shell has it: the sum on the way to the file, compared at the end."""
    script = f"curl --silent --fail --noproxy '*' {shlex.quote(url)} | tee {file} | openssl dgst -md5 -r | grep -q {expected}"
    return ["bash", "-o", "pipefail", "-c", script]


def measure(report):
    wall, processor = report.add_series("fleetman"), report.add_series("fleetman: processor")
    peer_wall, peer_processor = report.add_series("curl | tee | openssl"), report.add_series("curl | tee | openssl: processor")
    resident = report.add_series("fleetman: resident", "MiB")
    with scratch() as folder, lone_store(folder) as store, memory_folder() as memory:
        source, target = memory / "source", memory / "target"
        make_file(source)
        with open(source, "rb") as body:
            expected = store.client.put_object(Bucket=store.bucket, Key="large", Body=body)["ETag"].strip('"')
        source.unlink()
        url = printed(ours(store, "presign", "large"))

        def fetch(command):
            target.unlink(missing_ok=True)
            cost = run(command)
            assert target.stat().st_size == SIZE
            return cost

        def mine():
            cost = fetch(ours(store, "get", "large", target))
            return cost.wall, cost.processor, cost.resident

        def theirs():
            cost = fetch(by_curl(url, target, expected))
            return cost.wall, cost.processor

        in_turn([((wall, processor, resident), mine), ((peer_wall, peer_processor), theirs)], 5, 150)
    report.bar("by curl", wall.median() / peer_wall.median(), 1.1, "×")
    report.bar("by curl: processor", processor.median() / peer_processor.median(), 1.2, "×")
    report.bar("resident", max(resident.judged()), 32, "MiB")
