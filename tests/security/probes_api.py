"""Probes of the API and of its tokens."""

from collections.abc import Callable
from typing import Any

import webtest
from planting.media import SVG
from security_probes import Done, Probe, column, get, post
from security_side import Ask, Side
from security_world import World

Path = Callable[[Side], str]


def read(name: str, path: Path, **kw: Any) -> Probe:
    """Return a probe that reads the victim's address by the API."""
    return Probe(name, lambda _w, victim, _me: Ask(f"/api/v1{path(victim)}", method="GET"), **kw)


def node(name: str, place: str, rest: str = "", **kw: Any) -> Probe:
    """Return a probe that reads one of the victim's nodes by the API."""
    return read(name, lambda side: f"/nodes/{side.ids[place]}{rest}", **kw)


def version_of(world: World, node_id: int) -> str:
    """Return what a client that has read a node sends as If-Match."""
    (row,) = world.rows("node", id=node_id)
    return str(row["version"])


def write(
    name: str, method: str, place: str, rest: str, body: Any, done: Done, start: str = "nodes"
) -> Probe:
    """Return a probe that writes one of the victim's nodes, with its present version."""

    def make(world: World, victim: Side, _me: Side) -> Ask:
        number = victim.ids[place]
        given = body(victim) if callable(body) else body
        return Ask(
            f"/api/v1/{start}/{number}{rest}",
            method=method,
            json=given,
            seen=version_of(world, number),
        )

    return Probe(name, make, done)


def _create(parent: Callable[[Side, Side], int], title: str) -> Callable[..., Ask]:
    def make(_world: World, victim: Side, me: Side) -> Ask:
        body = {"type": "page", "title": title, "parent": parent(victim, me)}
        return Ask("/api/v1/nodes", method="POST", json=body)

    return make


def _foreign_block(world: World, victim: Side, me: Side) -> Ask:
    """From an own page: the block refers to the victim's picture."""
    block = {"type": "image", "data": {"image": victim.ids["image"], "caption": "Fremdes Bild"}}
    number = me.ids["sibling"]
    return Ask(
        f"/api/v1/nodes/{number}",
        method="PATCH",
        json={"title": "Mit fremdem Bild", "blocks": [block]},
        seen=version_of(world, number),
    )


def _move_below_theirs(world: World, victim: Side, me: Side) -> Ask:
    number = me.ids["sibling"]
    return Ask(
        f"/api/v1/nodes/{number}/move",
        method="POST",
        json={"parent": victim.ids["folder"]},
        seen=version_of(world, number),
    )


def _upload(world: World, victim: Side, _me: Side) -> Ask:
    del world
    file = webtest.Upload("bild.svg", SVG.format("neu").encode(), "image/svg+xml")
    fields = [("file", file), ("parent", str(victim.ids["folder"])), ("title", "Neues Bild")]
    return Ask("/api/v1/media", fields, method="POST")


def _replace(world: World, victim: Side, _me: Side) -> Ask:
    number = victim.ids["image"]
    file = webtest.Upload("bild.svg", SVG.format("anders").encode(), "image/svg+xml")
    seen = version_of(world, number)
    return Ask(f"/api/v1/media/{number}/file", [("file", file)], method="PUT", seen=seen)


def _etag(side: Side, path: str) -> str:
    """Return the ETag that a side's own administrator reads."""
    found = side.town.api("GET", path, token=side.town.token(side.admin))
    return str(found.headers["ETag"]).strip('"')


def _settings(world: World, _victim: Side, me: Side) -> Ask:
    del world
    return Ask(
        "/api/v1/settings/site",
        method="PATCH",
        json={"organisation": "Andere Stadt"},
        seen=_etag(me, "/settings/site"),
    )


def _setting(world: World) -> bool:
    tenant = world.victim.town.tenant_id
    rows = world.rows("tenant_plugin", tenant_id=tenant, plugin="site")
    return any("Andere Stadt" in str(row["settings"]) for row in rows)


