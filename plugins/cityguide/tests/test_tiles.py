"""The town's map in one file: drawn from our own geometry or adopted, served in ranges."""

import gzip
import io
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mapbox_vector_tile
import pytest
from pmtiles.reader import MemorySource, Reader, all_tiles
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide.plan import plan_tour
from stadtkern_cityguide.services import folder_for, import_tour
from stadtkern_cityguide.tiles import current, drawing

AddPlace = Callable[..., None]
SQUARE = {
    "type": "Polygon",
    "coordinates": [[[8.1, 50.1], [8.2, 50.1], [8.2, 50.2], [8.1, 50.2], [8.1, 50.1]]],
}


@pytest.fixture
def mapped(guide_town: Town, add_place: AddPlace, gpx: Path) -> Town:
    """Return a town with a place, an area, a tour, and a draft that no map may show."""
    add_place("Quelle")
    add_place("Stadtwald", area=json.dumps(SQUARE))
    with guide_town.content() as content:
        plan = plan_tour(gpx.read_bytes(), gpx.name, language="de")
        import_tour(content, plan, folder_for(content, {}), publish=True)
        hidden = content.create(
            content.by_path("/"),
            "place",
            title="Geheimort",
            fields={"kind": "poi", "lat": 50.11, "lon": 8.11},
        )
        assert hidden.state == "draft"
    return guide_town


def command(town: Town, *more: str) -> tuple[str, ...]:
    return ("cityguide", "tiles", "--tenant", town.slug, *more)


@on_sqlite
def test_a_map_is_drawn_served_in_ranges_and_known_to_pages(
    mapped: Town, stadtkern: Callable[..., Any]
) -> None:
    assert "data-map-file" not in mapped.get("/guide").text
    made = json.loads(stadtkern(*command(mapped, "--json")).stdout)
    assert made["changed"] is True
    with mapped.session(write=False) as session:
        file = current(session)
    assert file is not None
    assert (file.url, file.bytes) == (made["url"], made["bytes"])
    whole = mapped.get(file.url)
    assert whole.content_type == "application/vnd.pmtiles"
    assert "immutable" in whole.headers["Cache-Control"]
    data = whole.body
    assert len(data) == file.bytes
    part = mapped.get(file.url, headers={"Range": "bytes=0-126"}, status=206)
    assert part.body == data[:127]
    assert part.headers["Content-Range"] == f"bytes 0-126/{file.bytes}"
    mapped.get(file.url, headers={"Range": f"bytes={file.bytes}-"}, status=416)
    mapped.get(file.url, headers={"If-None-Match": f'"{file.sha256}"'}, status=304)
    header = Reader(MemorySource(data)).header()
    assert header["tile_type"] is TileType.MVT
    assert header["min_lon_e7"] < 81_000_000
    assert header["max_lon_e7"] > 82_000_000
    seen: dict[tuple[str, str], set[int]] = {}
    for (zoom, _x, _y), tile in all_tiles(MemorySource(data)):
        for name, layer in mapbox_vector_tile.decode(gzip.decompress(tile)).items():
            for feature in layer["features"]:
                seen.setdefault((name, feature["properties"]["title"]), set()).add(zoom)
    assert set(seen) == {
        ("routes", "Waldrunde"),
        ("areas", "Stadtwald"),
        ("places", "Quelle"),
        ("places", "Stadtwald"),
    }
    assert all(max(zooms) == drawing.DEFAULT_ZOOM for zooms in seen.values())
    page = mapped.get("/guide")
    frame = page.html.select_one("[data-map]")
    assert frame["data-map-file"] == file.url
    assert frame["data-attribution"] == "Musterstadt"
    again = json.loads(stadtkern(*command(mapped, "--json")).stdout)
    assert (again["changed"], again["sha256"]) == (False, made["sha256"])
    other = mapped.second_tenant()
    other.enable("cityguide")
    other.get(file.url, status=404)
    assert stadtkern(*command(other)).exit_code == 1


