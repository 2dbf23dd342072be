"""nginx with one worker, and what loads it and us alike."""

import contextlib
import os
import re
import subprocess
import urllib.request

from measure import in_turn, scratch
from processes import Program, free_port


CONNECTIONS = 64
SECONDS = 4  # of each measurement

# As Debian has it, but for what it would write to the disk. `sendfile`, `tcp_nopush` and an ETag are its defaults or Debian's.
CONFIGURATION = """
worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; {more}
    types {{ text/javascript mjs; text/css css; application/json json; }}
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}"""


@contextlib.contextmanager
def nginx(name, content, more=""):
    """Yields the URL of a file with this content; `more` are directives."""
    with scratch() as folder:
        os.chmod(folder, 0o755)  # its worker is www-data
        (folder / name).write_bytes(content)
        port = free_port()
        (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, port=port, more=more))
        program = Program(folder / "log", "/usr/sbin/nginx", "-c", folder / "nginx.conf").start()
        url = f"http://127.0.0.1:{port}/{name}"
        try:
            program.wait_until(lambda: urllib.request.urlopen(url, timeout=5).read() == content)
            yield url
        finally:
            program.stop()


def requests_a_second(url):
    """By wrk, on one thread, which counts answers that are none."""
    run = subprocess.run(["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}", url], capture_output=True, text=True,
                         timeout=SECONDS + 30, check=True)
    assert "Non-2xx" not in run.stdout and "Socket errors" not in run.stdout, run.stdout
    return float(re.search(r"Requests/sec:\s+([\d.]+)", run.stdout)[1])


def beside_nginx(report, title, ours_url, least, seconds):
    """Ours and nginx in turn, with the same bytes; nginx once more with its files kept open, which is told and not judged."""
    with urllib.request.urlopen(ours_url, timeout=30) as answer:
        content = answer.read()
    ours = report.add_series(f"{title}, {len(content)} bytes: fleetman", "requests/s")
    theirs = report.add_series("nginx", "requests/s")
    kept = report.add_series("nginx with open_file_cache", "requests/s")
    with nginx("file.json", content) as url, nginx("file.json", content, "open_file_cache max=100;") as kept_url:
        in_turn([(ours, lambda: requests_a_second(ours_url)), (theirs, lambda: requests_a_second(url)),
                 (kept, lambda: requests_a_second(kept_url))], 5, seconds)
    report.floor(f"{title}: fleetman by nginx", ours.median() / theirs.median(), least)
    report.note(f"{title}: fleetman by nginx with open_file_cache {ours.median() / kept.median():.3f} ×")
