"""The list as a way in: everything that is asked for stands in the link."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide import opening
from stadtkern_cityguide.plan import plan_tour
from stadtkern_cityguide.services import folder_for, import_tour

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
    for below in ("saved", "events", "c/7XH", "places.gpx"):
        found = town.get(f"/en/guide/{below}?kind=museum", status=302).location
        assert found.endswith(f"/guide/{below}?kind=museum&lang=en")
    assert town.get("/en/guide/a%20%2F%C3%A4/?lang=de", status=302).location.endswith(
        "/guide/a%20/%C3%A4?lang=en"
    )
    town.get("/gsg/guide", status=404)
    town.get("/gsg/guide/events", status=404)
    node = town.page("Mein Führer", slug="guide")
    town.login("editor")
    tile = town.get("/admin").html.select_one(f'.tile a[href="/admin/nodes/{node.id}"]')
    assert tile.get_text() == "Mein Führer"


def test_words_find_titles_texts_and_categories(places: Town) -> None:
    town = places
    # A stem of the summary or text, part of a title, and what a category is called.
    assert titles(town, "q=kaffeehaus") == ["Kaffeehaus"]
    assert titles(town, "q=gast") == ["Gasthaus"]
    assert titles(town, "q=essen") == ["Gasthaus", "Kaffeehaus"]
    assert titles(town, "q=essen&step_free=1") == ["Kaffeehaus"]
    assert titles(town, "q=100%25") == []
    assert len(titles(town, "q=+%00+")) == 4


@on_sqlite
def test_languages_spoken_and_steps_are_looked_for(
    guide_town: Town, add_place: AddPlace, gpx: Path
) -> None:
    town = guide_town
    add_place("Rathaus", spoken_languages=["en"], access=["sign_language"])
    add_place("Museum", spoken_languages=["de", "fr"])
    assert titles(town, "spoken=gsg") == ["Rathaus"]
    assert titles(town, "spoken=fr") == ["Museum"]
    assert len(titles(town, "spoken=xx")) == 2
    with town.content() as content:
        plan = plan_tour(gpx.read_bytes(), gpx.name, language="de")
        tour = import_tour(content, plan, folder_for(content, {}), publish=True).node_id
    assert titles(town, "step_free=1") == []
    with town.content() as content:
        node = content.get(tour)
        fields = content.fields(node) | {"step_free": "yes"}
        content.save(tour, version=node.version, title=node.title, fields=fields)
    page = town.get("/guide?step_free=1")
    assert page.html.select_one(".stops > li a").get_text() == "Waldrunde"
    assert "stufenlos" in page.html.select_one(".stops > li").get_text()
    assert "Stufenloser Weg" in town.get("/waldrunde").html.select_one(".facts").get_text()


@on_sqlite
def test_the_number_is_told_and_nothing_found_helps(places: Town) -> None:
    town = places
    page = town.get("/guide?category=essen")
    found = page.html.select_one("#found[role=status]")
    assert found.get_text(" ", strip=True).startswith("2 ")
    assert page.html.select_one("form.guide-filter")["action"].endswith("#found")
    # The map is asked for the same.
    assert "category=essen" in page.html.select_one("[data-map]")["data-map"]
    empty = town.get("/guide?q=xyzzy&category=essen&step_free=1")
    assert empty.html.select_one("#found").get_text(" ", strip=True).startswith("0 ")
    links = {a["href"] for a in empty.html.select(".empty-state li a")}
    assert "/guide?category=essen&step_free=1" in links
    assert "/guide?q=xyzzy&step_free=1" in links
    assert "/guide?q=xyzzy&category=essen" in links
    assert town.get("/guide?category=essen&step_free=1").html.select_one(".stops")
    assert empty.html.select_one('.empty-state a[href^="/suche?q=xyzzy"]')
    # What does nothing without a script is not shown without one.
    assert empty.html.select_one("button[data-near]").has_attr("hidden")
