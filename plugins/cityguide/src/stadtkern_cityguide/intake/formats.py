"""Which format a file has, by its first bytes and its root."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePath

from stadtkern_cityguide.gpx import MAX_BYTES, GpxError
from stadtkern_cityguide.gpx.errors import too_large
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.intake import geojson, gpx, ical, osm, tables
from stadtkern_cityguide.intake.model import Defaults, IntakeError, Reading
from stadtkern_cityguide.plan import safe_name

_ROOT = re.compile(rb"<(?![?!])(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_HEAD = 4096
Reader = Callable[[bytes, Reading, Defaults], None]


def read(data: bytes, file_name: str, defaults: Defaults) -> Reading:
    """Read a file of any known format; ``IntakeError`` or ``GpxError`` refuse it as a whole."""
    if len(data) > MAX_BYTES:
        raise too_large(MAX_BYTES)
    name = safe_name(file_name)
    kind, reader = _reader(data)
    reading = Reading(source=PurePath(name).stem[:200] or "import", format=kind)
    if reader is None:
        gpx.read(data, name, reading, defaults)
    else:
        reader(data, reading, defaults)
    if not reading.items and not reading.invalid:
        raise IntakeError(
            _("The file holds no places, no events and no routes. Nothing can be imported from it.")
        )
    return reading


def _reader(data: bytes) -> tuple[str, Reader | None]:
    head = data[:_HEAD].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not head or head.startswith((b"PK\x03\x04", b"\x1f\x8b")):
        # Its refusals fit: empty, compressed.
        return "gpx", None
    if head.startswith((b"{", b"[")):
        return "geojson", geojson.read
    if head[:15].upper() == b"BEGIN:VCALENDAR":
        return "ical", ical.read
    if head.startswith(b"<"):
        root = _ROOT.search(head)
        return ("osm", osm.read) if root and root[1] == b"osm" else ("gpx", None)
    if b"\0" in data[:64] and b"<" in data[:8]:
        return "gpx", None
    first = head.splitlines()[0]
    if any(mark in first for mark in (b",", b";", b"\t")) and tables.is_header(first):
        return "csv", tables.read
    raise IntakeError(
        _(
            "This file is of no known kind: not a GPX file, GeoJSON, CSV with a header that names "
            "latitude and longitude, iCalendar or OpenStreetMap XML. Please export it as one of "
            "them."
        )
    )


__all__ = ["GpxError", "read"]
