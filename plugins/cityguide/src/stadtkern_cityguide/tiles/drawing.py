"""A map from our own geometry: tours' lines, areas and places as vector tiles (MVT 2.1).

Web Mercator (EPSG:3857); a geometry is clipped while it is handed down from tile to tile, so that
a line of 20,000 points costs what its tiles cost. The same geometry makes the same bytes.
"""

from __future__ import annotations

import gzip
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import mapbox_vector_tile
import numpy as np
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer
from shapely import Geometry, box, clip_by_rect, make_valid, transform
from shapely.geometry import LineString, MultiLineString, Point, shape

from stadtkern_cityguide.i18n import _

EXTENT = 4096
MAX_ZOOM = 15
DEFAULT_ZOOM = 14
MAX_TILES = 20_000
"""More would be a map of a country; fewer zooms are drawn then."""

_RADIUS = 6_378_137.0
_HALF = math.pi * _RADIUS
_BUFFER = 64 / EXTENT
_LIMIT = 85.05
_PAD = 0.15
_LEAST_PAD = 0.01
_SHALLOWEST = 7


@dataclass(frozen=True)
class Shape:
    """One thing to draw: ``layer`` is routes, areas or places; degrees have become metres."""

    layer: str
    geometry: Geometry
    properties: dict[str, Any]


@dataclass
class Drawn:
    """A finished map. ``bounds``: west, south, east, north in degrees."""

    data: bytes
    bounds: tuple[float, float, float, float]
    min_zoom: int
    max_zoom: int
    tiles: int
    notices: list[Any] = field(default_factory=list)


def _metres(lon: float, lat: float) -> tuple[float, float]:
    lat = max(min(lat, _LIMIT), -_LIMIT)
    return (
        math.radians(lon) * _RADIUS,
        _RADIUS * math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)),
    )


def _degrees(east: float, north: float) -> tuple[float, float]:
    return (
        math.degrees(east / _RADIUS),
        math.degrees(2 * math.atan(math.exp(north / _RADIUS)) - math.pi / 2),
    )


def route(segments: Iterable[Sequence[tuple[float, float]]], **properties: Any) -> Shape:
    """Return a tour's line from its pieces of (latitude, longitude)."""
    pieces = [
        LineString([_metres(lon, lat) for lat, lon in piece])
        for piece in segments
        if len(piece) > 1
    ]
    return Shape("routes", MultiLineString(pieces), properties)


def area(geojson: dict[str, Any], **properties: Any) -> Shape:
    """Return an area from GeoJSON; what crosses itself is mended."""
    polygons = geojson["coordinates"]
    if geojson["type"] == "Polygon":
        polygons = [polygons]
    projected = [[[_metres(*at) for at in ring] for ring in rings] for rings in polygons]
    return Shape(
        "areas", make_valid(shape({"type": "MultiPolygon", "coordinates": projected})), properties
    )


def place(lat: float, lon: float, **properties: Any) -> Shape:
    """Return a place's point."""
    return Shape("places", Point(_metres(lon, lat)), properties)


