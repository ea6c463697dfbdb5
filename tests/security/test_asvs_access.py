"""Who may do what: every view as nobody, by role, without proof of origin."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import probes
import pytest
from pyramid.security import NO_PERMISSION_REQUIRED
from security_attack import View, probes_of, views
from security_probes import Probe
from security_side import Answer, Ask, Side
from security_world import World

from stadtkern.accounts import services as accounts
from stadtkern.content.models import Node
from stadtkern.testing.databases import on_sqlite

pytestmark = on_sqlite


@pytest.fixture
def world(database: Any, make_town: Any, settings: dict[str, Any]) -> Iterator[World]:
    """Return both towns of the wall tests."""
    made = World(database, make_town(), Path(settings["stadtkern.files"]))
    yield made
    made.close()


def requests(world: World) -> Iterator[tuple[View, Probe, Ask]]:
    """Yield the victim's own request for each view, as its administrator would send it."""
    for view in views(world.registry):
        for probe in probes_of(view):
            yield view, probe, probe.make(world, world.victim, world.victim)


def visit(world: World, ask: Ask, ticket: str | None) -> Answer:
    """Send a request to the victim's host with somebody's ticket, or with none."""
    side = world.victim
    as_somebody = Side(side.town, side.prefix, ticket=ticket or "")
    return world.send(ask, as_somebody, login=ticket is not None)


def refused(answer: Answer) -> bool:
    """Tell whether an answer is a refusal: an error, or the way to the login."""
    return answer.status in {401, 403, 404} or (
        # The headers stand in the first line; pages behind a redirect may have a link of their own.
        answer.status == 302 and "/login?next=" in answer.text.partition("\n")[0]
    )


def test_every_form_asks_for_the_proof_of_origin(world: World) -> None:
    tried = 0
    for view, probe, ask in requests(world):
        if ask.fields is None or ask.method or ask.machine:
            continue
        tried += 1
        before = world.snapshot()
        for token in ([], [("csrf_token", "")], [("csrf_token", "0" * 32)]):
            browser = world.victim.browser(login=probe.login)
            browser.get("/barriere-melden")
            kind = {"content_type": "multipart/form-data"} if ask.multipart else {}
            fields = [*token, *ask.fields] or [("x", "")]
            answer = browser.post(ask.path, fields, status="*", **kind)
            assert answer.status_int == 400, (view.name, probe.name, token)
        assert world.snapshot() == before, view.name
    assert tried > 20


def test_no_form_is_taken_from_another_site(world: World) -> None:
    for view, probe, ask in requests(world):
        if ask.fields is None or ask.method or ask.machine:
            continue
        before = world.snapshot()
        browser = world.victim.browser(login=probe.login)
        page = browser.get("/barriere-melden")
        token = page.forms[len(page.forms) - 1]["csrf_token"].value
        headers = {"Sec-Fetch-Site": "cross-site"}
        fields = [("csrf_token", token), *ask.fields]
        kind = {"content_type": "multipart/form-data"} if ask.multipart else {}
        answer = browser.post(ask.path, fields, headers=headers, status="*", **kind)
        assert answer.status_int == 403, (view.name, probe.name)
        assert world.snapshot() == before, view.name


PUBLIC = {
    *("Home", "Page", "Folder", "News", "Event", "Image", "File", "Link", "Place", "Tour"),
    *("media", "theme", "theme.arms", "legal.imprint", "legal.privacy", "legal.accessibility"),
    *("barrier", "login", "logout", "reset", "reset.code"),
    *("Category", "cityguide", "cityguide.map", "cityguide.language"),
    *("cityguide.code", "cityguide.codes"),
    *("cityguide.bundles", "cityguide.bundle", "cityguide.asset", "cityguide.worker"),
    *("cityguide.tour.geojson", "cityguide.tour.gpx", "cityguide.ogc", "cityguide.ogc.api"),
    *("cityguide.ogc.conformance", "cityguide.ogc.collections", "cityguide.ogc.collection"),
    *("cityguide.ogc.items", "cityguide.ogc.item"),
    *("cityguide.place.geojson", "__static/stadtkern.web/", "__static/stadtkern_cityguide/"),
    *probes.PUBLIC,
}
"""Views that answer everybody; a new one without permission must be named here."""

