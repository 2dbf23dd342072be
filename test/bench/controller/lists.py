"""A page of 1,000 of 10,000 agents, by 64 connections that ask again and again."""

from .fleet import beside_nginx, fleet

PAGE = "/api/v1/agents?limit=1000"


def measure(report):
    with fleet(10_000, cells_each=0) as here:
        beside_nginx(report, here.url + PAGE, here.text(PAGE).encode(), 0.8)
