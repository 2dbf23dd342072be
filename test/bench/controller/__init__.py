"""What the controller makes of a large fleet: 10,000 agents and 20,000 cells, played into a store on loopback."""

from . import assets, events, heartbeats, lists, memory, publish, refresh, uploads

ROWS = {
    "agents": ("GET /api/v1/agents?limit=1000 of 10,000, 64 connections, beside nginx with the same bytes", lists.measure),
    "assets": ("files of the page, 64 connections, beside nginx", assets.measure),
    "refresh": ("a look at 10,000 agents of which 100 changed", refresh.measure),
    "heartbeats": ("10,000 heartbeats a minute", heartbeats.measure),
    "publish": ("20 files, 5 MiB, to 200 cells on Ceph's gateway, beside the same copies by the bare client", publish.measure),
    "events": ("from a heartbeat's put to its event", events.measure),
    "memory": ("resident with 10,000 agents and 20,000 cells, all of them listed", memory.measure),
    "uploads": ("what 200 uploads at once of 1 GiB each add to that", uploads.measure),
}
