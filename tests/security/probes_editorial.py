"""Probes of workflow, versions, trash and preview links."""

from collections.abc import Callable

from security_probes import Done, column, get, node, post
from security_rows import preview_token
from security_side import Fields, Side
from security_world import World


def _page(rest: str, place: str = "page") -> Callable[[Side], str]:
    return lambda side: f"/admin/nodes/{side.ids[place]}/{rest}"


def _trash(rest: str) -> Callable[[Side], str]:
    return lambda side: f"/admin/trash/{side.ids['trashed']}/{rest}"


def _plan(side: Side) -> Fields:
    return side.form(_page("schedule")(side), "expire_at", expire_at="2099-01-01T12:00")


def _links(count: int) -> Done:
    return lambda world: len(world.rows("preview_link", node_id=world.victim.ids["page"])) == count


def _gone(world: World) -> bool:
    return not world.rows("node", id=world.victim.ids["trashed"])


def _given(value: object) -> bool:
    return value is not None


def _none(value: object) -> bool:
    return value is None


PROBES = {
    ("admin.node.step", "GET"): [node("step", "page", "/step?step=retract")],
    ("admin.node.step", "POST"): [
        post(
            "take a page back",
            _page("step"),
            lambda _side: [("step", "retract")],
            column("node", "state", "draft", "page"),
        )
    ],
    ("admin.node.publish-below", "POST"): [
        post(
            "publish with all below",
            _page("publish-below"),
            lambda _side: [],
            column("node", "state", "published", "draft"),
        )
    ],
    ("admin.node.discard", "POST"): [
        post(
            "drop a working copy",
            _page("discard", "child"),
            lambda _side: [],
            column("node", "draft_revision", _none, "child"),
        )
    ],
    ("admin.node.schedule", "GET"): [node("plan", "page", "/schedule")],
    ("admin.node.schedule", "POST"): [
        post("plan", _page("schedule"), _plan, column("node", "expire_at", _given, "page"))
    ],
    ("admin.node.revisions", "GET"): [node("versions", "page", "/revisions")],
    ("admin.node.compare", "GET"): [node("comparison", "page", "/compare?old=1&new=900")],
    ("admin.node.restore", "POST"): [
        post(
            "bring a version back",
            _page("restore"),
            lambda _side: [("number", "900")],
            column("node", "draft_revision", _given, "page"),
        )
    ],
    ("admin.node.links", "GET"): [node("preview links", "page", "/preview-links")],
    ("admin.node.links", "POST"): [
        post("make a preview link", _page("preview-links"), lambda _side: [], _links(2))
    ],
    ("preview", "GET"): [get("preview", lambda s: f"/preview/{preview_token(s)}", login=False)],
    ("admin.trash", "GET"): [get("trash", lambda _side: "/admin/trash")],
    ("admin.trash.restore", "GET"): [get("restoring", _trash("restore"))],
    ("admin.trash.restore", "POST"): [
        post(
            "restore from the trash",
            _trash("restore"),
            lambda _side: [],
            column("node", "deleted_at", _none, "trashed"),
        )
    ],
    ("admin.trash.purge", "POST"): [
        post("purge", _trash("purge"), lambda _side: [("sure", "1")], _gone)
    ],
}
PUBLIC = {"preview"}
ROLES = {
    "office": {("admin.trash", "GET")},
    "author": {("admin.node.revisions", "GET"), ("admin.node.compare", "GET")},
    "reviewer": {("admin.node.revisions", "GET"), ("admin.node.compare", "GET")},
    "editor": {
        *(("admin.node.step", "GET"), ("admin.node.step", "POST")),
        *(("admin.node.publish-below", "POST"), ("admin.node.discard", "POST")),
        *(("admin.node.schedule", "GET"), ("admin.node.schedule", "POST")),
        *(("admin.node.restore", "POST"), ("admin.node.links", "GET")),
        *(("admin.node.links", "POST"), ("admin.trash.restore", "GET")),
        *(("admin.trash.restore", "POST"), ("admin.trash.purge", "POST")),
    },
}
