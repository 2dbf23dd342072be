"""A small HTTP service: says which version answers, from which cell, and the greeting that was configured for it."""

import configparser
import http.server
import json
import os
import pathlib
import signal
import sys
import time

FOLDER = pathlib.Path(__file__).resolve().parent


def read_settings():
    # cell.ini is rendered by the agent; settings.ini comes with the version and is what a cell overrides.
    settings = configparser.ConfigParser()
    for name in ("cell.ini", "settings.ini"):
        with open(FOLDER / name, encoding="utf-8") as file:
            settings.read_file(file)
    return settings


SETTINGS = read_settings()
VERSION = (FOLDER / "version.txt").read_text(encoding="utf-8").strip()
STARTED = time.time()


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/":
            self.send_error(404)
            return
        body = json.dumps({
            "version": VERSION,
            "greeting": SETTINGS["hello"]["greeting"],
            "cell": SETTINGS["cell"]["id"],
            "folder": SETTINGS["cell"]["folder"],
            "pid": os.getpid(),
            "up_seconds": round(time.time() - STARTED, 3),
        }, indent=2).encode() + b"\n"
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        # To stdout.log, so that stderr.log holds what went wrong and nothing else.
        print(self.address_string(), arguments[0] % arguments[1:], flush=True)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    address = (SETTINGS["hello"]["address"], SETTINGS["hello"].getint("port"))
    with http.server.ThreadingHTTPServer(address, Hello) as server:
        print(f"hello {VERSION} listens on {address[0]}:{address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