OFFICE = {("admin", "GET"), ("account", "GET"), ("account", "POST"), ("admin.tree", "GET")} | (
    probes.ROLES.get("office", set())
)
"""What everybody may who may enter the back office at all."""
AUTHOR = OFFICE | {
    *(("admin.node", "GET"), ("admin.node.add", "GET"), ("admin.node.add", "POST")),
    *probes.ROLES.get("author", ()),
}
EDITOR = AUTHOR | {
    *(("admin.node.edit", "GET"), ("admin.node.edit", "POST")),
    *(("admin.node.order", "POST"), ("admin.node.rename", "GET"), ("admin.node.rename", "POST")),
    *(("admin.node.move", "GET"), ("admin.node.move", "POST")),
    *(("admin.node.delete", "GET"), ("admin.node.delete", "POST")),
    *(("admin.reports", "GET"), ("admin.reports", "POST")),
    *(("cityguide.import", "GET"), ("cityguide.import", "POST")),
    *(("cityguide.sheets", "GET"), ("cityguide.sheets", "POST"), ("cityguide.sheets.pdf", "GET")),
    ("cityguide.sharing", "GET"),
    *probes.ROLES.get("editor", ()),
}
ADMINISTRATOR = EDITOR | {
    # Editors adopt; the probe offers, which is an administrator's.
    ("cityguide.sharing", "POST"),
    *(("admin.plugins", "GET"), ("admin.plugins", "POST"), ("admin.plugin", "GET")),
    *(("admin.settings", "GET"), ("admin.settings", "POST")),
    *(("admin.appearance", "GET"), ("admin.appearance", "POST")),
    *(("admin.people", "GET"), ("admin.person.add", "GET"), ("admin.person.add", "POST")),
    *(("admin.person", "GET"), ("admin.person", "POST"), ("admin.person.local", "POST")),
    ("admin.person.remove", "POST"),
    *probes.ROLES.get("administrator", ()),
}
OPERATOR = OFFICE | {("admin.mail", "GET")}
MODERATOR = OFFICE
REVIEWER = MODERATOR | {("admin.node", "GET")}
ROLES: dict[str, set[tuple[str, str]]] = {
    "author": AUTHOR,
    "editor": EDITOR,
    "administrator": ADMINISTRATOR,
    "operator": OPERATOR,
    "moderator": MODERATOR,
    "reviewer": REVIEWER,
    "clerk": OFFICE,
    "": set(),
}
OWN_ROLES = {"office", "author", "editor", "administrator"}
for _role, _may in probes.ROLES.items():
    if _role not in OWN_ROLES:
        ROLES[_role] = ROLES.get(_role, OFFICE) | _may


def test_nobody_reaches_what_is_not_public(world: World) -> None:
    for view, probe, ask in requests(world):
        if view.name in PUBLIC:
            assert view.permission in {None, "view", NO_PERMISSION_REQUIRED}, view
            continue
        assert view.permission is not None, f"{view}: name it in PUBLIC, or ask for a permission"
        before = world.snapshot()
        answer = visit(world, ask, None)
        assert refused(answer), (view.name, view.method, probe.name, answer.status)
        # Addresses of published pages (with hyphens) stand in menus and language switches.
        texts = {word for word in answer.markers(world.victim.prefix) if "-" not in word}
        assert texts <= menu_words(world), (view.name, probe.name)
        assert world.snapshot() == before, view.name


def menu_words(world: World) -> set[str]:
    """Return the markers that everybody sees in the public menu."""
    return visit(world, Ask("/impressum"), None).markers(world.victim.prefix)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_what_it_may_and_nothing_else(world: World, role: str) -> None:
    town = world.victim.town
    wanted = () if role in {"", "operator"} else (role,)
    account = town.account(*wanted, mail="wer@people.example", operator=role == "operator")
    with town.session() as session:
        accounts.set_roles(session, town.registry, account, wanted)
    ticket = town.ticket(account)
    world.before = world.snapshot()
    may = set()
    for view, probe, ask in requests(world):
        if view.name in PUBLIC:
            continue
        before = world.snapshot()
        # Forms of one's own account are one's own.
        if view.name == "account" and ask.fields is not None and probe.name != "my name":
            continue
        answer = visit(world, ask, ticket)
        if refused(answer):
            assert world.snapshot() == before, (view.name, probe.name)
        else:
            assert answer.good, (view.name, view.method, probe.name, answer.status)
            may.add((view.name, view.method))
        world.restore()
    assert may == ROLES[role]


def test_an_author_edits_own_drafts_only(world: World) -> None:
    town = world.victim.town
    author = town.account("author", mail="autor@people.example")
    ticket = town.ticket(author)
    with town.content(actor=author) as content:
        home = content.by_path("/")
        mine = content.create(home, "page", title="Mein Entwurf").id
        public = content.create(home, "page", title="War mein Entwurf").id
        content.publish(public)

    def may(number: int) -> bool:
        return visit(world, Ask(f"/admin/nodes/{number}/edit"), ticket).good

    assert may(mine)
    assert not may(public)
    assert not may(world.victim.ids["draft"])
    form = world.victim.form(f"/admin/nodes/{mine}/edit", "title", title="Von mir veröffentlicht")
    answer = visit(world, Ask(f"/admin/nodes/{mine}/edit", [*form, ("do", "publish")]), ticket)
    assert answer.status == 403
    (row,) = world.rows("node", id=mine)
    assert (row["title"], row["state"]) == ("Mein Entwurf", "draft")


