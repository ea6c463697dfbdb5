"""The import in the back office: two steps, the same checks as the command."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from webtest import Upload

from stadtkern.notify import webhooks
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town

ADDRESS = "/admin/cityguide/import"
MARKETS = json.dumps(
    {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"title": title, "opening_hours": hours},
                "geometry": {"type": "Point", "coordinates": [8.15, lat]},
            }
            for title, hours, lat in (
                ("Markt", "Sa[1]  09:00-14:00", 50.1),
                ("Basar", "vormittags", 50.2),
                ("Mond", "24/7", 99),
            )
        ],
    }
).encode()


def first_form(town: Town) -> Any:
    return next(form for form in town.get(ADDRESS).forms.values() if "upload" in form.fields)


def chosen(
    town: Town, data: bytes, name: str = "waldrunde.gpx", licence: str = "CC0-1.0", **kw: Any
) -> Any:
    form = first_form(town)
    form["upload"] = Upload(name, data)
    form["licence"] = licence
    form["attribution"] = "Stadt"
    return form.submit("step", value="check", **kw)


def second_form(page: Any) -> Any:
    return next(form for form in page.forms.values() if "file_name" in form.fields)


@pytest.fixture
def editor_town(guide_town: Town) -> Town:
    """Return a town with the guide and an editor who is logged in."""
    guide_town.login("editor")
    return guide_town


def test_a_file_is_shown_then_stored(editor_town: Town, gpx: Path) -> None:
    page = chosen(editor_town, gpx.read_bytes())
    text = page.html.get_text(" ", strip=True)
    assert "Waldrunde neu 1,9 km, 2 Stationen" in text
    assert "verein.example" not in page.text
    with pytest.raises(LookupError):
        editor_town.node("/waldrunde")
    form = second_form(page)
    form["publish"] = True
    done = form.submit("step", value="store")
    assert done.status_int == 302
    assert editor_town.node("/waldrunde").state == "published"
    assert "1 neu" in done.follow().text
    again = chosen(editor_town, gpx.read_bytes())
    assert 'href="/waldrunde"' in again.text


@on_sqlite
def test_what_is_mended_and_what_is_not_taken_is_told_before(editor_town: Town) -> None:
    assert "ohne Lizenz" in chosen(editor_town, MARKETS, "maerkte.json", licence="").text
    page = chosen(editor_town, MARKETS, "maerkte.json")
    rows = [
        # Two blanks are shown as such.
        [cell.get_text(strip=True).replace("\xa0", " ") for cell in row.select("th, td")]
        for row in page.html.select("tbody tr")
    ]
    assert [row[:2] for row in rows[:2]] == [["Basar", "Öffnungszeiten"], ["Mond", "Lage"]]
    assert rows[2] == ["Markt", "Öffnungszeiten", "Sa[1]  09:00-14:00", "Sa[1] 09:00-14:00"]
    second_form(page).submit("step", value="store")
    fields = editor_town.node("/markt").body["fields"]
    assert (fields["licence"], fields["attribution"]) == ("CC0-1.0", "Stadt")
    assert not editor_town.node("/basar").body["fields"]["opening_hours"]
    with pytest.raises(LookupError):
        editor_town.node("/mond")


@on_sqlite
@pytest.mark.parametrize(
    "data",
    [b"", b"text", b"<gpx><trk>", b"<!DOCTYPE gpx><gpx/>", b"<gpx>" + b" " * (10 * 1024 * 1024)],
    ids=["empty", "text", "cut", "doctype", "huge"],
)
def test_a_bad_file_is_answered_at_its_field(editor_town: Town, data: bytes) -> None:
    page = chosen(editor_town, data, status=422)
    assert page.html.select_one(".field-error") is not None
    assert page.html.select_one(".error-summary") is not None


@on_sqlite
def test_no_file_and_tampered_data_are_refused(editor_town: Town, gpx: Path) -> None:
    form = first_form(editor_town)
    assert form.submit("step", value="check", status=422)
    second = second_form(chosen(editor_town, gpx.read_bytes()))
    second["file"] = "no base64!"
    assert second.submit("step", value="store", status=400)


@on_sqlite
def test_only_roles_with_the_permission_may_import(guide_town: Town, gpx: Path) -> None:
    assert guide_town.get(ADDRESS).status_int == 302
    guide_town.login("author")
    guide_town.get(ADDRESS, status=403)
    guide_town.login("guide_editor")
    form = second_form(chosen(guide_town, gpx.read_bytes()))
    # Publishing is another right.
    assert "publish" not in form.fields
    form.submit("step", value="store")
    assert guide_town.node("/waldrunde").state == "draft"
    guide_town.login("editor")
    guide_town.disable("cityguide")
    guide_town.get(ADDRESS, status=404)


def test_other_systems_are_told_of_a_public_tour(editor_town: Town, gpx: Path) -> None:
    town = editor_town
    with town.session() as session:
        webhooks.add(
            session,
            town.registry,
            name="App",
            url="https://app.example/hook",
            events=["cityguide.tour_imported"],
        )
    form = second_form(chosen(town, gpx.read_bytes()))
    form["publish"] = True
    form.submit("step", value="store")
    node = town.node("/waldrunde")
    with town.session(write=False) as session:
        (told,) = session.scalars(select(webhooks.WebhookDelivery)).all()
    message = json.loads(told.body)
    assert message["type"] == "cityguide.tour_imported"
    assert message["data"] == {"id": node.id, "path": "/waldrunde", "stops": 2}
