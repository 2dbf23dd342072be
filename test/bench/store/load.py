"""Presigned requests by wrk, on one thread: each has a signature for the server to verify, and none for the load to make."""

import dataclasses
import re
import subprocess

from s3_client import S3Client

CONNECTIONS, SECONDS = 64, 4
EXPIRES = 3600

# Each request is the next of the list; all have the same body.
LUA = """
local paths, body, at = {{ {paths} }}, string.rep("b", {size}), 0
function request()
    at = at % #paths + 1
    return wrk.format("PUT", paths[at], nil, body)
end
"""


@dataclasses.dataclass
class Load:
    rate: float  # requests a second
    requests: int
    p99: float  # milliseconds


def wrk(url, *options, connections=CONNECTIONS, seconds=SECONDS):
    """Fails when an answer is none, or an error."""
    run = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}", "--latency", *options, url], capture_output=True,
                         text=True, timeout=seconds + 30, check=True)
    assert "Non-2xx" not in run.stdout and "Socket errors" not in run.stdout, run.stdout
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)\b", run.stdout).groups()
    return Load(float(re.search(r"Requests/sec:\s+([\d.]+)", run.stdout)[1]),
                int(re.search(r"(\d+) requests in", run.stdout)[1]), float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit])


def presigned(store, operation, **parameters):
    return presigning(store)(operation, **parameters)


def presigning(store):
    """A function of an operation and its parameters. By SigV4, which boto3 signs URLs with only when it is told to."""
    client = S3Client(int(store.endpoint.rpartition(":")[2]), store.access_key, store.secret_key).boto3()

    def sign(operation, **parameters):
        return client.generate_presigned_url(operation, {"Bucket": store.bucket, **parameters}, EXPIRES)
    return sign


def puts(store, folder, size, keys=1000):
    """A script for wrk that puts bodies of `size` to one key after another, and the URL that goes with it."""
    sign = presigning(store)
    urls = [sign("put_object", Key=f"put/{number}") for number in range(keys)]
    paths = ", ".join('"' + url.removeprefix(store.endpoint) + '"' for url in urls)
    script = folder / "put.lua"
    script.write_text(LUA.format(paths=paths, size=size))
    return script, store.endpoint
