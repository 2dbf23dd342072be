"""GET /events as a program reads it."""

import http.client
import json
import time
import urllib.parse


class Follower:
    """Reads events from a controller, from now on or after an event."""

    def __init__(self, api, after=None, headers=None):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(api.url).netloc, timeout=40)
        self.connection.request("GET", "/api/v1/events", headers={**(headers or {}),
                                                                  **({"Last-Event-ID": after} if after else {})})
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, self.answer.read()
        self.last_id = after
        self.told = []
        while self.last_id == after:  # it begins with where it stands
            assert self._line() is not None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def next(self):
        """Kind and content of the next event; None at the end of the stream."""
        kind = None
        while (line := self._line()) is not None:
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                self.told.append((kind, json.loads(line.removeprefix("data: "))))
                return self.told[-1]
        return None

    def wait_for(self, kind, fits, seconds=60):
        """The content of the first such event."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            event = self.next()
            assert event is not None, f"the stream ended after {self.told}"
            if event[0] == kind and fits(event[1]):
                return event[1]
        raise AssertionError(f"no such {kind} within {seconds} s, but {self.told}")

    def ends(self, seconds=10):
        """Whether the stream ends by itself, before its next sign of life would be due."""
        self.connection.sock.settimeout(seconds)
        try:
            while self.next() is not None:
                pass
            return True
        except TimeoutError:
            return False

    def _line(self):
        """None at the end."""
        line = self.answer.readline().decode()
        if line.startswith("id: "):
            self.last_id = line.removeprefix("id: ").strip()
        return line.rstrip("\n") if line else None
