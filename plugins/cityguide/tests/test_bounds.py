"""What somebody may ask for has bounds: no rule, line, file or link keeps the server busy."""

import gzip
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pmtiles.tile import Compression, Entry, TileType, serialize_directory, serialize_header

from stadtkern.media.errors import MediaRefused
from stadtkern.media.models3d import check
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern.web.egress import Answer, EgressFailed
from stadtkern_cityguide import areas
from stadtkern_cityguide.figures import Line
from stadtkern_cityguide.gpx.model import MAX_POINTS
from stadtkern_cityguide.intake import Defaults
from stadtkern_cityguide.intake.formats import read
from stadtkern_cityguide.push import jobs
from stadtkern_cityguide.push.sealing import Address
from stadtkern_cityguide.recurrence.rules import Recurrence, occurrences, problem
from stadtkern_cityguide.route.edits import RouteError, applied, snapped
from stadtkern_cityguide.route.taking import take
from stadtkern_cityguide.tiles.adopting import AdoptError, look

AddPlace = Callable[..., None]
BERLIN = ZoneInfo("Europe/Berlin")
DEFAULTS = Defaults(licence="CC0-1.0", language="de", timezone="Europe/Berlin")


@pytest.fixture
def soon() -> Any:
    """Fail what takes longer than three seconds of this process's own time."""
    started = time.process_time()
    yield
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYSETPOS=2",
        "FREQ=WEEKLY;BYSETPOS=2",
        "FREQ=MONTHLY;BYDAY=5MO;BYMONTHDAY=1",
        "FREQ=DAILY;BYMONTH=4;BYMONTHDAY=31",
        "COUNT=5\nRRULE:FREQ=SECONDLY;FREQ=DAILY",
    ],
)
def test_rules_without_a_date_are_refused_at_once(soon: None, rule: str) -> None:
    assert problem(rule) is not None


def test_rules_whose_dates_come_late_or_never_are_worked_out_at_once(soon: None) -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    for rule in ("FREQ=DAILY;BYSETPOS=2", "FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29"):
        starts = datetime(2027, 3, 1, 10, tzinfo=BERLIN)
        found = occurrences(starts, None, Recurrence(rule), BERLIN, now=now)
        assert [begin for begin, _end in found] == [starts]
    old = datetime(1, 3, 1, 10, tzinfo=BERLIN)
    assert occurrences(old, None, Recurrence("FREQ=DAILY"), BERLIN, now=now) == []


def test_rare_dates_are_still_dates() -> None:
    assert problem("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO") is None
    assert problem("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1") is None
    starts = datetime(2024, 2, 29, 10, tzinfo=BERLIN)
    leap = Recurrence("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29")
    now = datetime(2027, 1, 1, tzinfo=UTC)
    dates = [begin.date() for begin, _end in occurrences(starts, None, leap, BERLIN, now=now)]
    assert [str(day) for day in dates] == ["2028-02-29"]