def _switch(_world: World, _victim: Side, _me: Side) -> Ask:
    return Ask("/api/v1/plugins/hr", method="PATCH", json={"enabled": False}, seen="on")


def _switched_off(world: World) -> bool:
    tenant = world.victim.town.tenant_id
    (row,) = world.rows("tenant_plugin", tenant_id=tenant, plugin="hr")
    return not row["enabled"]


def _token(path: str, **fields: str) -> Callable[[World, Side, Side], Ask]:
    def make(_world: World, _victim: Side, me: Side) -> Ask:
        form = me.form(path, "name", name="Untergeschoben", **fields)
        scopes = [
            ("__start__", "scopes:sequence"),
            ("checkbox", "nodes:read"),
            ("__end__", "scopes:sequence"),
        ]
        roles = [
            ("__start__", "roles:sequence"),
            ("checkbox", "author"),
            ("__end__", "roles:sequence"),
        ]
        kept = [pair for pair in form if pair[0] not in {"__start__", "__end__", "checkbox"}]
        return Ask(path, [*kept, *scopes, *(roles if "admin" in path else [])])

    return make


def _made(world: World) -> bool:
    tenant = world.victim.town.tenant_id
    return "Untergeschoben" in {row["name"] for row in world.rows("api_token", tenant_id=tenant)}


def revoked(world: World) -> bool:
    """Tell whether the planted token is revoked."""
    (row,) = world.rows("api_token", id=world.victim.ids["token"])
    return row["revoked_at"] is not None


def _revoke(start: str, **kw: Any) -> Probe:
    return post(
        "revoke a token",
        lambda side: f"{start}/{side.ids['token']}/revoke",
        lambda _side: [("x", "")],
        revoked,
        **kw,
    )


def taken_over(world: World) -> bool:
    """Tell whether somebody answers for the planted service, whose maker has left."""
    (row,) = world.rows("api_token", id=world.victim.ids["service_token"])
    return row["created_by"] is not None


def _draft(text: str) -> Done:
    return lambda world: any(text in str(row["title"]) for row in world.rows("revision"))


def public(name: str, path: str) -> Probe:
    """Return a probe of what is the same for everybody."""
    return get(name, lambda _side: f"/api/v1{path}", login=False, unwalled="reads no row")


OWN = "lists only whoever asks; the account is asked for by its number"
BY_KEY = "the row is asked for by its tenant's number, beside the walls"
ADDS = "only adds a row to the own tenant"
EMPTY = "an empty form"

