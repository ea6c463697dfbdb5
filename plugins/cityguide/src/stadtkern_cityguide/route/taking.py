"""A tour's line from a pasted text or a file: GPX, GeoJSON, or a table of positions."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from stadtkern_cityguide.figures import Line
from stadtkern_cityguide.gpx.model import MAX_POINTS
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.intake import Defaults, IntakeError, read
from stadtkern_cityguide.intake.loose import coordinates
from stadtkern_cityguide.intake.tables import LATITUDE, LONGITUDE
from stadtkern_cityguide.plan import Stop
from stadtkern_cityguide.route.edits import RouteError

HEIGHT = ("ele", "elevation", "alt", "altitude", "höhe", "hoehe", "z")
_LINES = ("LineString", "MultiLineString")


@dataclass(frozen=True)
class Taken:
    """What was read. ``stops``: of the file's waypoints; ``notices``: for the editor."""

    line: Line
    stops: tuple[Stop, ...] = ()
    notices: tuple[Any, ...] = ()


def take(data: bytes, name: str, defaults: Defaults) -> Taken:
    """Return the first line of a file or a pasted text.

    Raises ``RouteError``, ``IntakeError`` or ``GpxError``, each with words for editors.
    """
    head = data.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head:
        raise RouteError(_("There is nothing to read. Please paste a route or choose a file."))
    if head[:1] not in b"<{[B" and b"\0" not in head[:64]:
        return Taken(_table(data))
    reading = read(_feature(data) if head.startswith(b"{") else data, name, defaults)
    tours = [item for item in reading.items if item.plan is not None]
    if not tours or tours[0].plan is None:
        raise RouteError(
            reading.invalid[0].reason
            if reading.invalid
            else _("There is no line in it, only places. A place's point can be typed at its stop.")
        )
    plan = tours[0].plan
    more = (
        (_("It holds ${n} lines; the first one is taken.", mapping={"n": len(tours)}),)
        if len(tours) > 1
        else ()
    )
    return Taken(plan.line, plan.stops, more)


def _feature(data: bytes) -> bytes:
    """Return GeoJSON with a bare geometry made a feature: that is what gets copied from maps."""
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return data
    if isinstance(document, dict) and document.get("type") in _LINES:
        return json.dumps({"type": "Feature", "properties": {}, "geometry": document}).encode()
    return data


def _table(data: bytes) -> Line:
    """Read one position a row: latitude, longitude and, if known, elevation."""
    try:
        rows = [row.strip() for row in data.decode("utf-8-sig").splitlines()]
    except UnicodeDecodeError:
        raise RouteError(_("This is no text. Please paste GPX, GeoJSON or a table.")) from None
    rows = [row for row in rows if row]
    if len(rows) > MAX_POINTS + 1:
        raise RouteError(
            _("A line has at most ${n} points. Please simplify it.", mapping={"n": MAX_POINTS})
        )
    order = _columns(rows[0])
    points: list[tuple[float, float]] = []
    heights: list[float | None] = []
    for number, row in enumerate(rows[1:] if order else rows, start=2 if order else 1):
        lat, lon, high = order or (0, 1, 2)
        cells = _cells(row)
        where = coordinates(cells[lat], cells[lon]) if len(cells) > max(lat, lon) else None
        if where is None:
            raise RouteError(
                _(
                    "Row ${n} cannot be read: “${text}”. Please write latitude and longitude in "
                    "each row, for example 50.14123, 8.15456.",
                    mapping={"n": number, "text": row[:60]},
                )
            )
        points.append((round(where[0], 5), round(where[1], 5)))
        heights.append(_height(cells[high]) if 0 <= high < len(cells) else None)
    if len(points) < 2:  # noqa: PLR2004 - a line
        raise RouteError(_("A line needs at least two points. Please draw a second one."))
    return Line((tuple(points),), (tuple(heights),))


def _cells(row: str) -> list[str]:
    """Return a row's numbers; a comma is decimal where semicolons, tabs or blanks part them."""
    if ";" in row or "\t" in row:
        return re.split(r"[;\t]", row)
    return re.split(r"\s*,\s*|\s+", row) if "." in row else re.split(r",?\s+", row)


def _columns(row: str) -> tuple[int, int, int] | None:
    """Return where a header has latitude, longitude and elevation (-1: nowhere), if it is one."""
    names = [name.strip(" \"'").casefold() for name in re.split(r"[;,\t]", row)]
    lat = next((number for number, name in enumerate(names) if name in LATITUDE), None)
    lon = next((number for number, name in enumerate(names) if name in LONGITUDE), None)
    if lat is None or lon is None:
        return None
    return lat, lon, next((number for number, name in enumerate(names) if name in HEIGHT), -1)


def _height(cell: str) -> float | None:
    try:
        found = float(cell.strip().replace(",", "."))
    except ValueError:
        return None
    return round(found, 1) if -500 <= found <= 9000 else None  # noqa: PLR2004 - as in GPX


__all__ = ["IntakeError", "Taken", "take"]
