"""The page's script, by 64 connections that ask again and again."""

from .fleet import beside_nginx, fleet

PAGE = "/assets/page.mjs"


def measure(report):
    with fleet(1, cells_each=0) as here:
        beside_nginx(report, here.url + PAGE, here.text(PAGE).encode(), 1.0)