PROBES = {
    ("account.tokens", "GET"): [get("my tokens", lambda _side: "/account/tokens", unwalled=OWN)],
    ("account.tokens.new", "GET"): [
        get("form of a token", lambda _side: "/account/tokens/new", unwalled=EMPTY)
    ],
    ("account.tokens.new", "POST"): [
        Probe("make a token", _token("/account/tokens/new"), _made, unwalled=ADDS)
    ],
    ("account.tokens.revoke", "POST"): [
        _revoke("/account/tokens", unwalled="asks for the owner's number, too")
    ],
    ("admin.tokens", "GET"): [get("all tokens", lambda _side: "/admin/tokens")],
    ("admin.tokens.new", "GET"): [
        get("form of a service", lambda _side: "/admin/tokens/new", unwalled=EMPTY)
    ],
    ("admin.tokens.new", "POST"): [
        Probe("make a service's token", _token("/admin/tokens/new"), _made, unwalled=ADDS)
    ],
    ("admin.tokens.revoke", "POST"): [_revoke("/admin/tokens")],
    ("admin.tokens.adopt", "POST"): [
        post(
            "take a service's token over",
            lambda side: f"/admin/tokens/{side.ids['service_token']}/take-over",
            lambda _side: [("x", "")],
            taken_over,
        )
    ],
    ("api.openapi", "GET"): [public("document", "/openapi.json")],
    ("api.schemas", "GET"): [public("list of schemas", "/schemas/")],
    ("api.schema", "GET"): [public("schema", "/schemas/content-types/page.json")],
    ("api.reader", "GET"): [public("reader page", "/")],
    ("api.nodes", "GET"): [
        read("list", lambda _side: "/nodes?limit=100"),
        read("list below a page", lambda side: f"/nodes?parent={side.ids['page']}"),
        read("list below an address", lambda side: f"/nodes?under={side.paths['page']}"),
        read("by key", lambda side: f"/nodes?key={side.prefix}-key"),
    ],
    ("api.nodes", "POST"): [
        Probe(
            "add below the victim's page",
            _create(lambda victim, _me: victim.ids["page"], "Untergeschoben"),
            column("node", "title", "Untergeschoben"),
        )
    ],
    ("api.nodes.id", "GET"): [
        node("page", "page"),
        node("draft", "draft"),
        node("picture", "image"),
        node("working copy", "child", "?copy=working"),
    ],
    ("api.nodes.id", "PATCH"): [
        write("change", "PATCH", "page", "", {"title": "Entstellt"}, _draft("Entstellt")),
        Probe(
            "own page with the victim's picture",
            _foreign_block,
            _draft("Mit fremdem Bild"),
            unwalled="a reference to an unknown id is no row of the victim's",
        ),
    ],
    ("api.nodes.id", "DELETE"): [
        write(
            "trash",
            "DELETE",
            "sibling",
            "",
            None,
            column("node", "deleted_at", lambda moment: moment is not None, "sibling"),
        )
    ],
    ("api.nodes.id.working-copy", "DELETE"): [
        write(
            "drop the working copy",
            "DELETE",
            "child",
            "/working-copy",
            None,
            column("node", "draft_revision", lambda number: number is None, "child"),
        )
    ],
    ("api.nodes.id.move", "POST"): [
        write(
            "rename",
            "POST",
            "page",
            "/move",
            {"slug": "entfuehrt"},
            column("node", "slug", "entfuehrt", "page"),
        ),
        Probe(
            "move an own page below the victim's",
            _move_below_theirs,
            column("node", "path", lambda path: "-folder/" in path, "sibling"),
        ),
    ],
    ("api.nodes.id.transitions", "GET"): [
        node("steps", "page", "/transitions", unwalled="answers words of the workflow only")
    ],
    ("api.nodes.id.transitions", "POST"): [
        write(
            "publish",
            "POST",
            "draft",
            "/transitions",
            {"step": "publish"},
            column("node", "state", "published", "draft"),
        )
    ],
    ("api.nodes.id.schedule", "PUT"): [
        write(
            "schedule",
            "PUT",
            "draft",
            "/schedule",
            {"publish_at": "2099-01-01T00:00:00Z"},
            column("node", "publish_at", lambda moment: moment is not None, "draft"),
        )
    ],
    ("api.nodes.id.revisions", "GET"): [node("versions", "page", "/revisions")],
    ("api.nodes.id.revisions.number", "GET"): [node("version", "page", "/revisions/900")],
    ("api.nodes.id.revisions.number.restore", "POST"): [
        write(
            "bring a version back",
            "POST",
            "draft",
            "/revisions/1/restore",
            None,
            column("node", "revision", lambda number: number > 1, "draft"),
        )
    ],
    ("api.trash", "GET"): [read("trash", lambda _side: "/trash")],
    ("api.trash.id", "GET"): [
        read("one of the trash", lambda side: f"/trash/{side.ids['trashed']}")
    ],
    ("api.trash.id.restore", "POST"): [
        write(
            "restore",
            "POST",
            "trashed",
            "/restore",
            {},
            column("node", "deleted_at", lambda moment: moment is None, "trashed"),
            start="trash",
        )
    ],
    ("api.media", "GET"): [read("library", lambda _side: "/media?limit=100")],
    ("api.media", "POST"): [
        Probe("upload into the victim's folder", _upload, column("node", "title", "Neues Bild"))
    ],
    ("api.media.id", "GET"): [read("picture", lambda side: f"/media/{side.ids['image']}")],
    ("api.media.id", "PATCH"): [
        write(
            "describe",
            "PATCH",
            "image",
            "",
            {"title": "Fremd beschrieben"},
            _draft("Fremd beschrieben"),
            start="media",
        )
    ],
    ("api.media.id.file", "GET"): [read("bytes", lambda side: f"/media/{side.ids['image']}/file")],
    ("api.media.id.file", "PUT"): [
        Probe(
            "replace the bytes",
            _replace,
            column("node", "body", lambda body: "imagename" not in str(body), "image"),
        )
    ],
    ("api.settings", "GET"): [
        read("owners of settings", lambda _side: "/settings", unwalled="reads no row")
    ],
    ("api.settings.owner", "GET"): [
        read("settings", lambda _side: "/settings/site", unwalled=BY_KEY)
    ],
    ("api.settings.owner", "PATCH"): [
        Probe("change settings", _settings, _setting, unwalled=BY_KEY)
    ],
    ("api.plugins", "GET"): [read("plugins", lambda _side: "/plugins", unwalled=BY_KEY)],
    ("api.plugins.name", "GET"): [read("plugin", lambda _side: "/plugins/hr", unwalled=BY_KEY)],
    ("api.plugins.name", "PATCH"): [Probe("switch off", _switch, _switched_off, unwalled=BY_KEY)],
    ("api.search", "GET"): [
        read(
            "results",
            lambda side: f"/search?q={side.prefix}",
            unwalled="every entry holds its town's number among its words",
        ),
    ],
    ("api.audit", "GET"): [
        read("audit", lambda _side: "/audit?limit=100", unwalled="answers ids, no texts")
    ],
}
PUBLIC = {"api.openapi", "api.schemas", "api.schema", "api.reader"}

