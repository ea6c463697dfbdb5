"""The guide's data as GeoJSON (RFC 7946: longitude first), for our map and for others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stadtkern_cityguide.figures import Line

_DECIMALS = 5


def point(lat: float, lon: float, **properties: Any) -> dict[str, Any]:
    """Return a point with its properties; those that are None are left out."""
    return {
        "type": "Feature",
        "geometry": {
            "type": "Point",
            "coordinates": [round(lon, _DECIMALS), round(lat, _DECIMALS)],
        },
        "properties": {name: value for name, value in properties.items() if value is not None},
    }


def way(line: Line, **properties: Any) -> dict[str, Any]:
    """Return a line of one or more pieces."""
    pieces = [
        [[round(lon, _DECIMALS), round(lat, _DECIMALS)] for lat, lon in segment]
        for segment in line.segments
    ]
    single = len(pieces) == 1
    return {
        "type": "Feature",
        "geometry": {
            "type": "LineString" if single else "MultiLineString",
            "coordinates": pieces[0] if single else pieces,
        },
        "properties": {"kind": "route"} | properties,
    }


def collection(
    features: Iterable[Mapping[str, Any]], *, licence: str = "", attribution: str = ""
) -> dict[str, Any]:
    """Return a collection that carries its licence with it."""
    found: dict[str, Any] = {"type": "FeatureCollection", "features": list(features)}
    if licence:
        found["licence"] = licence
    if attribution:
        found["attribution"] = attribution
    return found
