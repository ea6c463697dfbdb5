"""Probes of services, offices, contacts and announcements."""

from security_probes import Probe, node, shown
from security_side import Ask, Side
from security_world import World

TYPES = {
    "Service": "service",
    "Office": "office",
    "Contact": "contact",
    "Announcement": "announcement",
    "ServiceList": "service_list",
    "Directory": "directory",
    "AnnouncementList": "announcement_list",
}


def _withdraw(_world: World, victim: Side, _me: Side) -> Ask:
    path = f"/admin/nodes/{victim.ids['announcement']}/withdraw"
    return Ask(path, [("reason", "Falsches Datum")])


def _withdrawn(world: World) -> bool:
    (row,) = world.rows("node", id=world.victim.ids["announcement"])
    return "Falsches Datum" in str(row["body"])


PUBLIC = set(TYPES)
PROBES = {
    **{(name, "GET"): [shown(kind)] for name, kind in TYPES.items()},
    ("admin.node.withdraw", "GET"): [node("asking why", "announcement", "/withdraw")],
    ("admin.node.withdraw", "POST"): [Probe("withdrawing", _withdraw, _withdrawn)],
}
ROLES = {
    "editor": {("admin.node.withdraw", "GET"), ("admin.node.withdraw", "POST")},
}
