"""OGC API – Features: what clients of maps ask, page by page, and what they may not see."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide.plan import plan_tour
from stadtkern_cityguide.services import folder_for, import_tour

AddPlace = Callable[..., None]


def path_of(address: str) -> str:
    return "/ogc" + address.partition("/ogc")[2]


def link(answer: Any, rel: str) -> str | None:
    return next((path_of(one["href"]) for one in answer["links"] if one["rel"] == rel), None)


@pytest.fixture
def places(guide_town: Town, add_place: AddPlace) -> Town:
    """Return a town with seven public places on a line to the north, and a draft."""
    for number in range(7):
        add_place(f"Ort {number}", lat=50 + number / 10, step_free="yes", access={"loop"})
    add_place("Entwurf", lat=50.05)
    with guide_town.content() as content:
        content.unpublish(guide_town.node("/entwurf").id)
    return guide_town


def test_a_client_finds_its_way_from_page_to_page(places: Town) -> None:
    town = places
    start = town.get("/ogc").json
    assert town.get(link(start, "conformance")).json["conformsTo"]
    assert town.get(link(start, "service-desc")).json["openapi"].startswith("3.0")
    found, *more = town.get(link(start, "data")).json["collections"]
    assert [found["id"], *(one["id"] for one in more)] == [
        *("places", "tours", "stops", "areas", "events")
    ]
    assert found["extent"]["spatial"]["bbox"] == [[8.16, 50.0, 8.16, 50.6]]
    address = f"{link(found, 'items')}?limit=3"
    titles, pages = [], 0
    while address:
        page = town.get(address)
        assert page.content_type == "application/geo+json"
        assert page.json["numberMatched"] == 7
        assert page.json["numberReturned"] == len(page.json["features"])
        titles += [one["properties"]["title"] for one in page.json["features"]]
        address, pages = link(page.json, "next"), pages + 1
    assert titles == [f"Ort {number}" for number in range(7)]
    assert pages == 3


def test_a_box_holds_what_lies_within_and_keeps_on_the_next_page(places: Town) -> None:
    items = "/ogc/collections/places/items"
    box = "8.1,50.09999999999999,8.2,50.45"
    page = places.get(f"{items}?bbox={box}&limit=2").json
    assert page["numberMatched"] == 4
    rest = places.get(link(page, "next")).json
    titles = [one["properties"]["title"] for one in page["features"] + rest["features"]]
    assert titles == ["Ort 1", "Ort 2", "Ort 3", "Ort 4"]
    assert places.get(f"{items}?bbox=170,-90,-170,90").json["numberMatched"] == 0
    for wrong in ("bbox=1,2,3", "bbox=a,b,c,d", "bbox=0,9,0,1", "bbox=nan,0,1,1", "limit=0"):
        assert places.get(f"{items}?{wrong}", status=400).json["code"] == "InvalidParameterValue"
    assert len(places.get(f"{items}?limit=999999").json["features"]) == 7


@on_sqlite
def test_a_feature_says_everything_and_nothing_is_null(places: Town) -> None:
    number = places.node("/ort-1").id
    found = places.get(f"/ogc/collections/places/items/{number}").json
    assert found["geometry"] == {"type": "Point", "coordinates": [8.16, 50.1]}
    assert found["properties"]["licence"] == "CC-BY-4.0"
    assert found["properties"]["url"].endswith("/ort-1")
    assert found["properties"]["accessibility"]["hasInductionLoop"] is True
    assert None not in found["properties"].values()
    for gone in (places.node("/entwurf").id, 999_999_999):
        places.get(f"/ogc/collections/places/items/{gone}", status=404)
    places.get(f"/ogc/collections/tours/items/{number}", status=404)
    places.get("/ogc/collections/people/items", status=404)
    other = places.second_tenant()
    other.enable("cityguide")
    assert other.get("/ogc/collections/places/items").json["numberMatched"] == 0
    other.get(f"/ogc/collections/places/items/{number}", status=404)
    places.disable("cityguide")
    places.get("/ogc", status=404)


@on_sqlite
def test_tours_are_lines(guide_town: Town, gpx: Path) -> None:
    with guide_town.content() as content:
        plan = plan_tour(gpx.read_bytes(), gpx.name, language="de")
        import_tour(content, plan, folder_for(content, {}), publish=True)
    page = guide_town.get("/ogc/collections/tours/items?bbox=8.155,50.1,8.3,50.2").json
    (tour,) = page["features"]
    assert tour["geometry"]["type"] == "LineString"
    assert tour["properties"]["length_m"] == pytest.approx(1876.7, abs=1)
    assert tour["properties"]["stops"] == 2
    assert guide_town.get("/ogc/collections/tours/items?bbox=9,50,10,51").json["features"] == []


@on_sqlite
def test_the_number_of_queries_does_not_grow(places: Town) -> None:
    def count(limit: int) -> int:
        with places.statements() as seen:
            places.get(f"/ogc/collections/places/items?limit={limit}")
        return len(seen)

    count(3)  # what a process knows of a town
    assert count(5) <= 3, "two of them are asked for"
    assert count(7) <= 3
    assert count(6) <= 2, "all of them are ready"
    assert count(7) <= 1, "kept"
