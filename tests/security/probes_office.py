"""Probes of the back office's lists, its tree and its previews."""

from security_probes import Probe, get, node, post
from security_side import Ask, Side
from security_world import World


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
    ("admin.pages", "GET"): [
        get("list of pages", lambda side: f"/admin/pages?q={side.prefix}"),
    ],
    ("admin.pages.change", "POST"): [
        post(
            "many at a time",
            lambda _side: "/admin/pages/change",
            lambda side: [
                ("action", "publish"),
                ("node", f"{side.ids['draft']}:1"),
                ("sure", "1"),
            ],
            lambda world: (
                world.rows("node", id=world.victim.ids["draft"])[0]["state"] == "published"
            ),
        )
    ],
    ("admin.pages.run", "GET"): [
        get("report of a run", lambda side: f"/admin/pages/runs/{side.ids['run']}"),
    ],
    ("admin.node.look", "GET"): [node("live preview", "page", "/look")],
    ("admin.node.frame", "GET"): [node("framed preview", "draft", "/frame")],
    ("admin.node.copy", "GET"): [node("copy", "page", "/copy")],
    ("admin.node.copy", "POST"): [
        post(
            "copy",
            lambda side: f"/admin/nodes/{side.ids['child']}/copy",
            lambda side: [
                ("title", side.word("copytitle")),
                ("parent", side.paths["page"]),
            ],
            lambda world: (
                world.victim.word("copytitle") in {row["title"] for row in world.rows("node")}
            ),
        )
    ],
}
ROLES = {
    "office": {
        ("admin.choose", "GET"),
        ("admin.pages", "GET"),
        ("admin.pages.change", "POST"),
    },
    "author": {
        ("admin.node.look", "GET"),
        ("admin.node.frame", "GET"),
        ("admin.node.copy", "GET"),
        ("admin.node.copy", "POST"),
    },
    "reviewer": {
        ("admin.node.look", "GET"),
        ("admin.node.frame", "GET"),
        ("admin.node.copy", "GET"),
    },
    "editor": {("admin.tree.move", "POST")},
    # Others see the runs that they have begun.
    "administrator": {("admin.pages.run", "GET")},
}
