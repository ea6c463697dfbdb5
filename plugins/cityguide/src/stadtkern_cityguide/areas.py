"""Areas of places: polygons as GeoJSON has them (RFC 7946, 3.1.6), read strictly, kept compactly.

They stand in the place's body as text, so that they have revisions and survive export and import.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from stadtkern_cityguide.geometry import BoundingBox, bounding_box
from stadtkern_cityguide.i18n import _

MAX_CHARACTERS = 100_000
"""Of an area as text: some 5,000 positions; a district's border has a few hundred."""

_DECIMALS = 6
_LEAST = 4
_DEEPEST = 12


class AreaError(ValueError):
    """What is no area; ``message`` is a translatable sentence that says why."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message


def read(value: Any) -> dict[str, Any]:
    """Return an area from text or from parsed GeoJSON, a feature or a bare geometry.

    Heights are left out, degrees are rounded to six decimals (0.1 m). ``AreaError`` for all else.
    """
    if isinstance(value, str):
        if len(value) > MAX_CHARACTERS:
            raise _too_large()
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise _unreadable() from None
    if isinstance(value, dict) and value.get("type") == "Feature":
        value = value.get("geometry")
    # Compared, not looked up: its type may be a list.
    if not isinstance(value, dict) or value.get("type") not in ("Polygon", "MultiPolygon"):
        raise _unreadable()
    parts = value.get("coordinates")
    single = value["type"] == "Polygon"
    polygons = [parts] if single else parts
    if not isinstance(polygons, list) or not polygons:
        raise _unreadable()
    found = [_polygon(polygon) for polygon in polygons]
    area = {"type": value["type"], "coordinates": found[0] if single else found}
    if len(written(area)) > MAX_CHARACTERS:
        raise _too_large()
    return area


def _polygon(rings: Any) -> list[list[list[float]]]:
    if not isinstance(rings, list) or not rings:
        raise _unreadable()
    return [_ring(ring) for ring in rings]


def _ring(positions: Any) -> list[list[float]]:
    if not isinstance(positions, list):
        raise _unreadable()
    ring = [_position(position) for position in positions]
    if len(ring) < _LEAST or ring[0] != ring[-1]:
        raise AreaError(
            _(
                "A ring of the area is not closed: it needs at least four positions, and the last "
                "must be the first."
            )
        )
    return ring


def _position(position: Any) -> list[float]:
    if not isinstance(position, list) or not 2 <= len(position) <= _DEEPEST:  # noqa: PLR2004
        raise _unreadable()
    lon, lat = position[:2]
    for degrees, limit in ((lon, 180), (lat, 90)):
        if isinstance(degrees, bool) or not isinstance(degrees, int | float):
            raise _unreadable()
        # Not "outside": NaN is neither.
        if not -limit <= degrees <= limit:
            raise AreaError(_("A position of the area is no place on earth."))
    return [round(float(lon), _DECIMALS), round(float(lat), _DECIMALS)]


def _unreadable() -> AreaError:
    return AreaError(
        _(
            "This is no area: a Polygon or MultiPolygon as GeoJSON is needed, each position as "
            "[longitude, latitude]."
        )
    )


def _too_large() -> AreaError:
    return AreaError(
        _(
            "The area has too many positions: ${n} characters are allowed. Please simplify it.",
            mapping={"n": MAX_CHARACTERS},
        )
    )


def written(area: dict[str, Any]) -> str:
    """Return an area as the text that is stored."""
    return json.dumps(area, separators=(",", ":"))


def stored(text: str) -> dict[str, Any] | None:
    """Return an area from what ``written`` made; None for no text."""
    found: dict[str, Any] | None = json.loads(text) if text else None
    return found


def _positions(value: Any) -> Iterator[tuple[float, float]]:
    if value and isinstance(value[0], list):
        for part in value:
            yield from _positions(part)
    else:
        yield value[1], value[0]


def box_of(area: dict[str, Any]) -> BoundingBox:
    """Return the box around an area, in degrees."""
    return bounding_box(_positions(area["coordinates"]))
