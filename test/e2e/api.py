"""The controller's JSON API as a test speaks it: paths below /api/v1, dictionaries in and out."""

import json
import urllib.error
import urllib.request


class Refused(AssertionError):
    """An answer of 400 or more, with the problem document."""

    def __init__(self, method, path, status, problem):
        super().__init__(f"{method} {path}: {status} {problem}")
        self.status = status
        self.problem = problem


class Api:
    def __init__(self, url):
        self.url = url

    def call(self, method, path, body=None, raw=None, timeout=100):
        """The answer's body: decoded when it is JSON, else bytes."""
        data = raw if body is None else json.dumps(body).encode()
        kind = "application/octet-stream" if body is None else "application/json"
        request = urllib.request.Request(self.url + "/api/v1" + path, data, {"Content-Type": kind} if data is not None else {},
                                         method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return self._decode(answer.headers.get_content_type(), answer.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                problem = self._decode(refusal.headers.get_content_type(), refusal.read())
            raise Refused(method, path, refusal.code, problem) from None

    @staticmethod
    def _decode(kind, body):
        return json.loads(body) if body and kind.endswith("json") else body

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body=None):
        return self.call("POST", path, body)

    def put(self, path, body):
        return self.call("PUT", path, body)

    def patch(self, path, body):
        return self.call("PATCH", path, body)

    def delete(self, path):
        return self.call("DELETE", path)

    def raw(self, path):
        """The text at a path beside the API."""
        with urllib.request.urlopen(self.url + path, timeout=100) as answer:
            return answer.read().decode()

    def upload(self, path, content):
        return self.call("PUT", path, raw=content if isinstance(content, bytes) else content.encode())

    def exists(self, path):
        try:
            self.get(path)
            return True
        except Refused as refusal:
            if refusal.status == 404:
                return False
            raise

    def refused(self, status, method, path, body=None):
        """That it is refused so; the problem document."""
        try:
            self.call(method, path, body)
        except Refused as refusal:
            assert refusal.status == status, refusal
            return refusal.problem
        raise AssertionError(f"{method} {path} was not refused")
