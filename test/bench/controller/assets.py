"""The page's first script, its largest style sheet, and the API's description, by 64 connections that ask again and again."""

import re
import urllib.request

from .fleet import fleet
from .nginx import beside_nginx


def asset(url, name):
    """Its address, whose middle part is the hash of all that the page consists of."""
    with urllib.request.urlopen(url + "/", timeout=10) as index:
        found = re.search(rf'"(/assets/\w+/{re.escape(name)})"', index.read().decode())
    assert found, f"the page does not name {name}"
    return url + found[1]


def measure(report):
    with fleet(1) as here:
        for name in ("app.mjs", "css/parts.css"):
            beside_nginx(report, name.rpartition("/")[2], asset(here.api.url, name), 1.0, 50)
        beside_nginx(report, "openapi.json", here.api.url + "/api/openapi.json", 1.0, 50)
