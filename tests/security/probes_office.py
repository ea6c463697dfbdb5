"""Probes of the back office's lists, its tree and its previews."""

from security_probes import Probe, get, post
from security_world import Ask, Side, World


def _json(_world: World, victim: Side, _me: Side) -> Ask:
    return Ask(f"/admin/choose?q={victim.prefix}&types=page")


PROBES = {
    ("admin.choose", "GET"): [
        get("chooser's front pages", lambda _side: "/admin/choose"),
        get("chooser below a page", lambda side: f"/admin/choose?under={side.ids['page']}"),
        get("chooser for a move", lambda side: f"/admin/choose?home={side.ids['child']}"),
        Probe("chooser's search", _json),
    ],
    ("admin.tree", "GET"): [
        get("opened tree", lambda side: f"/admin/content?open={side.ids['page']}"),
        get("search in the tree", lambda side: f"/admin/content?q={side.prefix}"),
        get("move in the tree", lambda side: f"/admin/content?move={side.ids['child']}"),
    ],
    ("admin.tree.move", "POST"): [
        post(
            "move in the tree",
            lambda _side: "/admin/content/move",
            lambda side: [
                ("node", str(side.ids["child"])),
                ("to", f"below:{side.ids['sibling']}"),
                ("open", ""),
            ],
            lambda world: (
                world.rows("node", id=world.victim.ids["child"])[0]["parent_id"]
                == world.victim.ids["sibling"]
            ),
        )
    ],
}
ROLES = {"office": {("admin.choose", "GET"), ("admin.tree.move", "POST")}}
