"""A calendar, a list or an offer comes again: what is taken, what stays, and whose right it is."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from stadtkern.accounts import Permission
from stadtkern.accounts import services as accounts
from stadtkern.content import Node
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide.intake import Defaults, judge, read, store
from stadtkern_cityguide.models import Origin

MARKET = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//t//t//DE
BEGIN:VEVENT
UID:markt
SUMMARY:Wochenmarkt
LOCATION:{location}
URL:https://{host}.example/markt
DTSTART;TZID=Europe/Berlin:20300105T080000
DTEND;TZID=Europe/Berlin:20300105T130000
{rules}
END:VEVENT
END:VCALENDAR
"""
OLD = {"location": "Marktplatz", "host": "alt", "rules": "RRULE:FREQ=WEEKLY;COUNT=9"}
NEW = {
    "location": "Am Bahnhof",
    "host": "neu",
    "rules": "RRULE:FREQ=WEEKLY;COUNT=20\nEXDATE;TZID=Europe/Berlin:20300112T080000",
}


def market_taken(town: Town, **said: str) -> Any:
    """Import the calendar of a market as it is now."""
    with town.content() as content:
        home = content.by_path("/")
        assert home is not None
        data = MARKET.format(**said).replace("\n", "\r\n").encode()
        judged = judge(content, read(data, "markt.ics", Defaults("CC0-1.0", "Stadt")))
        store(content, judged, home, publish=True)
        return judged


def block_of(town: Town, path: str = "/wochenmarkt") -> dict[str, Any]:
    with town.content() as content:
        node = content.by_path(path)
        assert node is not None
        blocks = content.working_copy(node).body["blocks"]
        return next(one["data"] for one in blocks if one["type"] == "guide_event")


def edited_block(town: Town, **changes: Any) -> None:
    """Change fields of the guide's block as an editor does, and write a text beside it."""
    with town.content() as content:
        node = content.by_path("/wochenmarkt")
        assert node is not None
        (block,) = node.body["blocks"]
        data = dict(block["data"]) | changes
        content.save(
            node.id,
            version=node.version,
            title=node.title,
            in_nav=True,
            fields=content.fields(node),
            blocks=[
                {"type": "text", "data": {"html": "<p>Mit Blumen.</p>"}},
                {"id": block["id"], "type": "guide_event", "data": data},
            ],
        )


def test_a_changed_calendar_changes_the_block_but_not_what_editors_changed(
    guide_town: Town,
) -> None:
    town = guide_town
    market_taken(town, **OLD)
    number = town.node("/wochenmarkt").id
    assert market_taken(town, **OLD).count("changed") == 0
    edited_block(town, link="https://stadt.example/markt", fee="frei")

    assert market_taken(town, **NEW).count("changed") == 1
    node, block = town.node("/wochenmarkt"), block_of(town)
    assert node.body["fields"]["place"] == "Am Bahnhof"
    assert block["rule"] == "FREQ=WEEKLY;COUNT=20"
    assert block["not_on"] == "2030-01-12 08:00"
    # What an editor has changed or added stays, in the block, beside it and in the menu.
    assert (block["link"], block["fee"]) == ("https://stadt.example/markt", "frei")
    assert [one["type"] for one in node.body["blocks"]] == ["text", "guide_event"]
    assert node.in_nav
    again = market_taken(town, **NEW)
    assert (again.count("changed"), again.count("unchanged")) == (0, 1)

    # The source's news is pointed out, and one press takes it.
    town.login("editor")
    address = f"/admin/cityguide/nodes/{number}/source"
    page = town.get(address)
    (row,) = page.html.select("tbody tr")
    assert [cell.get_text() for cell in row.select("td")[:2]] == [
        "https://stadt.example/markt",
        "https://neu.example/markt",
    ]
    assert row.select_one(".pill.warn") is not None
    form = next(form for form in page.forms.values() if "version" in form.fields)
    form.submit("do", value="reset:block.link").follow()
    assert block_of(town)["link"] == "https://neu.example/markt"
    assert block_of(town)["fee"] == "frei"
    assert not town.get(address).html.select("tbody tr")
    # What the calendar no longer says goes, too: it was never an editor's.
    market_taken(town, **NEW | {"rules": "RRULE:FREQ=WEEKLY;COUNT=20"})
    assert "not_on" not in block_of(town)


@on_sqlite
def test_an_event_without_the_block_is_left_without(guide_town: Town) -> None:
    town = guide_town
    market_taken(town, **OLD)
    with town.content() as content:
        node = content.by_path("/wochenmarkt")
        assert node is not None
        content.save(
            node.id,
            version=node.version,
            title=node.title,
            fields=content.fields(node),
            blocks=[],
        )
    judged = market_taken(town, **NEW)
    assert judged.count("changed") == 1
    assert town.node("/wochenmarkt").body["blocks"] == []
    assert town.node("/wochenmarkt").body["fields"]["place"] == "Am Bahnhof"
    town.login("editor")
    address = f"/admin/cityguide/nodes/{town.node('/wochenmarkt').id}/source"
    assert not town.get(address).html.select("tbody tr")


@on_sqlite
def test_an_event_that_came_before_its_block_was_followed_keeps_its_word(guide_town: Town) -> None:
    town = guide_town
    market_taken(town, **OLD)
    with town.content() as content:
        origin = content.session.get(Origin, town.node("/wochenmarkt").id)
        assert origin is not None
        origin.given = {name: value for name, value in origin.given.items() if name != "details"}
    assert market_taken(town, **OLD).count("changed") == 0
    market_taken(town, **NEW)
    assert block_of(town)["rule"] == "FREQ=WEEKLY;COUNT=20"


