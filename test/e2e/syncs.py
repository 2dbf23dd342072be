"""What a process asks of the disk: counted, and held back when a test wants that (test/support/preload)."""

import contextlib

from processes import BUILD

LIBRARY = BUILD / "test/libsyncs.so"


class Syncs:
    def __init__(self, file):
        self.file = file
        self.file.write_bytes(bytes(16))
        self.environment = {"LD_PRELOAD": str(LIBRARY), "FLEETMAN_SYNCS": str(file)}

    def count(self):
        return self._read(0)

    @contextlib.contextmanager
    def held(self):
        """Meanwhile every sync waits."""
        self._write(1)
        try:
            yield
        finally:
            self._write(0)

    def _read(self, at):
        return int.from_bytes(self.file.read_bytes()[at:at + 8], "little")

    def _write(self, held):
        with open(self.file, "r+b") as shared:
            shared.seek(8)
            shared.write(held.to_bytes(8, "little"))
