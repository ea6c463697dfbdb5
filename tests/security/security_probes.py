"""For each view the request that reaches a municipality's own rows through it.

``PROBES`` maps a view (its route's name, or the class of its context) and a method to the
requests that are tried. A view of the core or of a plugin that is not in it fails the test, which
prints the line to add. A view that may have none stands in ``OUT_OF_REACH`` with the reason.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import webtest
from pyramid.path import AssetResolver
from security_world import CODE, GPX, NEW_PASSWORD, SVG, Ask, Fields, Side, World

from stadtkern.testing.town import PASSWORD

Make = Callable[[World, Side, Side], Ask]
Done = Callable[[World], bool]


@dataclass(frozen=True)
class Probe:
    """One request.

    ``make(world, victim, me)`` returns it: ids and texts of ``victim``, sent by ``me`` (own ids
    where somebody can only ask from their own page). The own tenant asks with both the same.
    ``done``: whether the deed is in the database. ``login``: as administrator and operator.
    ``unwalled``: why nothing leaks though both walls are down; None where it must.
    """

    name: str
    make: Make
    done: Done | None = None
    login: bool = True
    unwalled: str | None = None


def get(name: str, path: Callable[[Side], str], **kw: Any) -> Probe:
    """Return a probe that reads the victim's address."""
    return Probe(name, lambda _world, victim, _me: Ask(path(victim)), **kw)


def node(name: str, place: str, rest: str = "", **kw: Any) -> Probe:
    """Return a probe that reads a page of the back office about a node."""
    return get(name, lambda side: f"/admin/nodes/{side.ids[place]}{rest}", **kw)


def post(
    name: str,
    path: Callable[[Side], str],
    fields: Callable[[Side], Fields],
    done: Done,
    **kw: Any,
) -> Probe:
    """Return a probe that posts the victim's form to the victim's address."""

    def make(_world: World, victim: Side, _me: Side) -> Ask:
        return Ask(path(victim), fields(victim))

    return Probe(name, make, done, **kw)


def column(table: str, name: str, expected: Any, item: str = "") -> Done:
    """Tell whether a column of the victim's node (or of any row) has the value."""

    def check(world: World) -> bool:
        where = (
            {"id": world.victim.ids[item]} if item else {"tenant_id": world.victim.town.tenant_id}
        )
        values = [row[name] for row in world.rows(table, **where)]
        return any(expected(value) if callable(expected) else value == expected for value in values)

    return check


def at(name: str) -> Callable[[Side], str]:
    """Return a function from a town to the address of what was planted under ``name``."""
    return lambda side: side.paths[name]


def shown(name: str) -> Probe:
    """Return a probe of a public page."""
    return get(f"page of a {name}", at(name), login=False)


OWN_ACCOUNT = "shows only whoever asks; accounts are the installation's"
OWN_TICKET = "ends the logins of whoever asks"
BY_KEY = "the row is asked for by its tenant's number, beside the walls"
NO_ROWS = "reads no row of a tenant"
WRITES_ONLY = "only adds a row to the tenant of the Host header"


# People


def _login(_world: World, victim: Side, _me: Side) -> Ask:
    fields = [("mail", victim.member.mail), ("password", PASSWORD), ("next", "/admin")]
    return Ask("/login", fields)


def _logged_in(world: World) -> bool:
    return bool(world.rows("login_ticket", account_id=world.victim.member.id))


def _logged_out(world: World) -> bool:
    return not world.rows("login_ticket", account_id=world.victim.admin.id)


def _reset(_world: World, victim: Side, _me: Side) -> Ask:
    return Ask("/account/reset", [("mail", victim.member.mail)])


def _reset_begun(world: World) -> bool:
    number = world.victim.member.id
    (row,) = world.rows("password_reset", account_id=number)
    return row not in world.before["password_reset"]


def _code(_world: World, victim: Side, _me: Side) -> Ask:
    fields = [("mail", victim.member.mail), ("code", CODE), ("password", NEW_PASSWORD)]
    return Ask("/account/reset/code", fields)


def _password_changed(world: World) -> bool:
    before = {row["id"]: row["password_hash"] for row in world.before["account"]}
    return any(
        row["password_hash"] != before.get(row["id"])
        for row in world.rows("account")
        if row["id"] in {world.victim.admin.id, world.victim.member.id}
    )


def _name(name: str) -> Done:
    return lambda world: name in {row["name"] for row in world.rows("account")}


