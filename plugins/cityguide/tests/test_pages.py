"""Public pages: what they show, what they cost, and that they vanish with the plugin."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stadtkern.testing.town import Town
from stadtkern_cityguide.geometry import SMOOTHING_LABEL
from stadtkern_cityguide.gpx import parse_gpx
from stadtkern_cityguide.i18n import SMOOTHED
from stadtkern_cityguide.plan import plan_tour
from stadtkern_cityguide.services import folder_for, import_tour

AddPlace = Callable[..., None]


@pytest.fixture
def tour(guide_town: Town, gpx: Path) -> int:
    """Publish the tour of the small file; return its node's id."""
    with guide_town.content() as content:
        plan = plan_tour(gpx.read_bytes(), gpx.name, language="de")
        done = import_tour(content, plan, folder_for(content, {}), publish=True)
    return done.node_id


def test_the_tour_shows_figures_stops_rights_and_a_drawing(guide_town: Town, tour: int) -> None:
    page = guide_town.get("/waldrunde")
    text = page.html.get_text(" ", strip=True)
    assert "1,9 km" in text
    assert "geglättet über 100 m" in text
    assert "DIN 33466" in text
    assert "Wanderverein" in text
    assert page.html.select_one('a[rel=license][href^="https://creativecommons.org/"]')
    titles = [item.h3.get_text() for item in page.html.select(".stops > li")]
    assert titles == ["Parkplatz", "Quelle"]
    assert page.html.select_one("svg.sketch path")["d"].startswith("M")
    assert "verein.example" not in page.text
    assert not page.html.select("[style]")


def test_map_and_list_name_the_same_stops_in_the_same_order(guide_town: Town, tour: int) -> None:
    page = guide_town.get("/waldrunde")
    data = json.loads(guide_town.get(page.html.select_one("[data-map]")["data-map"]).body)
    line, *stops = data["features"]
    assert line["geometry"]["type"] == "LineString"
    # Longitude first.
    assert line["geometry"]["coordinates"][0] == [8.15, 50.14]
    assert [stop["properties"]["id"] for stop in stops] == [
        item["data-stop"] for item in page.html.select("[data-stop]")
    ]
    assert data["licence"] == "CC-BY-4.0"
    assert page.html.select_one(".map-beside > section + .map-frame")


def test_the_exported_gpx_can_be_imported_again(guide_town: Town, tour: int, gpx: Path) -> None:
    answer = guide_town.get(f"/guide/tour/{tour}.gpx")
    assert answer.content_type == "application/gpx+xml"
    assert 'filename="waldrunde.gpx"' in answer.headers["Content-Disposition"]
    before, after = parse_gpx(gpx.read_bytes()), parse_gpx(answer.body)
    assert after.name == "Waldrunde"
    assert (after.licence, after.attribution) == (before.licence, before.attribution)
    assert [(p.lat, p.lon, p.ele) for p in after.points] == [
        (p.lat, p.lon, p.ele) for p in before.points
    ]
    assert {place.name for place in after.waypoints} == {place.name for place in before.waypoints}
    assert plan_tour(answer.body, "x.gpx").length_m == pytest.approx(
        plan_tour(gpx.read_bytes(), "x.gpx").length_m
    )


def test_saving_a_tour_keeps_its_line_and_follows_its_stops(guide_town: Town, tour: int) -> None:
    with guide_town.content() as content:
        node = content.get(tour)
        fields = content.fields(node)
        fields["stops"] = [fields["stops"][1], fields["stops"][0] | {"title": "Ziel"}]
        content.save(tour, version=node.version, title="Neu", fields=fields)
    data = json.loads(guide_town.get(f"/guide/tour/{tour}.geojson").body)
    line, *stops = data["features"]
    assert len(line["geometry"]["coordinates"]) == 4
    assert [stop["properties"]["title"] for stop in stops] == ["Quelle", "Ziel"]
    assert stops[0]["properties"]["along_m"] > 1000
    assert stops[1]["properties"]["along_m"] == 0


