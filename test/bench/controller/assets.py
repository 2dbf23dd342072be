"""The page's script, and the largest file that comes with it, by 64 connections that ask again and again."""

from .fleet import fleet
from .nginx import beside_nginx


def measure(report):
    with fleet(1) as here:
        beside_nginx(report, "page.mjs", here.api.url + "/assets/page.mjs", 1.0, 70)
        beside_nginx(report, "openapi.json", here.api.url + "/api/openapi.json", 1.0, 70)
