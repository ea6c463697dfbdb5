"""GeoJSON (RFC 7946): points and areas as places, lines as tours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from stadtkern_cityguide import areas
from stadtkern_cityguide.gpx.model import GpxRoute, TrackPoint
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.intake.gpx import add_tour
from stadtkern_cityguide.intake.loose import SUMMARY, TITLE, Given, add_place, coordinates, room
from stadtkern_cityguide.intake.model import (
    MAX_SUMMARY,
    MAX_TITLE,
    Defaults,
    IntakeError,
    Invalid,
    Reading,
)

MAX_POSITIONS = 200_000
"""Positions of one geometry that are looked at; a district's border has a few thousand."""


def _refuse(_name: str) -> Any:
    raise ValueError


def read(data: bytes, reading: Reading, defaults: Defaults) -> None:
    """Read a collection, a feature, or a bare geometry with a name beside it."""
    try:
        document = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise IntakeError(
            _(
                "The file begins like GeoJSON but cannot be read. It may have been cut off, or not "
                "be in UTF-8. Please export it again."
            )
        ) from None
    if not isinstance(document, dict):
        raise IntakeError(_("This is JSON but not GeoJSON: it holds no features."))
    features = document.get("features") if document.get("type") == "FeatureCollection" else None
    if document.get("type") == "Feature":
        features = [document]
    if not isinstance(features, list):
        raise IntakeError(_("This is JSON but not GeoJSON: it holds no features."))
    defaults = _whole(document, defaults)
    for number, feature in enumerate(features, start=1):
        _feature(feature, number, reading, defaults)


def _whole(document: Mapping[str, Any], defaults: Defaults) -> Defaults:
    """Return the defaults with what the file says of all its features."""
    metadata = document.get("metadata")
    given = Given(
        {
            name: value
            for part in (metadata, document)
            if isinstance(part, dict)
            for name, value in part.items()
        }
    )
    return replace(
        defaults,
        licence=given.text(MAX_TITLE, "licence", "license", "lizenz") or defaults.licence,
        attribution=given.text(MAX_TITLE, "attribution", "author") or defaults.attribution,
    )


def _feature(feature: Any, number: int, reading: Reading, defaults: Defaults) -> None:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    properties = feature.get("properties") if isinstance(feature, dict) else None
    properties = properties if isinstance(properties, dict) else {}
    if not isinstance(geometry, dict):
        room(reading)
        called = Given(properties).text(MAX_TITLE, *TITLE) or f"#{number}"
        reading.invalid.append(Invalid(called, "geometry", _("It has no point on the map.")))
        return
    own = feature.get("id")
    name = str(own) if isinstance(own, str | int) and not isinstance(own, bool) else ""
    kind = geometry.get("type")
    if kind in ("LineString", "MultiLineString"):
        _line(geometry, properties, name, reading, defaults)
        return
    add_place(reading, properties, _position(geometry), defaults, number=name, area=_area(geometry))


def _area(geometry: Mapping[str, Any]) -> str | areas.AreaError:
    """Return a place's area as text; empty for points, an error where it cannot be taken."""
    if geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return ""
    try:
        return areas.written(areas.read(dict(geometry)))
    except areas.AreaError as error:
        return error


def _position(geometry: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """Return (latitude, longitude) of a point as written, or the middle of an area."""
    positions = geometry.get("coordinates")
    if geometry.get("type") == "Point":
        if isinstance(positions, list) and len(positions) >= 2:  # noqa: PLR2004 - lon, lat
            return positions[1], positions[0]
        return None
    if geometry.get("type") not in ("Polygon", "MultiPolygon", "MultiPoint"):
        return None
    found = list(_pairs(positions, 0))
    if not found or any(coordinates(lat, lon) is None for lat, lon in found):
        return found[0] if found else None
    lats, lons = [lat for lat, _lon in found], [lon for _lat, lon in found]
    return (min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2


def _pairs(value: Any, depth: int) -> Iterator[tuple[Any, Any]]:
    if not isinstance(value, list) or depth > 4:  # noqa: PLR2004 - a MultiPolygon has three
        return
    if len(value) >= 2 and not isinstance(value[0], list):  # noqa: PLR2004 - lon, lat
        yield value[1], value[0]
        return
    for part in value[:MAX_POSITIONS]:
        yield from _pairs(part, depth + 1)


def _line(
    geometry: Mapping[str, Any],
    properties: Mapping[str, Any],
    name: str,
    reading: Reading,
    defaults: Defaults,
) -> None:
    room(reading)
    given = Given(properties)
    title = given.text(MAX_TITLE, *TITLE)
    pieces = geometry.get("coordinates")
    pieces = [pieces] if geometry.get("type") == "LineString" else pieces
    segments = []
    for piece in pieces if isinstance(pieces, list) else []:
        points = [_point(position) for position in piece] if isinstance(piece, list) else []
        if any(point is None for point in points):
            reading.invalid.append(
                Invalid(
                    title or reading.source,
                    "geometry",
                    _("The line has a point that is no place on earth."),
                )
            )
            return
        segments.append(tuple(point for point in points if point is not None))
    route = GpxRoute(
        name=title or reading.source,
        description=given.text(MAX_SUMMARY, *SUMMARY),
        licence=given.text(MAX_TITLE, "licence", "license", "lizenz") or defaults.licence,
        attribution=given.text(MAX_TITLE, "attribution", "author") or defaults.attribution,
        keywords="",
        link="",
        segments=tuple(segment for segment in segments if len(segment) > 1),
        waypoints=(),
    )
    if not route.segments:
        reading.invalid.append(
            Invalid(route.name, "geometry", _("A line needs at least two points."))
        )
        return
    add_tour(route, name or route.name.casefold(), reading, defaults)


def _point(position: Any) -> TrackPoint | None:
    if not isinstance(position, list) or len(position) < 2:  # noqa: PLR2004 - lon, lat
        return None
    where = coordinates(position[1], position[0])
    if where is None:
        return None
    height: Any = position[2] if len(position) > 2 else None  # noqa: PLR2004 - lon, lat, height
    known = isinstance(height, int | float) and not isinstance(height, bool)
    return TrackPoint(*where, float(height) if known else None)
