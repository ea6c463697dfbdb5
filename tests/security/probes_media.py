"""Requests to the library: what reaches a municipality's pictures, sound and film."""

import webtest
from planting.media import SVG
from security_probes import Probe, column, get, node, shown
from security_side import Ask, Side
from security_world import World


def _upload(_world: World, victim: Side, _me: Side) -> Ask:
    upload = webtest.Upload("bild.svg", SVG.format("neu").encode(), "image/svg+xml")
    fields = [("place", str(victim.ids["media_folder"])), ("file", upload)]
    return Ask("/admin/media/upload", fields, multipart=True)


def _uploaded(world: World) -> bool:
    parent = world.victim.ids["media_folder"]
    return any(row["title"] == "bild" for row in world.rows("node", parent_id=parent))


def _describe(_world: World, victim: Side, me: Side) -> Ask:
    own = f"/admin/media/details?ids={me.ids['file']}"
    number = str(victim.ids["file"])
    fields = []
    for name, value in me.form(own, "title", title="Beschrieben"):
        mine = str(me.ids["file"])
        fields.append((name.replace(mine, number), str(value).replace(mine, number)))
    return Ask(f"/admin/media/details?ids={number}", fields)


def _focal(_world: World, victim: Side, _me: Side) -> Ask:
    (row,) = _world.rows("node", id=victim.ids["image"])
    fields = [("x", "7"), ("y", "7"), ("version", str(row["version"]))]
    return Ask(f"/admin/nodes/{victim.ids['image']}/media/focal", fields)


def _replace(_world: World, victim: Side, _me: Side) -> Ask:
    (row,) = _world.rows("node", id=victim.ids["image"])
    upload = webtest.Upload("neu.svg", SVG.format("neu").encode(), "image/svg+xml")
    fields = [("file", upload), ("version", str(row["version"]))]
    return Ask(f"/admin/nodes/{victim.ids['image']}/media/replace", fields, multipart=True)


PROBES: dict[tuple[str, str], list[Probe]] = {
    ("Audio", "GET"): [shown("audio")],
    ("Video", "GET"): [shown("video")],
    ("MediaFolder", "GET"): [Probe("a media folder", shown("media_folder").make)],
    ("admin.media", "GET"): [get("the library", lambda _side: "/admin/media")],
    ("admin.media.upload", "GET"): [get("the upload form", lambda _side: "/admin/media/upload")],
    ("admin.media.upload", "POST"): [Probe("upload a picture", _upload, _uploaded)],
    ("admin.media.details", "GET"): [
        get("describe a file", lambda side: f"/admin/media/details?ids={side.ids['file']}")
    ],
    ("admin.media.details", "POST"): [
        Probe("describe a file", _describe, column("node", "title", "Beschrieben", "file"))
    ],
    ("admin.node.media", "GET"): [node("a picture in the office", "image", "/media")],
    ("admin.node.focal", "POST"): [
        Probe(
            "set a focal point",
            _focal,
            column("node", "body", lambda body: body["fields"].get("focal_x") == 7, "image"),
        )
    ],
    ("admin.node.replace", "POST"): [
        Probe(
            "replace a picture",
            _replace,
            column(
                "node", "body", lambda body: body["fields"]["stored"]["name"] == "neu.svg", "image"
            ),
        )
    ],
}
PUBLIC = {"Audio", "Video", "MediaFolder"}
ROLES = {
    "office": {("admin.media", "GET")},
    "reviewer": {("admin.node.media", "GET")},
    "author": {
        ("admin.media.upload", "GET"),
        ("admin.media.upload", "POST"),
        ("admin.node.media", "GET"),
    },
    "editor": {
        ("admin.media.details", "GET"),
        ("admin.media.details", "POST"),
        ("admin.node.focal", "POST"),
        ("admin.node.replace", "POST"),
    },
}
