"""What the agent costs, and how long it takes: a node with a real systemd, and a store on loopback."""

from . import deploy, downtime, idle, peers, reuse, rollback

ROWS = {
    "idle": ("50 cells on systemd, polled each 5 s", idle.measure),
    "deploy": ("from the poll that sees the trigger to running, 10 files, 10 MiB", deploy.measure),
    "peers": ("the same content by aws s3 sync and by ansible-core", peers.measure),
    "downtime": ("how long the service is down in an upgrade of 1 MiB and of 1 GiB", downtime.measure),
    "reuse": ("a new version with 1 of 200 files changed", reuse.measure),
    "rollback": ("back to the release before, with the store stopped", rollback.measure),
}