def _me(_world: World, _victim: Side, me: Side) -> Ask:
    return Ask("/account", me.form("/account", "name", name="Neuer Name"))


def _old_password(_world: World, _victim: Side, me: Side) -> Ask:
    return Ask("/account", me.form("/account", "old", old=PASSWORD, new=NEW_PASSWORD))


def person(side: Side) -> str:
    """Return the address of the member who works for this town only."""
    return f"/admin/people/{side.member.id}"


def _person(side: Side) -> Fields:
    return [
        ("__start__", "roles:sequence"),
        ("checkbox", "editor"),
        ("__end__", "roles:sequence"),
    ]


def _invite(_world: World, victim: Side, me: Side) -> Ask:
    # Whoever is invited by another town is not told about it here: the account is global.
    del victim
    fields = me.form("/admin/people/add", "mail", mail="neu@people.example", name="Neu")
    return Ask("/admin/people/add", fields)


def _local_role_id(world: World, side: Side) -> int:
    (row,) = world.rows("local_role", tenant_id=side.town.tenant_id)
    return int(row["id"])


def _take_local(world: World, victim: Side, _me: Side) -> Ask:
    number = _local_role_id(world, victim)
    return Ask(f"{person(victim)}/local", [("remove", str(number))])


def _take_local_from_own_page(world: World, victim: Side, me: Side) -> Ask:
    number = _local_role_id(world, victim)
    return Ask(f"{person(me)}/local", [("remove", str(number))])


def _give_local(_world: World, victim: Side, me: Side) -> Ask:
    fields = [("path", victim.paths["child"]), ("role", "author")]
    return Ask(f"{person(me)}/local", fields)


def _local_roles(count: int) -> Done:
    return lambda world: (
        len(world.rows("local_role", tenant_id=world.victim.town.tenant_id)) == count
    )


# The tree


def edited(name: str, place: str = "page", **changes: str) -> Probe:
    """Return a probe that saves a node through the form its editor sees."""

    def fields(victim: Side) -> Fields:
        path = f"/admin/nodes/{victim.ids[place]}/edit"
        return [*victim.form(path, "title", **changes), ("do", "publish")]

    return post(
        name,
        lambda side: f"/admin/nodes/{side.ids[place]}/edit",
        fields,
        column("node", "title", changes["title"], place),
    )


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


def _added(title: str) -> Done:
    return column("node", "title", title)


# Plugins, settings, reports


def _settings(owner: str, having: str, **changes: str) -> Make:
    path = f"/admin/settings/{owner}"
    return lambda _world, _victim, me: Ask(path, me.form(path, having, **changes))


def _setting(owner: str, text: str) -> Done:
    def check(world: World) -> bool:
        rows = world.rows("tenant_plugin", tenant_id=world.victim.town.tenant_id, plugin=owner)
        return any(text in str(row["settings"]) for row in rows)

    return check


def _appearance(_world: World, _victim: Side, me: Side) -> Ask:
    path = "/admin/appearance"
    return Ask(path, me.form(path, "accent", name="Neuer Ort", accent="#aa2200"), multipart=True)


def _appearance_saved(world: World) -> bool:
    (row,) = world.rows("tenant", id=world.victim.town.tenant_id)
    return (row["name"], row["accent"]) == ("Neuer Ort", "#aa2200")


def _switched_off(world: World) -> bool:
    tenant = world.victim.town.tenant_id
    (row,) = world.rows("tenant_plugin", tenant_id=tenant, plugin="hr")
    return not row["enabled"]


def _report(_world: World, victim: Side, _me: Side) -> Ask:
    return Ask("/admin/reports", [("report", str(victim.ids["report"]))])


def _barrier(_world: World, _victim: Side, _me: Side) -> Ask:
    return Ask("/barriere-melden", [("description", "Zu klein"), ("page", "/"), ("mail", "")])


def _media(name: str, file: str) -> Callable[[Side], str]:
    def path(side: Side) -> str:
        return f"/media/{side.ids[name]}/{side.paths[f'{name}.sha'][:12]}/{side.word(file)}"

    return path


def _arms(side: Side) -> str:
    return f"/theme/arms-{side.town.tenant.arms[:12]}"


# City guide


def _gpx(victim: Side) -> str:
    return GPX.format(p=victim.prefix)


def _check_tour(_world: World, victim: Side, _me: Side) -> Ask:
    # Another name inside: what comes back of the tour that is here already is the victim's.
    text = _gpx(victim).replace(victim.word("stopone"), "Halt")
    name = f"{victim.word('gpxfile')}.gpx"
    upload = webtest.Upload(name, text.encode(), "application/gpx+xml")
    return Ask("/admin/cityguide/import", [("upload", upload), ("step", "check")], multipart=True)


