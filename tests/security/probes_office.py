"""Probes of the back office's lists, its tree and its previews."""

from security_probes import Probe, get
from security_world import Ask, Side, World


def _json(_world: World, victim: Side, _me: Side) -> Ask:
    return Ask(f"/admin/choose?q={victim.prefix}&types=page")


PROBES = {
    ("admin.choose", "GET"): [
        get("chooser's front pages", lambda _side: "/admin/choose"),
        get("chooser below a page", lambda side: f"/admin/choose?under={side.ids['page']}"),
        get("chooser for a move", lambda side: f"/admin/choose?home={side.ids['child']}"),
        Probe("chooser's search", _json),
    ]
}
ROLES = {"office": {("admin.choose", "GET")}}