def adopted(tmp_path: Path, **changes: Any) -> Path:
    """Write a small PMTiles file with one tile, as an extract of Protomaps has its layers."""
    kind = {"tile_type": TileType.MVT, "attribution": "<a href='x'>© OSM</a>"} | changes
    target = io.BytesIO()
    writer = Writer(target)
    tile = mapbox_vector_tile.encode(
        [{"name": "earth", "features": [{"geometry": "POINT(1 1)", "properties": {}}]}]
    )
    writer.write_tile(zxy_to_tileid(0, 0, 0), kind.get("tile") or gzip.compress(tile))
    writer.finalize(
        {
            "tile_type": kind["tile_type"],
            "tile_compression": Compression.GZIP,
            "min_lon_e7": kind.get("west", 80_000_000),
            "min_lat_e7": 500_000_000,
            "max_lon_e7": kind.get("east", 83_000_000),
            "max_lat_e7": 503_000_000,
            "center_zoom": 0,
            "center_lon_e7": 81_000_000,
            "center_lat_e7": 501_000_000,
        },
        {
            "attribution": kind["attribution"],
            "vector_layers": [{"id": "earth"}, {"id": "roads"}],
        },
    )
    path = tmp_path / "karte.pmtiles"
    path.write_bytes(target.getvalue()[: kind.get("cut")])
    return path


@on_sqlite
def test_others_maps_are_looked_at_before_they_are_taken(
    mapped: Town, stadtkern: Callable[..., Any], tmp_path: Path
) -> None:
    def run(*more: str, **changes: Any) -> Any:
        path = str(adopted(tmp_path, **changes))
        return stadtkern(*command(mapped, "--adopt", path, *more))

    for changes, why in (
        ({"tile_type": TileType.PNG}, "vector tiles (MVT) are needed"),
        ({"west": 90_000_000, "east": 91_000_000}, "lies elsewhere"),
        ({"west": 84_000_000, "east": 83_000_000}, "no box on earth"),
        ({"attribution": ""}, "does not say whose work"),
        ({"cut": 200}, "cut off"),
        ({"cut": 90}, "header cannot be read"),
        ({"cut": 3}, "no PMTiles"),
        ({"tile": gzip.compress(b"\xff" * 50)}, "first tile cannot be read"),
        ({"tile": gzip.compress(bytes(9_000_000))}, "larger than any map's"),
    ):
        refused = run(**changes)
        assert (refused.exit_code, why in refused.stderr) == (1, True), (why, refused.stderr)
        with mapped.session(write=False) as session:
            assert current(session) is None
    assert run().exit_code == 0
    with mapped.session(write=False) as session:
        file = current(session)
    assert file is not None
    assert (file.style, file.attribution) == ("protomaps", "© OSM")
    assert run("--attribution", "© basemap.de / BKG").exit_code == 0
    assert 'data-attribution="© basemap.de / BKG"' in mapped.get("/guide").text


def test_a_line_of_20_000_points_is_quickly_drawn() -> None:
    points = [(50 + 0.1 * math.sin(number / 900), 8 + number / 100_000) for number in range(20_000)]
    began = time.process_time()
    drawn = drawing.draw(
        [drawing.route([points], title="Weit")], name="T", attribution="T", zoom=14
    )
    assert time.process_time() - began < 10
    assert drawn is not None
    assert drawn.max_zoom == 14
    assert len(drawn.data) < 500_000
    again = drawing.draw(
        [drawing.route([points], title="Weit")], name="T", attribution="T", zoom=14
    )
    assert again is not None
    assert again.data == drawn.data


def test_what_reaches_too_far_is_drawn_less_deep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "MAX_TILES", 100)
    drawn = drawing.draw([drawing.area(SQUARE, title="W")], name="T", attribution="T", zoom=15)
    assert drawn is not None
    assert drawn.max_zoom < 15
    assert drawn.tiles <= 100
    assert drawn.notices
    assert drawing.draw([], name="T", attribution="T", zoom=14) is None
