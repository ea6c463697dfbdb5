"""Whole collections for devices and other sites, filtered as the list is; and what hubs read."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import gpxpy
import pytest
from icalendar import Calendar
from lxml import etree

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide.plan import plan_tour
from stadtkern_cityguide.services import folder_for, import_tour

AddPlace = Callable[..., None]
ATOM = {"a": "http://www.w3.org/2005/Atom", "g": "http://www.georss.org/georss"}


@pytest.fixture
def full(guide_town: Town, add_place: AddPlace, gpx: Path) -> Town:
    """Return a town with places, a tour, an event to come and one that is over."""
    food = guide_town.add("guide_category", "Essen", fields={"icon": "food"})
    add_place(
        "Turm",
        opening_hours="Mo-Su 10:00-12:00",
        fee="frei",
        street="Am Turm 1",
        source="Denkmalliste",
        step_free="yes",
    )
    add_place("Café", kind="facility", lat=50.2, categories=[{"category": food.id}])
    with guide_town.content() as content:
        plan = plan_tour(gpx.read_bytes(), gpx.name, language="de")
        import_tour(content, plan, folder_for(content, {}), publish=True)
    details = {
        "place": guide_town.node("/turm").id,
        "fee": "5 Euro",
        "organiser": "Verein",
        "licence": "CC0-1.0",
        "attribution": "Verein",
    }
    for title, days in (("Fest", 3), ("Vorbei", -30)):
        guide_town.add(
            "event",
            title,
            fields={"starts": datetime.now(UTC) + timedelta(days=days)},
            blocks=[{"type": "guide_event", "data": details}],
        )
    return guide_town


@on_sqlite
def test_places_and_tours_go_along_as_gpx(full: Town) -> None:
    found = gpxpy.parse(full.get("/guide/places.gpx").text)
    assert [one.name for one in found.waypoints] == ["Turm", "Café"]
    assert found.waypoints[0].source == "Stadtarchiv, CC-BY-4.0"
    assert found.waypoints[0].link == "http://musterstadt.example/turm"
    tours = gpxpy.parse(full.get("/guide/tours.gpx").text)
    assert [(one.name, one.get_points_no()) for one in tours.tracks] == [("Waldrunde", 4)]


@on_sqlite
def test_the_lists_filters_count_for_feeds(full: Town) -> None:
    def titles(path: str) -> list[str]:
        found = full.get(path).json["features"]
        return [one["properties"]["title"] for one in found]

    assert titles("/guide/places.geojson") == ["Turm", "Café"]
    assert titles("/guide/places.geojson?category=essen") == ["Café"]
    assert titles("/guide/places.geojson?step_free=1") == ["Turm"]
    assert titles("/guide/places.geojson?q=turm") == ["Turm"]
    assert titles("/guide/tours.geojson?category=essen") == []
    assert titles("/guide/events.geojson") == ["Fest"]
    page = full.get("/guide?step_free=1")
    links = {one["href"] for one in page.html.select(".guide-data a")}
    assert "/guide/places.gpx?step_free=1" in links
    assert "/ogc" in links
    for link in links:
        full.get(link)


@on_sqlite
def test_feeds_say_where_and_whose(full: Town) -> None:
    root = etree.fromstring(full.get("/guide/places.georss").body)
    entry = root.find("a:entry", ATOM)
    assert entry is not None
    assert entry.findtext("g:point", namespaces=ATOM) == "50.15 8.16"
    assert entry.findtext("a:rights", namespaces=ATOM) == "Stadtarchiv, CC-BY-4.0"
    tours = etree.fromstring(full.get("/guide/tours.georss").body)
    line = tours.findtext("a:entry/g:line", namespaces=ATOM)
    assert line is not None
    assert line.startswith("50.14 8.15 ")
    calendar = Calendar.from_ical(full.get("/guide/events.ics").body)
    assert [str(one["summary"]) for one in calendar.walk("VEVENT")] == ["Fest"]


@on_sqlite
def test_hubs_read_the_whole_guide_with_a_licence_per_object(full: Town) -> None:
    answer = full.get("/guide/guide.jsonld")
    assert answer.content_type == "application/ld+json"
    town, *things = answer.json["@graph"]
    assert town["@type"] == "TouristDestination"
    tower, cafe, trip, event = things
    assert town["includesAttraction"] == [{"@id": tower["@id"]}]
    assert (tower["@type"], tower["publicAccess"]) == ("TouristAttraction", True)
    assert tower["isAccessibleForFree"] is True
    assert tower["isBasedOn"] == "Denkmalliste"
    assert len(tower["openingHoursSpecification"]) == 7
    assert cafe["@type"] == "CivicStructure"
    assert trip["@type"] == "TouristTrip"
    assert [one["item"]["name"] for one in trip["itinerary"]["itemListElement"]] == [
        "Parkplatz",
        "Quelle",
    ]
    assert event["location"]["@id"] == tower["@id"]
    assert event["isAccessibleForFree"] is False
    for one in things:
        assert one["license"].startswith("https://")
        assert one["author"]["name"]
        assert one["creditText"]


def _graph(town: Town, path: str) -> list[Any]:
    data = json.loads(town.get(path).html.select_one("script[type*=ld]").string)
    return list(data.get("@graph", [data]))


@on_sqlite
def test_pages_say_the_same_of_themselves(full: Town) -> None:
    (destination,) = _graph(full, "/guide")
    assert [one["name"] for one in destination["includesAttraction"]] == ["Turm"]
    tower = _graph(full, "/turm")[-1]
    assert tower["license"] == "https://creativecommons.org/licenses/by/4.0/"
    assert tower["author"]["name"] == "Stadtarchiv"
    trip = next(one for one in _graph(full, "/waldrunde") if one["@type"] == "TouristTrip")
    first = trip["itinerary"]["itemListElement"][0]["item"]
    assert first["geo"] == {"@type": "GeoCoordinates", "latitude": 50.14, "longitude": 8.15}
    told = [one for one in _graph(full, "/fest") if one["@type"] == "Event"]
    assert len({one["@id"] for one in told}) == 1
    assert told[-1]["location"]["address"]["streetAddress"] == "Am Turm 1"
    assert told[-1]["license"] == "https://creativecommons.org/publicdomain/zero/1.0/"


@on_sqlite
def test_feeds_cost_the_same_however_much_there_is(full: Town, add_place: AddPlace) -> None:
    def count(path: str) -> int:
        with full.statements() as seen:
            full.get(path)
        return len(seen)

    paths = ("/guide/places.geojson?q=o", "/guide/guide.jsonld", "/guide/events.ics")
    add_place("Ort")
    before = [count(path) for path in paths]
    for number in range(5):
        add_place(f"Ort {number}")
    assert [count(path) for path in paths] == before