def test_a_local_role_counts_on_its_subtree_only(world: World) -> None:
    side = world.victim
    ticket = side.town.ticket(side.member)
    with side.town.session() as session:
        accounts.set_roles(session, side.town.registry, side.member, ())
    for place, allowed in (("page", True), ("child", True), ("folder", False), ("news", False)):
        for rest in ("", "/edit", "/rename", "/move", "/delete", "/add/page"):
            if place == "news" and rest == "/add/page":
                continue
            answer = visit(world, Ask(f"/admin/nodes/{side.ids[place]}{rest}"), ticket)
            assert answer.good == allowed, (place, rest, answer.status)
    for path in ("/admin/people", "/admin/reports", "/admin/settings/site", "/admin/plugins"):
        assert refused(visit(world, Ask(path), ticket)), path
    # Nor does it carry pages out to where it does not count.
    path = f"/admin/nodes/{side.ids['child']}/move"
    form = side.form(path, "parent", parent=side.paths["folder"])
    assert visit(world, Ask(path, form), ticket).status == 403
    assert world.rows("node", id=side.ids["child"])[0]["path"] == side.paths["child"]
    # The overview does not list what others draft elsewhere.
    overview = visit(world, Ask("/admin"), ticket)
    assert overview.good
    assert side.word("newstitle") not in overview.text


def test_permissions_vanish_with_their_plugin(world: World) -> None:
    town = world.victim.town
    guide = town.ticket(town.account("guide_editor", mail="tour@people.example"))
    editor = town.ticket(town.account("editor", mail="red@people.example"))
    path = "/admin/cityguide/import"
    assert visit(world, Ask(path), guide).good
    assert visit(world, Ask(path), editor).good
    town.disable("cityguide")
    for ticket in (guide, editor):
        assert visit(world, Ask(path), ticket).status == 404
    assert refused(visit(world, Ask("/admin"), guide))
    assert visit(world, Ask("/admin"), editor).good
    assert "/admin/cityguide" not in visit(world, Ask("/admin"), editor).text


def test_a_ticket_of_another_town_is_nobody_here(world: World) -> None:
    for view, probe, ask in requests(world):
        if view.name in PUBLIC:
            continue
        before = world.snapshot()
        answer = visit(world, ask, world.other.ticket)
        assert refused(answer), (view.name, probe.name, answer.status)
        assert world.snapshot() == before, view.name


def test_removing_somebody_here_logs_nobody_out_elsewhere(world: World) -> None:
    # An administrator invites another town's administrator and takes the membership away again.
    town, victim = world.other.town, world.victim
    with town.session() as session:
        accounts.set_roles(session, town.registry, victim.admin, ["author"])
    here = town.ticket(victim.admin)
    ask = Ask(f"/admin/people/{victim.admin.id}/remove", [])
    assert world.send(ask, world.other, login=True).good
    assert visit(world, Ask("/admin"), victim.ticket).good
    assert here not in {row["token_hash"] for row in world.rows("login_ticket")}
    assert len(world.rows("login_ticket", account_id=victim.admin.id)) == 1


def test_a_local_role_is_taken_only_from_who_has_it(world: World) -> None:
    side = world.victim
    (row,) = world.rows("local_role", tenant_id=side.town.tenant_id)
    ask = Ask(f"/admin/people/{side.admin.id}/local", [("remove", str(row["id"]))])
    world.send(ask, side, login=True)
    assert world.rows("local_role", id=row["id"])


def test_drafts_do_not_show_that_they_exist(world: World) -> None:
    side = world.victim
    here = visit(world, Ask(side.paths["draft"]), None)
    nowhere = visit(world, Ask("/gibt-es-nicht"), None)
    assert here.status == nowhere.status == 404
    assert side.word("drafttitle") not in here.text


def test_bytes_of_a_draft_are_not_public(world: World) -> None:
    side = world.victim
    with side.town.session() as session:
        session.get(Node, side.ids["file"]).state = "draft"
    world.registry["page_cache"].clear()
    path = f"/media/{side.ids['file']}/{side.paths['file.sha'][:12]}/x.txt"
    assert visit(world, Ask(path), None).status == 404
    own = visit(world, Ask(path), side.ticket)
    assert own.status == 200
    assert "private" in own.text
