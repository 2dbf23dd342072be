"""The embedded store beside nginx, which serves files as quickly as anything, and Ceph's gateway, which is a whole S3 server."""

from . import listing, memory, reading, writing

ROWS = {
    "get-1k": ("1 KiB, 64 connections, beside nginx and Ceph's gateway in memory", reading.one_kibibyte),
    "get-1m": ("1 MiB, 64 connections, beside nginx with sendfile", reading.one_mebibyte),
    "put-1k": ("1 KiB, durably, 64 connections, beside Ceph's gateway on bluestore", writing.measure),
    "list": ("1,000 of 1,000,000 keys below a prefix", listing.measure),
    "memory": ("resident with 1,000,000 objects", memory.measure),
}