def test_a_short_message_makes_no_endless_line(soon: None) -> None:
    points = tuple((50 + number / 100_000, 8.0) for number in range(1_000))
    base = Line((points,), ((None,) * len(points),))
    with pytest.raises(RouteError) as refused:
        applied(base, json.dumps({"pieces": [[[0, 999]] * 100_000]}))
    assert str(MAX_POINTS) in str(refused.value)
    fits = json.dumps({"pieces": [[[0, 999]] * (MAX_POINTS // 1_000)]})
    line = applied(base, fits)
    assert line is not None
    assert len(line.points) == MAX_POINTS


def test_two_hundred_stops_are_put_onto_a_long_line_at_once(soon: None) -> None:
    points = tuple((50 + number / 100_000, 8.0) for number in range(20_000))
    line = Line((points,), ((None,) * len(points),))
    stops = [(50 + number / 1_000, 8.0001) for number in range(200)]
    places = snapped(line, stops)
    assert all(
        place == (round(lat, 6), 8.0)
        for (place, _off), (lat, _lon) in zip(places, stops, strict=True)
    )
    assert all(6 < off < 8 for _place, off in places)


def test_a_model_that_names_its_bytes_thousands_of_times_is_judged_at_once(soon: None) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(16_000_000)
    told: dict[str, Any] = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": len(picture)}],
        "bufferViews": [{"buffer": 0, "byteLength": len(picture) - 1}],
        "images": [{"bufferView": 0, "mimeType": "image/png"}] * 5_000 + [{}],
    }
    words = json.dumps(told).encode()
    words += b" " * (-len(words) % 4)
    parts = [(0x4E4F534A, words), (0x004E4942, picture)]
    body = b"".join(
        len(data).to_bytes(4, "little") + kind.to_bytes(4, "little") + data for kind, data in parts
    )
    size = (len(body) + 12).to_bytes(4, "little")
    with pytest.raises(MediaRefused):
        check(b"glTF" + (2).to_bytes(4, "little") + size + body)


def test_geometry_of_a_type_that_is_no_word_is_refused() -> None:
    odd: dict[str, Any] = {"type": [], "coordinates": []}
    with pytest.raises(areas.AreaError):
        areas.read(odd)
    feature = {"type": "Feature", "properties": {"name": "A"}, "geometry": odd}
    reading = read(json.dumps(feature).encode(), "a.geojson", DEFAULTS)
    assert (len(reading.items), len(reading.invalid)) == (0, 1)
    with pytest.raises(Exception, match="GeoJSON"):
        take(json.dumps(odd).encode(), "a.geojson", DEFAULTS)


@on_sqlite
def test_made_up_values_push_no_page_out(guide_town: Town, add_place: AddPlace) -> None:
    town = guide_town
    add_place("Turm", step_free="yes")
    cache = town.registry["page_cache"]
    cache.clear()
    for query in ("category=x1", "category=x2", "spoken=x", "step_free=2", "open=0", "q=%20%20"):
        for path in ("/guide", "/guide/map.geojson", "/guide/places.geojson"):
            assert "Turm" in town.get(f"{path}?{query}").text
    assert not cache._entries
    town.get("/guide?step_free=1&category=&q=")
    assert len(cache._entries) == 1


@on_sqlite
def test_whole_collections_are_not_made_for_one_visitor_without_end(
    guide_town: Town, add_place: AddPlace
) -> None:
    add_place("Turm")
    states = [
        guide_town.get(f"/guide/places.geojson?near=50,{number}", status="*").status_int
        for number in range(31)
    ]
    assert states == [200] * 30 + [429]
    assert guide_town.get("/guide/places.geojson").status_int == 200


@on_sqlite
def test_moments_that_the_towns_clock_does_not_know_are_refused(guide_town: Town) -> None:
    answer = guide_town.get(
        "/ogc/collections/events/items?datetime=9999-12-31T23:59:59Z", status=400
    )
    assert "datetime" in answer.text


@on_sqlite
def test_nested_nonsense_of_a_device_is_a_bad_request(guide_town: Town) -> None:
    guide_town.configure("cityguide", push=True)
    guide_town.run_schedule(jobs.KEY)
    headers = {"Origin": f"http://{guide_town.host}", "Content-Type": "application/json"}
    guide_town.browser.post("/guide/push", b"[" * 3_900, headers=headers, status=400)


def test_a_service_that_does_not_answer_is_not_waited_for_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def fetch(_registry: object, url: str, **_kw: Any) -> Answer:
        asked.append(url)
        if "slow" in url:
            raise EgressFailed("connect")
        return Answer(url, 201, {}, b"")

    class Work:
        """What sending asks of a job."""

        registry: Any = None

        class tenant:  # noqa: N801 - stands for an object
            host = "town.example"

    monkeypatch.setattr(jobs, "fetch", fetch)
    key = ec.generate_private_key(ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    silent: dict[str, int] = {}
    made = [f"https://n{number}.slow.example/x" for number in range(40)]
    for url in (*made, "https://push.good.net/x"):
        address = Address(url, point, bytes(16))
        state = jobs._post(Work(), key, address, b"{}", silent, urgent=True)  # type: ignore[arg-type]
    assert state == 201
    assert len(asked) == jobs.SILENT + 1


@on_sqlite
def test_what_is_no_character_breaks_no_collection(guide_town: Town, add_place: AddPlace) -> None:
    add_place("Tu\ufffer\uffffm")
    assert "<name>Turm</name>" in guide_town.get("/guide/places.gpx").text


def test_a_map_whose_directory_swells_is_refused_before_it_does(tmp_path: Path) -> None:
    root = serialize_directory([Entry(0, 0, 20_000, 0)])
    leaf = gzip.compress(bytes(20_000_000))
    metadata = gzip.compress(b"{}")
    first = 127 + len(root) + len(metadata)
    header = {
        "root_offset": 127,
        "root_length": len(root),
        "metadata_offset": 127 + len(root),
        "metadata_length": len(metadata),
        "leaf_directory_offset": first,
        "leaf_directory_length": len(leaf),
        "tile_data_offset": first + len(leaf),
        "tile_data_length": 0,
        "clustered": True,
        "internal_compression": Compression.GZIP,
        "tile_compression": Compression.GZIP,
        "tile_type": TileType.MVT,
        "min_zoom": 0,
        "max_zoom": 1,
        "min_lon_e7": 80_000_000,
        "min_lat_e7": 500_000_000,
        "max_lon_e7": 81_000_000,
        "max_lat_e7": 501_000_000,
        "center_zoom": 0,
        "center_lon_e7": 80_500_000,
        "center_lat_e7": 500_500_000,
    }
    path = tmp_path / "map.pmtiles"
    path.write_bytes(serialize_header(header) + root + metadata + leaf)
    with pytest.raises(AdoptError, match="larger than any map"):
        look(path, attribution="© Amt", near=None)