PUBLISHED = {
    *(("api.nodes.id", "GET"), ("api.media.id", "GET"), ("api.media.id.file", "GET")),
    ("api.tours.id.track", "GET"),
}
READ = PUBLISHED | {
    *(("api.nodes", "GET"), ("api.media", "GET"), ("api.trash", "GET"), ("api.search", "GET")),
}
DRAFTS = READ | {
    ("api.nodes.id.transitions", "GET"),
    ("api.nodes.id.revisions", "GET"),
    ("api.nodes.id.revisions.number", "GET"),
}
ROLES = {
    "office": {
        ("account.tokens", "GET"),
        ("account.tokens.new", "GET"),
        ("account.tokens.new", "POST"),
        ("account.tokens.revoke", "POST"),
    },
    "author": DRAFTS | {("api.nodes", "POST"), ("api.media", "POST")},
    "reviewer": DRAFTS,
    "moderator": READ,
    "clerk": READ,
    # What everybody sees, members without a role see by the API, too.
    **dict.fromkeys(("", "operator"), PUBLISHED),
    "editor": {
        *(("api.nodes.id", "PATCH"), ("api.nodes.id", "DELETE"), ("api.media.id", "PATCH")),
        *(("api.nodes.id.working-copy", "DELETE"), ("api.nodes.id.move", "POST")),
        *(("api.nodes.id.transitions", "POST"), ("api.nodes.id.schedule", "PUT")),
        *(("api.nodes.id.revisions.number.restore", "POST"), ("api.trash.id", "GET")),
        *(("api.trash.id.restore", "POST"), ("api.media.id.file", "PUT")),
    },
    "administrator": {
        *(("admin.tokens", "GET"), ("admin.tokens.new", "GET"), ("admin.tokens.new", "POST")),
        *(("admin.tokens.revoke", "POST"), ("api.settings", "GET"), ("api.audit", "GET")),
        ("admin.tokens.adopt", "POST"),
        *(("api.settings.owner", "GET"), ("api.settings.owner", "PATCH")),
        *(("api.plugins", "GET"), ("api.plugins.name", "GET"), ("api.plugins.name", "PATCH")),
    },
}