def _store_tour(_world: World, victim: Side, _me: Side) -> Ask:
    from stadtkern_cityguide.views.imports import pack

    text = _gpx(victim).replace("8.1600", "8.1700")
    fields = [
        ("file", pack(text.encode())),
        ("file_name", "neu.gpx"),
        ("title", "Neue Tour"),
        ("summary", ""),
        ("mode", "foot"),
        ("licence", ""),
        ("attribution", ""),
        ("step", "store"),
    ]
    return Ask("/admin/cityguide/import", fields, packed=text)


def _same_tour(_world: World, victim: Side, _me: Side) -> Ask:
    """Send the victim's very file: “it is here already” would name the victim's tour."""
    upload = webtest.Upload("anders.gpx", _gpx(victim).encode(), "application/gpx+xml")
    return Ask("/admin/cityguide/import", [("upload", upload), ("step", "check")], multipart=True)


# Static files


def static(name: str, spec: str) -> Probe:
    """Return a probe of a folder of built files: no tenant's rows, only that it answers."""
    folder = Path(AssetResolver().resolve(spec).abspath())
    file = next(
        (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix != ".gz"),
        folder / "missing",
    )
    address = f"/{name.strip('/')}/{file.relative_to(folder)}"
    return get("built file", lambda _side: address, login=False, unwalled=NO_ROWS)


