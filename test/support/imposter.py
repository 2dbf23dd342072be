"""A proxy in front of an S3 store that counts requests, and answers chosen ones as a bad day would.

    with Imposter(store_port) as imposter:
        imposter.on("GET", "/versions/", Fault.cut(100), times=2)

Requests go on as they came, with their Host header, so that signatures stay valid. The first rule that matches decides.
"""

import dataclasses
import http.client
import http.server
import socket
import threading
import typing


@dataclasses.dataclass(frozen=True)
class Fault:
    """What becomes of a request."""

    seconds: float = 0  # waited first
    status: int | None = None  # answered in place of the store
    cut_at: int | None = None  # the connection ends behind that many bytes of the body; -1: without any answer
    done: bool = False  # when there is no answer, the store has been asked all the same
    change: typing.Callable[[bytes], bytes] | None = None  # of the store's body, under its headers

    @classmethod
    def slow(cls, seconds):
        return cls(seconds=seconds)

    @classmethod
    def error(cls, status):
        return cls(status=status)

    @classmethod
    def cut(cls, after=-1):
        return cls(cut_at=after)

    @classmethod
    def lost(cls):
        """The store does it, and nobody hears of it."""
        return cls(cut_at=-1, done=True)

    @classmethod
    def corrupt(cls):
        """The same length, one byte of it wrong."""
        return cls(change=lambda body: body[:-1] + bytes([body[-1] ^ 1]) if body else body)


@dataclasses.dataclass
class _Rule:
    method: str
    part: str
    fault: Fault
    left: float
    seen: typing.Callable[[], None] | None
    skip: int = 0  # of those that match, the first so many pass
    besides: typing.Callable[[str, str], bool] | None = None  # those are not looked at


class Imposter:
    def __init__(self, store_port, port=0):
        self._store_port, self._lock, self._rules, self.requests = store_port, threading.Lock(), [], []
        self._stopping = threading.Event()
        self._server = _Server(("127.0.0.1", port), self._handler())
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def on(self, method, part, fault, times=float("inf"), seen=None, skip=0, besides=None):
        """`method` may be "" for any; `part` is of path and query; `seen` is called before the request goes on; the first
        `skip` that match pass; what is true for `besides` (method, path) does not match."""
        with self._lock:
            self._rules.append(_Rule(method, part, fault, times, seen, skip, besides))

    def down(self):
        """From now on nobody answers."""
        with self._lock:
            self._rules = [_Rule("", "", Fault.cut(), float("inf"), None)]

    def well_again(self):
        with self._lock:
            self._rules = []

    def count(self, method="", part="", besides=None):
        with self._lock:
            return sum(method in one and part in path and not (besides and besides(one, path)) for one, path in self.requests)

    def _fault_for(self, method, path):
        with self._lock:
            self.requests.append((method, path))
            for rule in self._rules:
                if rule.left > 0 and rule.method in ("", method) and rule.part in path and not (
                        rule.besides and rule.besides(method, path)):
                    if rule.skip > 0:
                        rule.skip -= 1
                        continue
                    rule.left -= 1
                    return rule.fault, rule.seen
        return Fault(), None

    def _handler(imposter):  # noqa: N805
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            upstream = None

            def handle_one(self):
                fault, seen = imposter._fault_for(self.command, self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if seen:
                    seen()
                if fault.seconds:
                    imposter._stopping.wait(fault.seconds)
                if fault.status is not None:
                    return self._answer(fault.status, [("Content-Length", "0")], b"", fault)
                if fault.cut_at == -1:
                    if fault.done:
                        self._ask_store(body)
                    return self._cut()
                return self._answer(*self._ask_store(body), fault)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_one

            def _ask_store(self, body):
                for attempt in range(2):  # a connection that the store closed meanwhile is made anew
                    if self.upstream is None:
                        self.upstream = http.client.HTTPConnection("127.0.0.1", imposter._store_port, timeout=60)
                    try:
                        self.upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                        for name, value in self.headers.items():
                            if name.lower() != "expect":
                                self.upstream.putheader(name, value)
                        self.upstream.endheaders(body or None)
                        answer = self.upstream.getresponse()
                        return answer.status, answer.getheaders(), answer.read()
                    except (OSError, http.client.HTTPException):
                        self.upstream.close()
                        self.upstream = None
                return 502, [("Content-Length", "0")], b""

            def _answer(self, status, headers, body, fault):
                self.send_response_only(status)
                for name, value in headers:
                    if name.lower() not in ("transfer-encoding", "connection"):
                        self.send_header(name, value)
                if not any(name.lower() == "content-length" for name, _ in headers) and status not in (204, 304):
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                body = fault.change(body) if fault.change else body
                self.wfile.write(body if fault.cut_at is None else body[:fault.cut_at])
                if fault.cut_at is not None:
                    self._cut()

            def _cut(self):
                self.close_connection = True
                self.wfile.flush()
                self.connection.shutdown(socket.SHUT_RDWR)

            def handle(self):
                try:
                    super().handle()
                except OSError:
                    pass  # the other end has gone
                finally:
                    if self.upstream is not None:
                        self.upstream.close()

            def log_message(self, *_):
                pass

        return Handler


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
