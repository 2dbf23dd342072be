"""What a broken or malicious client sends to each route of the description, over the network."""

import http.client
import json
import urllib.parse

SEGMENTS = ["..", "%2e%2e", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "a%2fb", "%00", "%0a", "%ff", "%zz", "%20", "v1.02.0",
            "%E2%98%83", "x" * 300, "x" * 5000]
PARAMETERS = ["", "0", "-1", "1001", "x", "9" * 40, "%00", "..%2f", "x" * 5000]
FIELDS = ["*", '"', '"x', ", ,", 'W/"x"', "bytes=5-2", "bytes=0-" + "9" * 30, "x" * 5000]
VALUES = [None, True, -1, 1.5, 2 ** 63, "", "../../etc/passwd", "a\0b", "a\nb", "x" * 5000, [], [[]], {}, {"a": 1}]
BODIES = [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a":1e999}', b"[" * 20_000, b" " * 5_000_000]


class Visitor:
    """Sends over one connection as long as the server keeps it."""

    def __init__(self, url, description):
        self.netloc, self.description = urllib.parse.urlsplit(url).netloc, description
        self.connection, self.sent, self.faults = None, 0, []

    def visit(self):
        """Every route; what was wrong with the answers."""
        for path, item in self.description["paths"].items():
            for method, what in item.items():
                if method != "parameters" and not self._is_endless(what):
                    self._visit_one(path, method, what, item.get("parameters", []) + what.get("parameters", []))
        return self.faults

    @staticmethod
    def _is_endless(what):
        return "text/event-stream" in what["responses"].get("200", {}).get("content", {})

    def _visit_one(self, path, method, what, parameters):
        named = [one for one in parameters if one["in"] == "path"]
        plain = self._fill(path, named, {})
        media = what.get("requestBody", {}).get("content", {})
        send = lambda target, body=None, headers=None: self._send(method, path, what, target, body, headers or {})
        for one in named:
            for segment in SEGMENTS:
                send(self._fill(path, named, {one["name"]: segment}))
        for one in parameters:
            if one["in"] == "query":
                for value in PARAMETERS:
                    send(f"{plain}?{one['name']}={value}")
            elif one["in"] == "header":
                for value in FIELDS:
                    send(plain, b"", {one["name"]: value})
        if "application/json" in media:
            for body in [*BODIES, *self._bodies(media["application/json"]["schema"])]:
                send(plain, body)
        send(plain, b"x" * 100_000)

    @staticmethod
    def _fill(path, named, values):
        for one in named:
            examples = one["schema"].get("examples", ["x"])
            path = path.replace("{" + one["name"] + "}", values.get(one["name"], str(examples[0])))
        return path

    def _bodies(self, schema):
        """Each member of every value."""
        members = self._members(schema)
        for name in members:
            for value in VALUES:
                yield json.dumps({**{other: "x" for other in members}, name: value}).encode()

    def _members(self, schema):
        if "$ref" in schema:
            schema = self.description["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        names = list(schema.get("properties", {}))
        for part in schema.get("allOf", []) + schema.get("oneOf", []):
            names += [name for name in self._members(part) if name not in names]
        return names

    def _send(self, method, path, what, target, body, headers):
        self.sent += 1
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.netloc, timeout=30)
            if body:
                headers = {"Content-Type": "application/json", **headers}
            self.connection.request(method.upper(), target, body, headers)
            answer = self.connection.getresponse()
            answer.read()
            if answer.will_close:
                self._hang_up()
        except (ConnectionError, http.client.BadStatusLine):
            return self._hang_up()  # refused before all of it was sent
        announced = what["responses"].get(str(answer.status), what["responses"].get("default", {}))
        kind = answer.headers.get_content_type() if answer.headers.get("Content-Type") else None
        if answer.status >= 500 and str(answer.status) not in what["responses"]:
            self.faults.append(f"{method} {path} as {target[:200]} with {body and body[:200]}: {answer.status}")
        elif kind and kind not in [described.split(";")[0] for described in announced.get("content", {})]:
            self.faults.append(f"{method} {path} as {target[:200]}: {answer.status} is {kind}")

    def _hang_up(self):
        if self.connection is not None:
            self.connection.close()
        self.connection = None
