"""The S3 client as a command beside the clients that people use, on the same server with the same objects."""

from . import large, listing, others, signature, small

ROWS = {
    "gateway": ("5,000 objects of 16 KiB, 32 at a time, on Ceph's gateway, beside rclone", small.on_the_gateway),
    "store": ("the same on the embedded store", small.on_the_store),
    "others": ("1,000 of them on the embedded store, beside aws s3 sync and s3cmd", others.measure),
    "large": ("1 GiB to a file, held against its MD5, beside curl and openssl", large.measure),
    "list": ("the names of 100,000 objects, beside aws s3api", listing.measure),
    "signature": ("one signature, with the day's key at hand", signature.measure),
}
