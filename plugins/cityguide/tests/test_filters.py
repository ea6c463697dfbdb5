"""The list as a way in: everything that is asked for stands in the link."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide import opening

AddPlace = Callable[..., None]


def titles(town: Town, query: str) -> list[str]:
    page = town.get(f"/guide?{query}")
    listed = [item.a.get_text() for item in page.html.select(".stops > li")]
    frame = page.html.select_one("[data-map]")
    if frame is not None:
        data = json.loads(town.get(frame["data-map"]).body)
        assert [one["properties"]["title"] for one in data["features"]] == listed
    return listed


@pytest.fixture
def places(guide_town: Town, add_place: AddPlace, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Return a town with four places on the morning of Corpus Christi."""
    town = guide_town
    monkeypatch.setattr(opening, "utcnow", lambda: datetime(2026, 6, 4, 8, tzinfo=UTC))
    food = town.add("guide_category", "Essen", fields={})
    cafe = town.add("guide_category", "Café", parent=food, fields={})
    add_place("Amt", opening_hours="Mo-Fr 09:00-17:00; PH off", step_free="yes")
    add_place(
        "Kaffeehaus",
        opening_hours="24/7",
        step_free="yes",
        categories=[{"category": cafe.id}],
        lat=50.3,
    )
    add_place(
        "Gasthaus",
        opening_hours="24/7",
        closed_until=date(2026, 6, 4),
        step_free="no",
        categories=[{"category": food.id}],
        lat=50.2,
    )
    add_place("Park", lat=50.16)
    return town


def test_the_link_says_which_places_are_listed(places: Town) -> None:
    town = places
    assert titles(town, "") == ["Amt", "Gasthaus", "Kaffeehaus", "Park"]
    assert titles(town, "open=1") == ["Kaffeehaus"]
    assert titles(town, "step_free=1") == ["Amt", "Kaffeehaus"]
    # What is filed below a category belongs to it.
    assert titles(town, "category=essen") == ["Gasthaus", "Kaffeehaus"]
    assert titles(town, "category=cafe&step_free=1") == ["Kaffeehaus"]
    assert titles(town, "near=50.31,8.16") == ["Kaffeehaus", "Gasthaus", "Park", "Amt"]
    assert titles(town, "category=essen&near=50.15,8.16") == ["Gasthaus", "Kaffeehaus"]
    for nonsense in ("category=nichts", "near=91,0", "near=x", "near=nan,nan", "open=2"):
        assert len(titles(town, nonsense)) == 4


@on_sqlite
def test_the_form_shows_what_the_link_asks_and_works_without_scripts(places: Town) -> None:
    town = places
    page = town.get("/guide?near=50.15,8.16")
    form = next(form for form in page.forms.values() if "category" in form.fields)
    form["category"] = "essen"
    form["step_free"] = True
    found = form.submit()
    assert [item.a.get_text() for item in found.html.select(".stops > li")] == ["Kaffeehaus"]
    again = next(form for form in found.forms.values() if "category" in form.fields)
    assert (again["category"].value, again["step_free"].checked) == ("essen", True)
    assert again["near"].value == "50.15,8.16"
    empty = town.get("/guide?category=cafe&open=1&step_free=1&near=50,8")
    assert "Kaffeehaus" in empty.text
    nothing = town.get("/guide?category=cafe&open=0&step_free=0&lang=en")
    assert nothing.html.select_one("input[name=lang]")["value"] == "en"


@on_sqlite
def test_where_somebody_stands_is_kept_nowhere(places: Town) -> None:
    town = places
    cache = town.registry["page_cache"]
    cache.clear()
    town.get("/guide?near=50.15,8.16")
    town.get("/guide?open=1")
    assert not cache._entries
    town.get("/guide?category=essen")
    assert len(cache._entries) == 1


@on_sqlite
def test_filters_cost_the_same_for_few_and_many(places: Town, add_place: AddPlace) -> None:
    town = places
    query = "/guide?category=essen&open=1&near=50,8"

    def count() -> int:
        with town.statements() as seen:
            town.get(query)
        return len(seen)

    town.get(query)
    few = count()
    for number in range(8):
        add_place(f"Ort {number}", opening_hours=f"Mo-Su 0{number}:00-20:00")
    town.get(query)
    assert count() == few
    assert few <= 8


@on_sqlite
def test_the_guides_own_addresses_are_kept_free(guide_town: Town, add_place: AddPlace) -> None:
    town = guide_town
    add_place("Turm")
    assert town.get("/en/guide", status=302).location.endswith("/guide?lang=en")
    town.get("/gsg/guide", status=404)
    node = town.page("Mein Führer", slug="guide")
    town.login("editor")
    tile = town.get("/admin").html.select_one(f'.tile a[href="/admin/nodes/{node.id}"]')
    assert tile.get_text() == "Mein Führer"
