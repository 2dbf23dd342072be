"""Watches a service from outside: since when it has been gone, and since when it has been back."""

import socket
import threading
import time

# Answers on a port with one byte, and keeps the connection: nothing to load, so that little of what is measured is its
# own start.
SERVER = """#!/usr/bin/python3 -IS
import socket
listening = socket.create_server(("127.0.0.1", {port}))
clients = []
while True:
    client = listening.accept()[0]
    client.sendall(b"+")
    clients.append(client)
"""


class Prober:
    """Holds a connection; when that ends, the service is down until the next one is taken."""

    def __init__(self, port):
        self.port, self.gaps, self._stop = port, [], False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def gap(self, since, seconds=120):
        """(down at, up again at) of the first gap after the `since` that were there, in seconds of time.monotonic()."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.gaps) > since, seconds):
                raise TimeoutError("the service did not go down and come back")
            return self.gaps[since]

    def stop(self):
        self._stop = True

    def _run(self):
        down = None
        while not self._stop:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=600) as held:
                    if held.recv(1) != b"+":  # taken by a socket whose process was ending
                        continue
                    up = time.monotonic()
                    if down is not None:
                        with self._changed:
                            self.gaps.append((down, up))
                            self._changed.notify_all()
                    held.recv(1)
                    down = time.monotonic()
            except OSError:
                time.sleep(0.0005)
