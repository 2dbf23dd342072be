"""What the controller makes of a large fleet: 10,000 agents and 20,000 cells, played into a store on loopback."""

from . import assets, events, lists, load, memory, refresh

ROWS = {
    "agents": ("GET /api/v1/agents?limit=1000 of 10,000, 64 connections, beside nginx with the same bytes", lists.measure),
    "assets": ("a file of the page, 64 connections, beside nginx", assets.measure),
    "refresh": ("a look at 10,000 agents of which 100 changed", refresh.measure),
    "heartbeats": ("10,000 heartbeats a minute", load.measure),
    "events": ("from a heartbeat's put to its event", events.measure),
    "memory": ("resident with 10,000 agents and 20,000 cells, all of them listed", memory.measure),
}
