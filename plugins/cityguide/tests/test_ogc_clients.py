"""Open data as real programs read it: GDAL (ogrinfo, ogr2ogr) and OWSLib over a socket."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from jsonschema_rs import validator_for
from owslib.ogcapi.features import Features
from schemathesis.specs.openapi.definitions import OPENAPI_30

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.gdal import gdal_version
from stadtkern.testing.town import Town
from stadtkern_cityguide.plan import plan_tour
from stadtkern_cityguide.services import folder_for, import_tour

PLACES = 23
SQUARE = [[[8.1, 50.1], [8.2, 50.1], [8.2, 50.2], [8.1, 50.2], [8.1, 50.1]]]


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(make_town: Callable[..., Town], gpx: Path) -> Iterator[str]:
    """Serve a town with places, an area, a tour and an event; yield the open data's address."""
    # In development links carry the port that was asked.
    town = make_town({"stadtkern.development": "true"}, host="localhost")
    town.enable("cityguide")
    for number in range(PLACES):
        town.add(
            "place",
            f"Ort {number:02}",
            fields={
                "kind": "hotspot" if number % 2 else "facility",
                "lat": 50 + number / 100,
                "lon": 8.16,
                "licence": "CC-BY-4.0",
                "attribution": "Stadtarchiv",
                # Null in all but one: clients must learn of the field all the same.
                "phone": "06128 2410" if number == PLACES - 1 else "",
                "area": json.dumps({"type": "Polygon", "coordinates": SQUARE})
                if not number
                else "",
            },
        )
    event = {
        "type": "guide_event",
        "data": {
            "place": town.node("/ort-01").id,
            "licence": "CC0-1.0",
            "attribution": "Verein",
        },
    }
    starts = datetime(2099, 5, 1, 16, tzinfo=UTC)
    town.add("event", "Fest", fields={"starts": starts}, blocks=[event])
    with town.content() as content:
        plan = plan_tour(gpx.read_bytes(), gpx.name, language="de")
        import_tour(content, plan, folder_for(content, {}), publish=True)
    with make_server("127.0.0.1", 0, town.wsgi, handler_class=_Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://localhost:{server.server_port}/ogc"
        server.shutdown()
        thread.join()


def run(*arguments: str) -> str:
    """Run one of GDAL's programs and return what it prints; it fails where it complains."""
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout


def layers(text: str) -> dict[str, str]:
    """Return what ogrinfo says of each layer, by its name."""
    parts = text.split("Layer name: ")[1:]
    return {part.partition("\n")[0]: part for part in parts}


@on_sqlite
@pytest.mark.skipif(gdal_version() is None, reason="GDAL's programs are missing")
def test_gdal_reads_pages_boxes_and_filters_and_writes_gpx(served: str, tmp_path: Path) -> None:
    source = f"OAPIF:{served}"
    found = layers(run("ogrinfo", "-ro", "-al", "-so", "-oo", "PAGE_SIZE=4", source))
    assert set(found) == {"places", "tours", "stops", "areas", "events"}
    assert f"Feature Count: {PLACES}" in found["places"]
    for field in ("phone: String", "licence: String", "step_free: String", "categories"):
        assert field in found["places"]
    assert "Geometry: Point" in found["places"]
    assert "Extent: (8.160000, 50.000000) - (8.160000, 50.220000)" in found["places"]
    assert "Feature Count: 2" in found["stops"]
    assert "length_m: Real" in found["tours"]
    assert "Feature Count: 1" in found["areas"]
    assert "starts: DateTime" in found["events"]
    spatial = ("-spat", "8", "50.045", "9", "50.105")
    assert "Feature Count: 6" in run("ogrinfo", "-ro", "-so", *spatial, source, "places")
    where = ("-where", "kind='hotspot'", "-oo", "PAGE_SIZE=3")
    assert "Feature Count: 11" in run("ogrinfo", "-ro", "-so", *where, source, "places")
    title = ("-where", "title='Ort 07'")
    assert "phone (String)" in run("ogrinfo", "-ro", *title, source, "places")
    target = tmp_path / "orte.gpx"
    named = 'SELECT title AS name, summary AS "desc" FROM places'
    run("ogr2ogr", "-f", "GPX", "-nln", "waypoints", "-sql", named, str(target), source)
    assert target.read_text("utf-8").count("<wpt ") == PLACES
    assert "<name>Ort 07</name>" in target.read_text("utf-8")


READ = """
import json, sys
import pyogrio
meta, _index, geometry, values = pyogrio.raw.read(
    sys.argv[1], layer="places", columns=["title", "phone"], PAGE_SIZE=4
)
print(json.dumps([list(meta["fields"]), len(geometry), *(list(one) for one in values)]))
"""


@on_sqlite
def test_the_library_of_gdal_reads_all_pages(served: str) -> None:
    # In a process of its own: the library waits for answers without letting the server work.
    fields, number, titles, phones = json.loads(run(sys.executable, "-c", READ, f"OAPIF:{served}"))
    assert (fields, number) == (["title", "phone"], PLACES)
    assert sorted(titles) == [f"Ort {number:02}" for number in range(PLACES)]
    assert phones.count("06128 2410") == 1


@on_sqlite
def test_owslib_reads_collections_items_and_the_description(served: str) -> None:
    client = Features(served)
    names = [one["id"] for one in client.collections()["collections"]]
    assert names == ["places", "tours", "stops", "areas", "events"]
    assert client.feature_collections() == names
    assert any(one.endswith("/conf/core") for one in client.conformance()["conformsTo"])
    page = client.collection_items("places", limit=5, bbox=[8, 50.05, 9, 50.5])
    assert (page["numberMatched"], page["numberReturned"]) == (18, 5)
    assert "kind" in client.collection_queryables("places")["properties"]
    event = client.collection_items("events")["features"][0]
    assert event["geometry"]["coordinates"] == [8.16, 50.01]
    same = client.collection_item("events", str(event["id"]))
    assert same["properties"] == event["properties"]
    document = client.api()
    problems = [str(one) for one in validator_for(OPENAPI_30).iter_errors(document)]
    assert not problems
    assert {"limit", "bbox", "datetime", "kind"} <= {
        one.get("name") or one["$ref"].rpartition("/")[2]
        for one in document["paths"]["/collections/places/items"]["get"]["parameters"]
    }


@on_sqlite
def test_other_sites_pages_may_read_and_no_cookie_is_asked(
    guide_town: Town, add_place: Callable[..., None]
) -> None:
    add_place("Turm")
    for _again in range(2):  # made, then kept
        page = guide_town.get(
            "/ogc/collections/places/items", headers={"Origin": "https://a.example"}
        )
        assert page.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in page.headers
        assert "Set-Cookie" not in page.headers
        assert "Accept-Language" in page.headers["Vary"]
    tag = page.headers["ETag"]
    guide_town.get("/ogc/collections/places/items", headers={"If-None-Match": tag}, status=304)
