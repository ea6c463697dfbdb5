"""Probes of the report on broken links."""

from security_probes import Probe, column, get
from security_side import Ask, Side
from security_world import World


def _ignore(world: World, victim: Side, _me: Side) -> Ask:
    (row,) = world.rows("link_check", tenant_id=victim.town.tenant_id)
    return Ask("/admin/links", [("link", str(row["id"])), ("do", "ignore")])


def _check(world: World, victim: Side, _me: Side) -> Ask:
    (row,) = world.rows("link_check", tenant_id=victim.town.tenant_id)
    return Ask("/admin/links", [("link", str(row["id"])), ("do", "check")])


def _waits(world: World) -> bool:
    return any(
        "check_link" in str(row) and row["tenant_id"] == world.victim.town.tenant_id
        for row in world.rows("job")
    )


def _show(name: str) -> Probe:
    return get(f"broken links, {name}", lambda _side: f"/admin/links?show={name}")


PROBES = {
    ("admin.links", "GET"): [_show(name) for name in ("inside", "anchors", "outside", "ignored")],
    ("admin.links", "POST"): [
        Probe("checking a link now", _check, _waits),
        Probe("ignoring a link", _ignore, column("link_check", "ignored", expected=True)),
    ],
}
ROLES = {
    "author": {("admin.links", "GET")},
    "reviewer": {("admin.links", "GET")},
    "editor": {("admin.links", "POST")},
}
