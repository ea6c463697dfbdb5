"""What may be asked of the open data: times, filters, languages, pages; and what is refused."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide import areas

AddPlace = Callable[..., None]
ITEMS = "/ogc/collections/{}/items?{}"
DATA = Path(__file__).parents[4] / "shared" / "data" / "geojson"


def titles(town: Town, collection: str, query: str = "", **kw: Any) -> list[str]:
    page = town.get(ITEMS.format(collection, query), **kw).json
    assert page["numberReturned"] == len(page["features"])
    return [one["properties"]["title"] for one in page["features"]]


@pytest.fixture
def calendar(guide_town: Town, add_place: AddPlace) -> Town:
    """Return a town with places of some time and events in two of them."""
    add_place("Immer", step_free="yes")
    add_place("Sommer", lat=50.3, valid_from=date(2026, 6, 1), valid_to=date(2026, 8, 31))
    for title, month, place in (("Maifest", 5, "/immer"), ("Sommerfest", 7, "/sommer")):
        details = {"licence": "CC0-1.0", "attribution": "Verein"}
        if place:
            details |= {"place": guide_town.node(place).id}
        guide_town.add(
            "event",
            title,
            fields={
                "starts": datetime(2026, month, 1, 16, tzinfo=UTC),
                "ends": datetime(2026, month, 3, 20, tzinfo=UTC),
            },
            blocks=[{"type": "guide_event", "data": details}],
        )
    guide_town.add("event", "Ohne Ort", fields={"starts": datetime(2026, 9, 1, 8, tzinfo=UTC)})
    return guide_town


def test_events_are_found_by_moments_days_and_open_intervals(calendar: Town) -> None:
    for asked, found in (
        ("2026-05-02T12:00:00Z", ["Maifest"]),
        ("2026-05-02T14:00:00%2B02:00", ["Maifest"]),
        ("2026-05-03", ["Maifest"]),
        ("2026-05-04", []),
        ("2026-05-01/2026-07-01", ["Maifest", "Sommerfest"]),
        ("../2026-06-01T00:00:00Z", ["Maifest"]),
        ("/2026-06-01T00:00:00Z", ["Maifest"]),
        ("2026-07-02T00:00:00Z/..", ["Sommerfest", "Ohne Ort"]),
        ("2026-07-02T00:00:00Z/", ["Sommerfest", "Ohne Ort"]),
        ("../..", ["Maifest", "Sommerfest", "Ohne Ort"]),
    ):
        assert titles(calendar, "events", f"datetime={asked}") == found, asked
    box = "bbox=8,50.2,9,50.4"
    assert titles(calendar, "events", box) == ["Sommerfest"]
    assert titles(calendar, "events", f"place={calendar.node('/immer').id}") == ["Maifest"]
    event = calendar.get(ITEMS.format("events", "datetime=2026-05-02")).json["features"][0]
    assert event["geometry"]["coordinates"] == [8.16, 50.15]
    assert event["properties"]["starts"] == "2026-05-01T18:00:00+02:00"
    lost = calendar.get(ITEMS.format("events", "datetime=2026-09-01")).json["features"][0]
    assert lost["geometry"] is None
    assert lost["properties"]["attribution"] == "Musterstadt"


@on_sqlite
def test_places_are_found_by_when_they_are_there_and_by_what_they_are(calendar: Town) -> None:
    assert titles(calendar, "places", "datetime=2026-07-01") == ["Immer", "Sommer"]
    assert titles(calendar, "places", "datetime=2026-09-01T00:00:00Z/..") == ["Immer"]
    assert titles(calendar, "places", "step_free=yes") == ["Immer"]
    assert titles(calendar, "places", "title=Sommer&kind=hotspot") == ["Sommer"]
    assert titles(calendar, "places", "category=nichts") == []
    page = calendar.get(ITEMS.format("places", "limit=1&kind=hotspot&datetime=2026-07-01")).json
    following = next(one["href"] for one in page["links"] if one["rel"] == "next")
    for kept in ("limit=1", "kind=hotspot", "datetime=2026-07-01", "after="):
        assert kept in following
    assert following.startswith("http://musterstadt.example/ogc/")


@on_sqlite
def test_filters_are_declared_wherever_a_client_looks(calendar: Town) -> None:
    asked = calendar.get("/ogc/collections/places/queryables")
    assert asked.content_type == "application/schema+json"
    assert asked.json["properties"]["kind"]["enum"] == ["hotspot", "poi", "facility"]
    schema = calendar.get("/ogc/collections/places/schema").json
    feature = calendar.get(ITEMS.format("places", "limit=1")).json["features"][0]
    assert set(schema["properties"]) == {"geometry", *feature["properties"]}
    names = {"string": str, "array": list, "object": dict, "integer": int, "number": float}
    for name, value in feature["properties"].items():
        assert isinstance(value, names[schema["properties"][name]["type"]]), name


@on_sqlite
@pytest.mark.parametrize("collection", ["places", "events", "stops"])
def test_what_cannot_be_understood_is_refused_with_a_reason(
    calendar: Town, collection: str
) -> None:
    for wrong in (
        *("limit=0", "limit=-1", "limit=viele", "limit=1&limit=2", "after=x"),
        *("bbox=", "bbox=1,2,3", "bbox=a,b,c,d", "bbox=0,9,0,1", "bbox=nan,0,1,1"),
        *("bbox=200,0,201,1", "bbox=8,50,9,91", "bbox=1e400,0,1,1"),
        *("datetime=gestern", "datetime=", "datetime=..", "datetime=2026-13-01", "datetime=a/b/c"),
        *("datetime=2026-05-02T12:00:00", "datetime=2026-06-01/2026-05-01"),
        *("f=xml", "lang=tlh", "unbekannt=1", "bbox-crs=EPSG:25832", "kind=schloss"),
    ):
        answer = calendar.get(ITEMS.format(collection, wrong), status=400).json
        assert answer["code"] == "InvalidParameterValue", wrong
        assert len(answer["description"]) > 10
    much = calendar.get(ITEMS.format(collection, "bbox=" + "1," * 50_000), status=400)
    assert "1000 characters" in much.json["description"]
    for edge in ("limit=99999999999999999", "datetime=9999-12-31", "after=999999999999999999"):
        calendar.get(ITEMS.format(collection, edge), status=(200, 400))
    assert calendar.get("/ogc/collections/nichts/items", status=404).json["code"] == "NotFound"
    calendar.get(f"/ogc/collections/{collection}/items/999999999999999999", status=404)
    calendar.get("/ogc?unbekannt=1", status=400)


@on_sqlite
def test_pages_are_for_those_who_ask_and_speak_their_language(calendar: Town) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
    for path in (
        "/ogc",
        "/ogc/",
        "/ogc/conformance",
        "/ogc/collections",
        "/ogc/collections/events",
    ):
        assert calendar.get(path).content_type == "application/json", path
        page = calendar.get(path, headers=browser)
        assert page.content_type == "text/html", path
        assert page.html.select_one("h1"), path
        assert calendar.get(path).content_type == "application/json", "not the kept page"
    items = calendar.get(ITEMS.format("places", "f=html&limit=1&lang=en"))
    assert items.html.select_one("h1").get_text() == "Places"
    more = next(one["href"] for one in items.html.select("a") if one.get_text() == "More")
    assert "f=html" in more
    assert "lang=en" in more
    item = calendar.get(f"/ogc/collections/places/items/{calendar.node('/immer').id}?f=html")
    assert "CC-BY-4.0" in item.text
    english = calendar.get("/ogc/collections/places", headers={"Accept-Language": "en"})
    assert english.json["title"] == "Places"
    assert calendar.get("/ogc/collections/places").json["title"] == "Orte"


@on_sqlite
def test_translations_come_where_they_are_and_the_rest_in_the_first_language(
    calendar: Town,
) -> None:
    node = calendar.node("/immer")
    with calendar.content() as content:
        made = content.translate(node.id, "en", title="Always")
        content.publish(made.id)
    assert titles(calendar, "places") == ["Immer", "Sommer"]
    assert sorted(titles(calendar, "places", "lang=en")) == ["Always", "Sommer"]
    accepting = {"headers": {"Accept-Language": "en-GB,en;q=0.9"}}
    assert sorted(titles(calendar, "places", **accepting)) == ["Always", "Sommer"]


@on_sqlite
@pytest.mark.skipif(not DATA.is_dir(), reason="the shared folder of reference data is missing")
def test_areas_come_in_and_go_out_with_their_rights(
    guide_town: Town, stadtkern: Callable[..., Any]
) -> None:
    path = DATA / "frankfurt-main.geojson"
    command = ("cityguide", "import", str(path), "--tenant", guide_town.slug, "--json")
    rights = ("--licence", "DL-DE-BY-2.0", "--attribution", "Stadt Frankfurt am Main")
    command = (*command, *rights)
    report = json.loads(stadtkern(*command, "--publish").stdout)
    assert (report["new"], report["invalid"]) == (46, [])
    assert json.loads(stadtkern(*command).stdout)["unchanged"] == 46
    page = guide_town.get(ITEMS.format("areas", "limit=100")).json
    assert page["numberMatched"] == 46
    original = json.loads(path.read_text("utf-8"))
    before = [one["geometry"] for one in original["features"]]
    after = [one["geometry"] for one in page["features"]]
    assert after == before
    assert {
        (one["properties"]["licence"], one["properties"]["attribution"]) for one in page["features"]
    } == {("DL-DE-BY-2.0", "Stadt Frankfurt am Main")}
    extent = guide_town.get("/ogc/collections/areas").json["extent"]["spatial"]["bbox"]
    assert extent == [[8.472761, 50.015249, 8.800382, 50.227129]]


NUMBERS = st.floats(-180, 180, allow_nan=False)


@given(st.lists(st.tuples(NUMBERS, st.floats(-90, 90)), min_size=3, max_size=30))
def test_an_area_reads_as_it_was_written(corners: list[tuple[float, float]]) -> None:
    ring = [list(corner) for corner in [*corners, corners[0]]]
    area = areas.read({"type": "Polygon", "coordinates": [ring]})
    assert areas.read(areas.written(area)) == area == areas.stored(areas.written(area))
    box = areas.box_of(area)
    assert box.south <= box.north


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "POLYGON((0 0))",
        "[" * 100_000,
        '{"type":"Point","coordinates":[8,50]}',
        '{"type":"Polygon","coordinates":[]}',
        '{"type":"Polygon","coordinates":[[[8,50],[9,50],[8,50]]]}',
        '{"type":"Polygon","coordinates":[[[8,50],[9,50],[9,51],[8,51]]]}',
        '{"type":"Polygon","coordinates":[[[8,50],[9,95],[9,51],[8,50]]]}',
        '{"type":"Polygon","coordinates":[[[8,50],[NaN,50],[9,51],[8,50]]]}',
        '{"type":"MultiPolygon","coordinates":[[[8,50]]]}',
    ],
)
def test_what_is_no_area_is_told_so(wrong: str) -> None:
    with pytest.raises(areas.AreaError):
        areas.read(wrong)
