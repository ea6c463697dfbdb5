"""Probes of the tree and of the form of a page."""

import webtest
from planting.media import SVG
from security_probes import Probe, added, column, edited, get, node, post
from security_side import Ask, Fields, Side
from security_world import World


def _version(side: Side, place: str, rest: str) -> Fields:
    return side.form(f"/admin/nodes/{side.ids[place]}/{rest}", "version")


def _block_with_foreign_ids(_world: World, victim: Side, me: Side) -> Ask:
    """From an own page: the blocks refer to the victim's picture and file."""
    path = f"/admin/nodes/{me.ids['page']}/edit"
    fields = me.form(path, "title")
    swapped = {
        "image": str(victim.ids["image"]),
        "file": str(victim.ids["file"]),
        "title": "Mit fremdem Bild",
    }
    return Ask(
        path, [(name, swapped.get(name, value)) for name, value in fields] + [("do", "publish")]
    )


def _mass_assigned(_world: World, victim: Side, me: Side) -> Ask:
    """From an own page: columns that no form has, with the victim's values."""
    path = f"/admin/nodes/{me.ids['page']}/edit"
    extra: Fields = [
        ("tenant_id", str(victim.town.tenant_id)),
        ("id", str(victim.ids["page"])),
        ("parent_id", str(victim.ids["page"])),
        ("key", "gestohlen"),
        ("author_id", str(victim.member.id)),
    ]
    return Ask(path, [*me.form(path, "title", title="Massenweise"), *extra, ("do", "publish")])


def _new_page(_world: World, victim: Side, _me: Side) -> Ask:
    path = f"/admin/nodes/{victim.ids['page']}/add/page"
    return Ask(path, [*victim.form(path, "title", title="Untergeschoben"), ("do", "save")])


def _new_image(_world: World, victim: Side, _me: Side) -> Ask:
    path = f"/admin/nodes/{victim.ids['folder']}/add/image"
    upload = webtest.Upload("bild.svg", SVG.format("neu").encode(), "image/svg+xml")
    fields = victim.form(path, "title", title="Neues Bild", alt="Bild", credit="Amt", licence="own")
    fields = [(name, upload if name == "upload" else value) for name, value in fields]
    return Ask(path, [*fields, ("do", "save")], multipart=True)


def _move_below_victims_page(_world: World, victim: Side, me: Side) -> Ask:
    path = f"/admin/nodes/{me.ids['sibling']}/move"
    return Ask(path, me.form(path, "parent", parent=victim.paths["folder"]))


PROBES: dict[tuple[str, str], list[Probe]] = {
    ("admin.tree", "GET"): [get("tree", lambda _side: "/admin/content")],
    ("admin.node", "GET"): [node("node", "page"), node("draft node", "draft")],
    ("admin.node.order", "POST"): [
        post(
            "order",
            lambda side: f"/admin/nodes/{side.ids['child']}/order",
            lambda _side: [("step", "up")],
            column("node", "position", 0, "child"),
        )
    ],
    ("admin.node.rename", "GET"): [node("rename", "page", "/rename")],
    ("admin.node.rename", "POST"): [
        post(
            "rename",
            lambda side: f"/admin/nodes/{side.ids['page']}/rename",
            lambda side: [("slug", "entfuehrt"), *_version(side, "page", "rename")[:1]],
            column("node", "slug", "entfuehrt", "page"),
        )
    ],
    ("admin.node.move", "GET"): [node("move", "child", "/move")],
    ("admin.node.move", "POST"): [
        post(
            "move",
            lambda side: f"/admin/nodes/{side.ids['child']}/move",
            lambda side: side.form(
                f"/admin/nodes/{side.ids['child']}/move", "parent", parent=side.paths["folder"]
            ),
            column("node", "path", lambda path: "-folder/" in path, "child"),
        ),
        Probe(
            "move an own page below the victim's",
            _move_below_victims_page,
            column("node", "path", lambda path: "-folder/" in path, "sibling"),
        ),
    ],
    ("admin.node.delete", "GET"): [node("delete", "page", "/delete")],
    ("admin.node.delete", "POST"): [
        post(
            "delete",
            lambda side: f"/admin/nodes/{side.ids['page']}/delete",
            lambda side: _version(side, "page", "delete"),
            column("node", "deleted_at", lambda moment: moment is not None, "page"),
        )
    ],
    ("admin.node.add", "GET"): [node("add", "page", "/add/page")],
    ("admin.node.add", "POST"): [
        Probe("add a page", _new_page, added("Untergeschoben")),
        Probe("add a picture", _new_image, added("Neues Bild")),
    ],
    ("admin.node.edit", "GET"): [
        node("edit", "page", "/edit"),
        node("edit a draft", "draft", "/edit"),
        node("edit a picture", "image", "/edit"),
    ],
    ("admin.node.edit", "POST"): [
        edited("edit", title="Entstellt"),
        Probe(
            "own page with the victim's picture",
            _block_with_foreign_ids,
            added("Mit fremdem Bild"),
        ),
        Probe("columns that no form has", _mass_assigned, added("Massenweise")),
    ],
}
