"""``stadtkern cityguide import``: what it makes, what it leaves alone, what it refuses."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from stadtkern.content import Node
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide.models import Origin, Track

Command = Callable[..., Any]
DATA = Path(__file__).parents[4] / "shared" / "data"
shared_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the shared folder of reference data is missing"
)


def run(stadtkern: Command, town: Town, path: Path, *more: str) -> Any:
    return stadtkern("cityguide", "import", str(path), "--tenant", town.slug, *more)


def report(stadtkern: Command, town: Town, path: Path, *more: str) -> Any:
    result = run(stadtkern, town, path, "--json", *more)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def counts(found: Any) -> tuple[int, int, int]:
    return found["new"], found["changed"], found["unchanged"]


def number_of(town: Town, kind: str) -> int:
    with town.session(write=False) as session:
        return int(
            session.scalar(select(func.count()).select_from(Node).where(Node.type == kind)) or 0
        )


def collection(path: Path, *features: tuple[dict[str, Any], list[Any]], **more: Any) -> Path:
    found = [
        {
            "type": "Feature",
            "properties": properties,
            "geometry": {"type": "Point", "coordinates": position},
        }
        for properties, position in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": found} | more), "utf-8")
    return path


@pytest.fixture
def markets(tmp_path: Path) -> Path:
    """Return a file of three markets: one right, one to mend, one that cannot be understood."""
    return collection(
        tmp_path / "maerkte.geojson",
        (
            {
                "title": "Wochenmarkt",
                "location": "Marktplatz, 65232 Taunusstein",
                "opening_hours": "Sa 07:00-14:00",
                "amenity": "marketplace",
                "wheelchair": "limited",
            },
            [8.15, 50.14],
        ),
        ({"title": "Bauernmarkt", "opening_hours": "Sa[1]  09:00-14:00"}, [8.16, 50.15]),
        ({"title": "Nachtmarkt", "opening_hours": "Tu 07:00-016:00"}, [8.17, 50.15]),
        licence="CC-BY-4.0",
        attribution="Stadtmarketing",
    )


def test_markets_are_taken_mended_and_reported(
    guide_town: Town, stadtkern: Command, markets: Path
) -> None:
    town = guide_town
    town.add("guide_category", "Märkte", fields={"words": "amenity=marketplace"})
    wanted = {
        "new": 3,
        "changed": 0,
        "unchanged": 0,
        "repaired": [
            {
                "item": "Bauernmarkt",
                "field": "opening_hours",
                "from": "Sa[1]  09:00-14:00",
                "to": "Sa[1] 09:00-14:00",
            }
        ],
    }
    dry = report(stadtkern, town, markets, "--dry-run")
    assert number_of(town, "place") == 0
    found = report(stadtkern, town, markets, "--publish")
    assert found == dry
    (invalid,) = found.pop("invalid")
    assert found == wanted
    assert (invalid["item"], invalid["field"]) == ("Nachtmarkt", "opening_hours")
    assert "Tu 07:00-016:00" in invalid["reason"]
    fields = town.node("/wochenmarkt").body["fields"]
    assert fields["street"] == "Marktplatz"
    assert fields["city"] == "Taunusstein"
    assert fields["step_free"] == "partly"
    assert fields["licence"] == "CC-BY-4.0"
    assert fields["categories"] == [{"category": town.node("/maerkte").id}]
    assert not town.node("/nachtmarkt").body["fields"]["opening_hours"]
    assert town.node("/wochenmarkt").state == "published"
    assert "Märkte" in town.get("/wochenmarkt").text


def test_again_changes_nothing_and_what_an_editor_changed_stays(
    guide_town: Town, stadtkern: Command, markets: Path
) -> None:
    town = guide_town
    report(stadtkern, town, markets)
    assert counts(report(stadtkern, town, markets)) == (0, 0, 3)
    node = town.node("/wochenmarkt")
    with town.content() as content:
        fields = content.fields(content.get(node.id)) | {"street": "Neuer Platz 1"}
        content.save(node.id, version=node.version, title="Markt in der Mitte", fields=fields)
    text = markets.read_text("utf-8").replace("Marktplatz,", "Rathausplatz,")
    markets.write_text(text.replace("Sa 07:00-14:00", "Sa 08:00-14:00"), "utf-8")
    assert counts(report(stadtkern, town, markets)) == (0, 1, 2)
    node = town.node("/wochenmarkt")
    assert node.title == "Markt in der Mitte"
    assert node.body["fields"]["street"] == "Neuer Platz 1"
    assert node.body["fields"]["opening_hours"] == "Sa 08:00-14:00"
    assert counts(report(stadtkern, town, markets)) == (0, 0, 3)
    with town.content() as content:
        content.delete(node.id)
    # What somebody has put into the trash does not come back by itself.
    assert counts(report(stadtkern, town, markets)) == (0, 0, 3)
    with pytest.raises(LookupError):
        town.node("/wochenmarkt")


@on_sqlite
def test_what_is_here_already_from_elsewhere_is_pointed_out(
    guide_town: Town, stadtkern: Command, markets: Path, add_place: Callable[..., None]
) -> None:
    add_place("Wochenmarkt", lat=50.1401, lon=8.1501)
    found = report(stadtkern, guide_town, markets)
    assert found["new"] == 2
    assert found["invalid"][-1]["item"] == "Wochenmarkt"
    assert "/wochenmarkt" in found["invalid"][-1]["reason"]


@on_sqlite
def test_places_outside_the_world_and_without_a_name_are_listed(
    guide_town: Town, stadtkern: Command, tmp_path: Path
) -> None:
    path = collection(
        tmp_path / "orte.json",
        ({"name": "Mond"}, [8.1, 99]),
        ({"name": "Nirgends"}, ["x", 50]),
        ({}, [8.1, 50]),
        ({"name": "Turm"}, [8.1, 50.1]),
    )
    found = report(stadtkern, guide_town, path)
    assert found["new"] == 1
    assert [(one["item"], one["field"]) for one in found["invalid"]] == [
        ("Mond", "geometry"),
        ("Nirgends", "geometry"),
        ("Item 3", "title"),
    ]
    # Without licence and attribution it waits for somebody to add them.
    assert guide_town.node("/turm").state == "draft"


CSV = "Name;Breite;Länge;Öffnungszeiten;Kategorie\nQuelle;50,14;8,15;24/7;Natur\n".encode("cp1252")
OSM = b"""<?xml version="1.0"?><osm version="0.6"><node id="1" lat="50.14" lon="8.15">
<tag k="name" v="Burg"/><tag k="historic" v="castle"/><tag k="wheelchair" v="no"/></node>
<node id="2" lat="50.2" lon="8.2"/><node id="3" lat="50.4" lon="8.4"/>
<way id="9"><nd ref="2"/><nd ref="3"/><tag k="name" v="Park"/><tag k="leisure" v="park"/></way>
<node id="4" lat="50.3" lon="8.3"><tag k="highway" v="stop"/></node></osm>"""
ICAL = "\r\n".join(
    (
        *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x"),
        *("BEGIN:VEVENT", "UID:1@x", "SUMMARY:Fest", "LOCATION:Platz"),
        *("DTSTART;VALUE=DATE:20260501", "DTEND;VALUE=DATE:20260503", "END:VEVENT"),
        *("BEGIN:VEVENT", "UID:2@x", "SUMMARY:Markt", "DTSTART:20260708T080000Z"),
        *("RRULE:FREQ=WEEKLY", "END:VEVENT", "END:VCALENDAR", ""),
    )
).encode()


@on_sqlite
def test_each_format_is_told_by_its_content(
    guide_town: Town, stadtkern: Command, tmp_path: Path
) -> None:
    town = guide_town
    folder = tmp_path / "alles"
    folder.mkdir()
    for name, data in (("a.bin", CSV), ("b.bin", OSM), ("c.bin", ICAL)):
        (folder / name).write_bytes(data)
    found = report(stadtkern, town, folder)
    assert counts(found) == (5, 0, 0)
    assert found["invalid"] == []
    assert town.node("/markt").body["blocks"][0]["data"]["rule"] == "FREQ=WEEKLY"
    assert town.node("/quelle").body["fields"]["lat"] == 50.14
    assert town.node("/quelle").body["fields"]["opening_hours"] == "24/7"
    castle = town.node("/burg").body["fields"]
    assert (castle["kind"], castle["step_free"], castle["licence"]) == (
        "hotspot",
        "no",
        "ODbL-1.0",
    )
    assert town.node("/park").body["fields"]["lat"] == pytest.approx(50.3)
    feast = town.node("/fest")
    assert feast.type == "event"
    assert feast.body["fields"]["starts"] == "2026-05-01T00:00"
    assert feast.body["fields"]["ends"] == "2026-05-02T23:59"
    assert town.node("/markt").body["fields"]["starts"] == "2026-07-08T10:00"
    assert counts(report(stadtkern, town, folder)) == (0, 0, 5)


def test_a_route_becomes_a_tour_and_its_next_version_the_same_tour(
    guide_town: Town, stadtkern: Command, gpx: Path
) -> None:
    town = guide_town
    assert counts(report(stadtkern, town, gpx, "--dry-run")) == (1, 0, 0)
    assert number_of(town, "tour") == 0
    assert counts(report(stadtkern, town, gpx)) == (1, 0, 0)
    node = town.node("/waldrunde")
    assert node.state == "draft"
    # In the order of the way, not of the file.
    assert [stop["title"] for stop in node.body["fields"]["stops"]] == ["Parkplatz", "Quelle"]
    assert "verein.example" not in json.dumps(node.body)
    with town.session(write=False) as session:
        track = session.scalars(select(Track)).one()
        assert track.length_m == pytest.approx(1876.7, abs=1)
        assert [stop["elevation_m"] for stop in track.stops] == [300, 400]
    assert counts(report(stadtkern, town, gpx)) == (0, 0, 1)
    gpx.write_text(gpx.read_text("utf-8").replace("50.1550", "50.1600"), "utf-8")
    assert counts(report(stadtkern, town, gpx)) == (0, 1, 0)
    with town.session(write=False) as session:
        assert session.scalars(select(Track)).one().length_m > 2000
        assert session.scalars(select(Origin)).one().node_id == node.id
    assert number_of(town, "tour") == 1


@on_sqlite
def test_twenty_thousand_points_are_a_tour(
    guide_town: Town, stadtkern: Command, tmp_path: Path
) -> None:
    line = [[8 + number / 100_000, 50 + (number % 7) / 100_000] for number in range(20_000)]
    path = tmp_path / "lang.geojson"
    path.write_text(
        json.dumps(
            {
                "type": "Feature",
                "properties": {"name": "Lang", "licence": "CC0-1.0", "attribution": "Wir"},
                "geometry": {"type": "LineString", "coordinates": line},
            }
        ),
        "utf-8",
    )
    assert counts(report(stadtkern, guide_town, path, "--publish")) == (1, 0, 0)
    assert "Start" in guide_town.get("/lang").text


@shared_data
@on_sqlite
def test_real_files_are_read(guide_town: Town, stadtkern: Command) -> None:
    found = report(stadtkern, guide_town, DATA / "gpx")
    assert counts(found) == (2, 0, 0)
    assert found["invalid"] == []
    found = report(stadtkern, guide_town, DATA / "geojson")
    assert counts(found) == (36 + 46, 0, 0)
    assert [one["from"] for one in found["repaired"]] == [
        "Sa[1]  09:00-14:00",
        "Sa[3]  07:00-13:00",
    ]
    assert found["invalid"] == []
    assert counts(report(stadtkern, guide_town, DATA / "geojson")) == (0, 0, 82)


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE {} [<!ENTITY a "aaaaaaaaaa">'
    b'<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><{}><name>&b;</name></{}>'
)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"not xml at all", "no known kind"),
        (b"<html><body></body></html>", "web page"),
        (b"<kml></kml>", "KML"),
        (b"<gpx><trk><trkseg><trkpt lat='50' lon='8'", "ends too early"),
        (b"<gpx></gpx>", "no route"),
        (BOMB.replace(b"{}", b"gpx"), "DOCTYPE"),
        (BOMB.replace(b"{}", b"osm"), "DOCTYPE"),
        (b'<?xml version="1.0" encoding="UTF-8"?><gpx><name>\xe4\xff</name></gpx>', "characters"),
        (gzip.compress(b"<gpx></gpx>", mtime=0), "compressed"),
        (b"<" + b"a" * 10 * 1024 * 1024, "too large"),
        (b'{"type": "FeatureCollection", "features": [', "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "cannot be read"),
        (b'{"features": 1}', "no features"),
        (b"<osm><node id='1'", "cannot be read"),
        (b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT", "cannot be read"),
        (b"name;lat;lon\n", "Nothing can be imported"),
    ],
)
@on_sqlite
def test_bad_files_are_refused_with_a_reason_and_leave_nothing(
    guide_town: Town, stadtkern: Command, tmp_path: Path, data: bytes, reason: str
) -> None:
    path = tmp_path / "bad.gpx"
    path.write_bytes(data)
    result = run(stadtkern, guide_town, path)
    assert result.exit_code == 1
    assert reason in result.stderr
    assert result.stdout == ""
    assert number_of(guide_town, "tour") + number_of(guide_town, "place") == 0


def test_refusals_and_usage_have_their_exit_codes(
    town: Town, stadtkern: Command, gpx: Path, tmp_path: Path
) -> None:
    off = run(stadtkern, town, gpx)
    assert off.exit_code == 1
    assert "switched off" in off.stderr
    unknown = stadtkern("cityguide", "import", str(gpx), "--tenant", "nowhere")
    assert unknown.exit_code == 1
    assert stadtkern("cityguide", "import", str(gpx)).exit_code == 2
    assert run(stadtkern, town, tmp_path / "missing.gpx").exit_code == 2
    town.enable("cityguide")
    town.configure("cityguide", folder="/nirgends")
    refused = run(stadtkern, town, gpx)
    assert refused.exit_code == 1
    assert "/nirgends" in refused.stderr