def _tile_box(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """Return west, south, east, north of a tile in metres."""
    side = 2 * _HALF / 2**z
    west, north = -_HALF + x * side, _HALF - y * side
    return west, north - side, west + side, north


def _cut(shapes: Sequence[Shape], z: int, x: int, y: int) -> list[Shape]:
    """Return what of the shapes lies in a tile and a hair's breadth around it."""
    west, south, east, north = _tile_box(z, x, y)
    edge = (east - west) * _BUFFER
    frame = (west - edge, south - edge, east + edge, north + edge)
    window = box(*frame)
    found = []
    for one in shapes:
        if not one.geometry.intersects(window):
            continue
        part = one.geometry if one.layer == "places" else clip_by_rect(one.geometry, *frame)
        if not part.is_empty:
            found.append(Shape(one.layer, part, one.properties))
    return found


def _encoded(shapes: Sequence[Shape], z: int, x: int, y: int) -> bytes:
    west, south, east, _north = _tile_box(z, x, y)
    grain = (east - west) / EXTENT
    corner = np.array((west, south))

    def quantized(geometry: Geometry) -> Geometry:
        return transform(geometry, lambda metres: np.rint((metres - corner) / grain))

    layers = []
    for name in ("areas", "routes", "places"):
        features = []
        for one in shapes:
            if one.layer == name:
                kept = one.geometry if name == "places" else one.geometry.simplify(grain)
                if not kept.is_empty:
                    features.append({"geometry": quantized(kept), "properties": one.properties})
        if features:
            layers.append({"name": name, "features": features})
    encoded: bytes = mapbox_vector_tile.encode(layers, default_options={"extents": EXTENT})
    return gzip.compress(encoded, 9, mtime=0)


def draw(shapes: Sequence[Shape], *, name: str, attribution: str, zoom: int) -> Drawn | None:
    """Return a map of the shapes; None where there is nothing to draw.

    Args:
        zoom: the deepest, at most ``MAX_ZOOM``; less is drawn where tiles become too many.

    """
    if not shapes:
        return None
    edges = [one.geometry.bounds for one in shapes]
    west, south = _degrees(min(one[0] for one in edges), min(one[1] for one in edges))
    east, north = _degrees(max(one[2] for one in edges), max(one[3] for one in edges))
    pad = max((east - west) * _PAD, (north - south) * _PAD, _LEAST_PAD)
    bounds = (
        max(west - pad, -180.0),
        max(south - pad, -_LIMIT),
        min(east + pad, 180.0),
        min(north + pad, _LIMIT),
    )
    found = _tiles(shapes, zoom)
    deepest = max(one[0] for one in found)
    notices = []
    if deepest < zoom:
        notices.append(
            _(
                "The geometry reaches too far for zoom ${wanted}; the map goes down to ${made}.",
                mapping={"wanted": zoom, "made": deepest},
            )
        )
    shallowest = min(_SHALLOWEST, deepest)
    tiles = sorted(
        ((zxy_to_tileid(z, x, y), z, x, y, inside) for z, x, y, inside in found if z >= shallowest),
        key=itemgetter(0),
    )
    target = io.BytesIO()
    writer = Writer(target)
    for number, z, x, y, inside in tiles:
        writer.write_tile(number, _encoded(inside, z, x, y))
    writer.finalize(_header(bounds, deepest), _metadata(name, attribution, shallowest, deepest))
    return Drawn(target.getvalue(), bounds, shallowest, deepest, len(tiles), notices)


def _tiles(shapes: Sequence[Shape], zoom: int) -> list[tuple[int, int, int, list[Shape]]]:
    """Return the tiles that hold something, zoom by zoom, as long as they are not too many."""
    found: list[tuple[int, int, int, list[Shape]]] = []
    level = [(0, 0, 0, list(shapes))]
    while level:
        cut = []
        for z, x, y, outer in level:
            inside = _cut(outer, z, x, y)
            if inside:
                cut.append((z, x, y, inside))
            if len(found) + len(cut) > MAX_TILES:
                return found
        found += cut
        level = [
            (z + 1, 2 * x + right, 2 * y + down, inside)
            for z, x, y, inside in cut
            if z < zoom
            for right in (0, 1)
            for down in (0, 1)
        ]
    return found


def _header(bounds: tuple[float, float, float, float], zoom: int) -> dict[str, Any]:
    west, south, east, north = (round(one * 1e7) for one in bounds)
    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": min(zoom, 12),
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }


def _metadata(name: str, attribution: str, shallowest: int, deepest: int) -> dict[str, Any]:
    zooms = {"minzoom": shallowest, "maxzoom": deepest}
    fields = {"areas": {"title": "String"}, "routes": {"title": "String", "mode": "String"}}
    return {
        "name": name,
        "attribution": attribution,
        "type": "overlay",
        "version": "1",
        "vector_layers": [
            {"id": layer, "fields": fields.get(layer, {"title": "String", "kind": "String"})}
            | zooms
            for layer in ("areas", "routes", "places")
        ],
    }