# Whose right it is


def places(*titles: str, fee: str) -> bytes:
    """Return a list of places, a kilometre apart."""
    features = [
        {
            "type": "Feature",
            "id": title,
            "properties": {
                "title": title,
                "charge": fee,
                "licence": "CC0-1.0",
                "author": "Kreis",
            },
            "geometry": {"type": "Point", "coordinates": [8.15, 50.1 + number / 100]},
        }
        for number, title in enumerate(titles)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def fees(town: Town) -> dict[str, str]:
    """Return what places cost for visitors, and in brackets in the working copy."""
    found = {}
    for path in ("/turm", "/museum/saal"):
        with town.content() as content:
            node = content.by_path(path)
            assert node is not None
            public, copy = node.body["fields"]["fee"], content.working_copy(node)
            waits = "" if copy is node else f" ({copy.body['fields']['fee']})"
            found[node.title] = public + waits
    return found


@pytest.fixture
def two_places(guide_town: Town) -> Town:
    """Return a town with two public places of one source, one of them below a page."""
    town = guide_town
    town.page("Museum")
    with town.content() as content:
        for path, titles in (("/museum", ["Saal"]), ("/", ["Saal", "Turm"])):
            folder = content.by_path(path)
            assert folder is not None
            read_in = read(places(*titles, fee="1 Euro"), "kreis.geojson", Defaults())
            store(content, judge(content, read_in), folder, publish=True)
    return town


def local(town: Town, *roles: str) -> None:
    """Log in as who imports, with these roles on the museum's pages only."""
    account = town.login("guide_editor", mail="helfer@people.example")
    with town.session() as session:
        for role in roles:
            accounts.add_local_role(session, account.id, town.node("/museum").id, role)


def import_again(town: Town) -> Any:
    """Import the changed list by the form; return the page before it is stored."""
    form = next(
        form
        for form in town.get("/admin/cityguide/import").forms.values()
        if "pasted" in form.fields
    )
    form["pasted"] = places("Saal", "Turm", fee="2 Euro").decode()
    form["name"] = "kreis"
    page = form.submit("step", value="check")
    form = next(form for form in page.forms.values() if "file_name" in form.fields)
    form.submit("step", value="store", status=302)
    return page


def refused(page: Any) -> list[list[str]]:
    rows = page.html.select('[aria-labelledby="invalid"] tbody tr')
    return [[cell.get_text(strip=True) for cell in row.select("th, td")] for row in rows]


NO_RIGHT = ["Rechte", "Nicht geändert: kein Recht, diese Seite zu bearbeiten."]


def test_an_import_changes_only_what_its_person_may_edit(two_places: Town) -> None:
    town = two_places
    local(town)
    page = import_again(town)
    assert refused(page) == [["Saal", *NO_RIGHT], ["Turm", *NO_RIGHT]]
    assert fees(town) == {"Turm": "1 Euro", "Saal": "1 Euro"}

    local(town, "editor")
    page = import_again(town)
    assert refused(page) == [["Turm", *NO_RIGHT]]
    assert fees(town) == {"Turm": "1 Euro", "Saal": "2 Euro"}
    # Nothing is noted as told that was not: somebody who may takes it later.
    town.login("editor")
    assert refused(import_again(town)) == []
    assert fees(town) == {"Turm": "2 Euro", "Saal": "2 Euro"}


@on_sqlite
def test_who_may_edit_and_not_publish_leaves_working_copies(two_places: Town) -> None:
    town = two_places
    with town.content() as content:
        # A role of an installation's own: the shipped ones that edit publish as well.
        def edits(permission: str, nodes: Sequence[Node]) -> set[int]:
            return {node.id for node in nodes} if permission == Permission.EDIT else set()

        home = content.by_path("/")
        assert home is not None
        read_in = read(places("Saal", "Turm", fee="2 Euro"), "kreis.geojson", Defaults())
        judged = judge(content, read_in, edits)
        store(content, judged, home, publish=False)
    assert [notice.mapping["n"] for notice in judged.notices] == [2]
    assert fees(town) == {"Turm": "1 Euro (2 Euro)", "Saal": "1 Euro (2 Euro)"}


@on_sqlite
def test_what_somebody_imported_as_drafts_is_theirs_to_import_anew(guide_town: Town) -> None:
    town = guide_town
    town.login("guide_editor")
    import_again(town)
    with town.session() as session:
        origin = session.get(Origin, town.node("/turm").id)
        assert origin is not None
    form = next(
        form
        for form in town.get("/admin/cityguide/import").forms.values()
        if "pasted" in form.fields
    )
    form["pasted"] = places("Saal", "Turm", fee="5 Euro").decode()
    form["name"] = "kreis"
    page = form.submit("step", value="check")
    assert refused(page) == []
    next(form for form in page.forms.values() if "file_name" in form.fields).submit(
        "step", value="store"
    )
    assert town.node("/turm").body["fields"]["fee"] == "5 Euro"


def test_the_rights_cost_the_same_for_more_pages(two_places: Town) -> None:
    town = two_places

    def cost(*titles: str) -> int:
        form = next(
            form
            for form in town.get("/admin/cityguide/import").forms.values()
            if "pasted" in form.fields
        )
        form["pasted"] = places(*titles, fee="3 Euro").decode()
        form["name"] = "kreis"
        with town.statements() as seen:
            form.submit("step", value="check")
        return len(seen)

    local(town, "editor")
    cost("Saal")
    assert cost("Saal") == cost("Saal", "Turm")
