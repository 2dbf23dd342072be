"""A page of 1,000 of 10,000 agents, by 64 connections that ask again and again while the fleet is looked at each 5 s."""

from .fleet import fleet
from .nginx import beside_nginx


def measure(report):
    with fleet(10_000, cells_each=2) as here:
        here.wait_for_running(20_000)
        beside_nginx(report, "the page", here.api.url + "/api/v1/agents?limit=1000", 0.8, 90)