def test_the_editor_shows_stops_but_not_the_line(guide_town: Town, tour: int) -> None:
    guide_town.login("editor")
    page = guide_town.get(f"/admin/nodes/{tour}/edit")
    assert "Parkplatz" in page.text
    form = next(form for form in page.forms.values() if "title" in form.fields)
    # The stops have titles, too; the page's own comes first.
    form.fields["title"][0].value = "Waldrunde neu"
    form.submit("do", value="publish")
    guide_town.anonymous()
    again = guide_town.get("/waldrunde")
    assert "Waldrunde neu" in again.text
    assert len(again.html.select(".stops > li")) == 2
    assert again.html.select_one("svg.sketch path")


def test_the_guide_lists_what_the_map_shows(
    guide_town: Town, tour: int, add_place: AddPlace
) -> None:
    add_place("Turm")
    guide_town.add("place", "Entwurf", published=False, fields={"lat": 50.0, "lon": 8.0})
    page = guide_town.get("/guide")
    assert "Entwurf" not in page.text
    shown = [item["data-stop"] for item in page.html.select("[data-stop]")]
    data = json.loads(guide_town.get(page.html.select_one("[data-map]")["data-map"]).body)
    assert [str(feature["properties"]["id"]) for feature in data["features"]] == shown
    assert [feature["properties"]["title"] for feature in data["features"]] == [
        "Waldrunde",
        "Turm",
    ]
    # The same numbers on both sides, counted on over both lists; and the list comes first.
    assert [feature["properties"]["number"] for feature in data["features"]] == [1, 2]
    assert [item["data-number"] for item in page.html.select("[data-stop]")] == ["1", "2"]
    assert page.html.select_one(".map-beside > .blocks + .map-frame#map")
    assert page.html.select_one('.page-header a[href="#map"]').get_text() == "Zur Karte"


def test_what_is_not_translated_is_shown_in_its_own_language(
    guide_town: Town, add_place: AddPlace
) -> None:
    add_place("Turm")
    item = guide_town.get("/guide?lang=en").html.select_one("[data-stop]")
    assert item["lang"] == "de"
    assert "not translated yet" in item.get_text()
    group = guide_town.node("/turm").translation_group
    guide_town.add(
        "place",
        "Tower",
        parent="/en",
        translation_group=group,
        fields={
            "kind": "poi",
            "lat": 50.15,
            "lon": 8.16,
            "licence": "CC0-1.0",
            "attribution": "Stadt",
        },
    )
    text = guide_town.get("/guide?lang=en").html.get_text()
    assert "Tower" in text
    assert "Turm" not in text


def test_an_empty_guide_says_so_and_the_front_page_has_no_door(guide_town: Town) -> None:
    assert guide_town.get("/guide").html.select_one(".empty-state")
    assert guide_town.get("/").html.select_one('.door[href="/guide"]') is None


def test_the_front_page_has_a_door_as_soon_as_something_is_published(
    guide_town: Town, add_place: AddPlace
) -> None:
    add_place("Turm")
    door = guide_town.get("/").html.select_one('.door[href="/guide"]')
    assert "1 Ort" in door.get_text(" ")


def test_a_place_shows_facts_position_and_neighbours(guide_town: Town, add_place: AddPlace) -> None:
    add_place("Turm", hours_note="Mo-Fr 9-17\nSa 10-12", step_free="partly", fee="frei")
    add_place("Brunnen", lat=50.151)
    add_place("Weit weg", lat=51.9)
    page = guide_town.get("/turm")
    text = page.html.get_text(" ", strip=True)
    for fact in ("50.15000, 8.16000", "Mo-Fr 9-17", "Teilweise", "frei", "Stadtarchiv"):
        assert fact in text
    assert "Brunnen" in text
    assert "Weit weg" not in text
    data = json.loads(guide_town.get(page.html.select_one("[data-map]")["data-map"]).body)
    assert [feature["properties"]["title"] for feature in data["features"]] == ["Turm", "Brunnen"]
    assert [item.get("data-number") for item in page.html.select("[data-stop]")] == [None, "1"]
    assert [feature["properties"].get("number") for feature in data["features"]] == [None, 1]
    assert page.html.select_one(".map-beside > .blocks + .map-frame")


def test_queries_do_not_grow_with_places(guide_town: Town, add_place: AddPlace) -> None:
    def count(path: str) -> int:
        guide_town.registry["page_cache"].clear()
        with guide_town.statements() as seen:
            guide_town.get(path)
        return len(seen)

    paths = ("/guide", "/guide/map.geojson", "/ort-0")
    add_place("Ort 0")
    add_place("Ort 1")
    for path in paths:
        guide_town.get(path)
    few = [count(path) for path in paths]
    for number in range(2, 12):
        add_place(f"Ort {number}")
    for path in paths:
        guide_town.get(path)
    assert [count(path) for path in paths] == few
    assert max(few) <= 8