PROBES: dict[tuple[str, str], list[Probe]] = {
    ("Home", "GET"): [
        get("front page", lambda _side: "/", login=False),
        get("front page in English", lambda _side: "/en", login=False),
    ],
    ("Page", "GET"): [
        shown("page"),
        shown("child"),
        shown("english"),
        get("draft", at("draft")),
        get("old address", lambda side: f"{side.paths['page']}/{side.prefix}-renamed", login=False),
    ],
    ("Folder", "GET"): [shown("folder")],
    ("News", "GET"): [shown("news")],
    ("Event", "GET"): [shown("event")],
    ("Link", "GET"): [shown("link")],
    ("Image", "GET"): [shown("image")],
    ("File", "GET"): [shown("file")],
    ("Place", "GET"): [shown("place")],
    ("Tour", "GET"): [shown("tour")],
    ("media", "GET"): [
        get("bytes of an image", _media("image", "imagename.svg"), login=False),
        get("bytes of a file", _media("file", "filename.txt"), login=False),
    ],
    ("theme", "GET"): [get("colours", lambda _side: "/theme.css", login=False, unwalled=NO_ROWS)],
    ("theme.arms", "GET"): [get("coat of arms", _arms, login=False, unwalled=BY_KEY)],
    ("legal.imprint", "GET"): [get("imprint", lambda _side: "/impressum", login=False)],
    ("legal.privacy", "GET"): [get("privacy", lambda _side: "/datenschutz", login=False)],
    ("legal.accessibility", "GET"): [
        get("accessibility", lambda _side: "/barrierefreiheit", login=False)
    ],
    ("barrier", "GET"): [get("form of a report", lambda _side: "/barriere-melden", login=False)],
    ("barrier", "POST"): [
        Probe("report", _barrier, column("barrier_report", "description", "Zu klein"), login=False)
    ],
    ("login", "GET"): [get("login", lambda _side: "/login", login=False)],
    ("login", "POST"): [Probe("login", _login, _logged_in, login=False)],
    ("logout", "POST"): [
        post(
            "logout",
            lambda _side: "/logout",
            lambda _side: [],
            _logged_out,
            unwalled=OWN_TICKET,
        ),
        post(
            "logout everywhere",
            lambda _side: "/logout",
            lambda _side: [("everywhere", "1")],
            _logged_out,
            unwalled=OWN_TICKET,
        ),
    ],
    ("reset", "GET"): [get("ask for a code", lambda _side: "/account/reset", login=False)],
    ("reset", "POST"): [Probe("ask for a code", _reset, _reset_begun, login=False)],
    ("reset.code", "GET"): [get("code", lambda _side: "/account/reset/code", login=False)],
    ("reset.code", "POST"): [Probe("use a code", _code, _password_changed, login=False)],
    ("account", "GET"): [get("my account", lambda _side: "/account", unwalled=OWN_ACCOUNT)],
    ("account", "POST"): [
        Probe("my name", _me, _name("Neuer Name"), unwalled=OWN_ACCOUNT),
        Probe("my password", _old_password, _password_changed, unwalled=OWN_ACCOUNT),
    ],
    ("admin", "GET"): [get("dashboard", lambda _side: "/admin")],
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
        Probe("add a page", _new_page, _added("Untergeschoben")),
        Probe("add a picture", _new_image, _added("Neues Bild")),
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
            _added("Mit fremdem Bild"),
        ),
        Probe("columns that no form has", _mass_assigned, _added("Massenweise")),
    ],
    ("admin.plugins", "GET"): [get("plugins", lambda _side: "/admin/plugins", unwalled=BY_KEY)],
    ("admin.plugins", "POST"): [
        post(
            "switch off",
            lambda _side: "/admin/plugins",
            lambda _side: [("plugin", "hr"), ("switch", "off")],
            _switched_off,
            unwalled=BY_KEY,
        )
    ],
    ("admin.plugin", "GET"): [
        get("what a plugin adds", lambda _side: "/admin/plugins/hr", unwalled=BY_KEY)
    ],
    ("admin.settings", "GET"): [
        get("settings of the site", lambda _side: "/admin/settings/site", unwalled=BY_KEY),
        get("settings of a plugin", lambda _side: "/admin/settings/participation", unwalled=BY_KEY),
    ],
    ("admin.settings", "POST"): [
        Probe(
            "save settings",
            _settings("site", "organisation", organisation="Andere Stadt"),
            _setting("site", "Andere Stadt"),
            unwalled=BY_KEY,
        )
    ],
    ("admin.appearance", "GET"): [
        get("appearance", lambda _side: "/admin/appearance", unwalled=BY_KEY)
    ],
    ("admin.appearance", "POST"): [
        Probe("appearance", _appearance, _appearance_saved, unwalled=BY_KEY)
    ],
    ("admin.people", "GET"): [get("people", lambda _side: "/admin/people")],
    ("admin.person.add", "GET"): [
        get("invite", lambda _side: "/admin/people/add", unwalled=NO_ROWS)
    ],
    ("admin.person.add", "POST"): [
        Probe("invite", _invite, _name("Neu"), unwalled=WRITES_ONLY),
    ],
    ("admin.person", "GET"): [get("person", person)],
    ("admin.person", "POST"): [
        post("roles", person, _person, column("membership", "roles", ["editor"]))
    ],
    ("admin.person.local", "POST"): [
        Probe("take a local role", _take_local, _local_roles(0)),
        Probe("take a local role from an own page", _take_local_from_own_page, _local_roles(0)),
        Probe("give a local role on the victim's page", _give_local, _local_roles(2)),
    ],
    ("admin.person.remove", "POST"): [
        post(
            "remove a person",
            lambda side: f"{person(side)}/remove",
            lambda _side: [],
            lambda world: not world.rows("membership", account_id=world.victim.member.id),
        )
    ],
    ("admin.mail", "GET"): [get("outbox", lambda _side: "/admin/mail")],
    ("admin.reports", "GET"): [get("reports", lambda _side: "/admin/reports")],
    ("admin.reports", "POST"): [
        Probe("answer a report", _report, column("barrier_report", "status", "answered", "report"))
    ],
    ("cityguide", "GET"): [
        get("guide", lambda _side: "/guide", login=False),
        get("guide in English", lambda _side: "/guide?lang=en", login=False),
    ],
    ("cityguide.map", "GET"): [get("map", lambda _side: "/guide/map.geojson", login=False)],
    ("cityguide.tour.geojson", "GET"): [
        get("tour's line", lambda side: f"/guide/tour/{side.ids['tour']}.geojson", login=False)
    ],
    ("cityguide.tour.gpx", "GET"): [
        get("tour's file", lambda side: f"/guide/tour/{side.ids['tour']}.gpx", login=False)
    ],
    ("cityguide.place.geojson", "GET"): [
        get("place's point", lambda side: f"/guide/place/{side.ids['place']}.geojson", login=False)
    ],
    ("cityguide.import", "GET"): [get("import", lambda _side: "/admin/cityguide/import")],
    ("cityguide.import", "POST"): [
        Probe("check a file", _check_tour, lambda _world: True),
        Probe("check the same file", _same_tour, lambda _world: True),
        Probe("import a tour", _store_tour, _added("Neue Tour")),
    ],
}

OUT_OF_REACH: dict[str, str] = {}
"""Views without a probe: name → reason."""
