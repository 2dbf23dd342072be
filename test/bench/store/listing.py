"""A page of names, asked for by one client after another, of a bucket with few keys and of one with many."""

from measure import in_turn, scratch

from .load import presigned, wrk
from .servers import fill, lone_store

FEW, MANY, PAGE = 10_000, 1_000_000, 1000


def measure(report):
    few, many = (report.add_series(f"99 of 100 of {count:,} keys") for count in (FEW, MANY))
    with scratch() as folder, lone_store(folder / "few") as small, lone_store(folder / "many") as large:
        urls = []
        for server, count in ((small, FEW), (large, MANY)):
            for prefix in ("a/", "b/"):  # the prefix is neither the first nor all of the bucket
                fill(server.store(), prefix, count // 2)
            urls.append(presigned(server.store(), "list_objects_v2", Prefix="b/", MaxKeys=PAGE))
        in_turn([(few, lambda: wrk(urls[0], connections=1).p99), (many, lambda: wrk(urls[1], connections=1).p99)], 5, 60)
    report.bar(f"99 of 100 of {MANY:,} keys", many.median(), 10)
    report.bar(f"{MANY:,} by {FEW:,} keys", many.median() / few.median(), 1.5, "×")