def test_cached_pages_cost_no_sql(guide_town: Town, tour: int) -> None:
    for path in ("/guide", "/waldrunde", f"/guide/tour/{tour}.geojson"):
        guide_town.get(path)
        with guide_town.statements() as seen:
            guide_town.get(path)
        assert [one for one in seen if "node" in one or "cityguide" in one] == []


def test_without_the_plugin_its_pages_are_gone_and_its_addresses_free(
    guide_town: Town, tour: int, add_place: AddPlace
) -> None:
    add_place("Turm")
    guide_town.disable("cityguide")
    for path in ("/guide", "/guide/map.geojson", "/waldrunde", "/turm", f"/guide/tour/{tour}.gpx"):
        guide_town.get(path, status=404)
    guide_town.page("Guide", slug="guide")
    assert "Guide" in guide_town.get("/guide").text
    guide_town.enable("cityguide")
    assert "Waldrunde" in guide_town.get("/guide").text


def test_drafts_are_for_staff_in_every_shape(guide_town: Town, tour: int) -> None:
    with guide_town.content() as content:
        content.unpublish(tour)
    paths = ("/waldrunde", f"/guide/tour/{tour}.geojson", f"/guide/tour/{tour}.gpx")
    for path in paths:
        guide_town.get(path, status=404)
    guide_town.login("editor")
    for path in paths:
        guide_town.get(path, status=200)


def test_another_town_sees_nothing_of_it(guide_town: Town, tour: int) -> None:
    other = guide_town.second_tenant()
    other.enable("cityguide")
    for path in (f"/guide/tour/{tour}.geojson", f"/guide/tour/{tour}.gpx", "/waldrunde"):
        other.get(path, status=404)
    assert "Waldrunde" not in other.get("/guide").text


def test_numbers_beyond_every_table_are_not_found(guide_town: Town) -> None:
    for number in ("0", "999999999", "99999999999999999999"):
        guide_town.get(f"/guide/tour/{number}.geojson", status=404)


def test_places_that_were_here_before_are_indexed_when_the_plugin_comes_back(
    guide_town: Town, add_place: AddPlace
) -> None:
    add_place("Turm")
    with guide_town.session() as session:
        from sqlalchemy import delete

        from stadtkern_cityguide.models import Point

        session.execute(delete(Point))
    guide_town.disable("cityguide")
    guide_town.enable("cityguide")
    assert "Turm" in guide_town.get("/guide").text


def test_introductions_come_from_the_settings(guide_town: Town, add_place: AddPlace) -> None:
    add_place("Turm")
    guide_town.configure("cityguide", intro_de="Willkommen im Wald", intro_en="Welcome")
    assert "Willkommen im Wald" in guide_town.get("/guide").text
    assert "Welcome" in guide_town.get("/guide?lang=en").text


def test_the_label_of_the_smoothing_is_the_one_in_the_catalogue() -> None:
    assert SMOOTHED.interpolate() == SMOOTHING_LABEL


def test_settings_have_defaults(guide_town: Town) -> None:
    from stadtkern.plugins import settings_values

    values: dict[str, Any] = settings_values(guide_town.registry, "cityguide", {})
    assert values["trigger_radius_m"] == 40
    assert values["folder"] == ""


def test_programs_read_a_tours_line(guide_town: Town, tour: int) -> None:
    town, number = guide_town, tour
    token = town.token(town.account("editor"), "tours:read")
    found = town.api("GET", f"/tours/{number}/track", token=token).json
    assert found["length_m"] > 0
    assert found["line"]["geometry"]["type"] in {"LineString", "MultiLineString"}
    assert "/tours/{id}/track" in town.api("GET", "/openapi.json").json["paths"]
    for unknown in ("0", "999999", "x", "9" * 12):
        town.api("GET", f"/tours/{unknown}/track", token=token, status=404)
    town.disable("cityguide")
    town.api("GET", f"/tours/{number}/track", token=token, status=404)
    assert "/tours/{id}/track" not in town.api("GET", "/openapi.json").json["paths"]
