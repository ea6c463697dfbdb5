"""What is read from a GPX file, and how much of it at most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MAX_BYTES = 10 * 1024 * 1024
"""Largest accepted file in bytes; a day's walk recorded every second has about 4 MB."""

MAX_POINTS = 100_000
"""Most points in one file, of all tracks and routes together."""

MAX_WAYPOINTS = 1_000
"""Most waypoints in one file; each may become a stop of the tour."""

MAX_DEPTH = 32
"""Deepest nesting of elements; GPX itself needs 5, extensions a few more."""

MAX_NAME = 200
"""Longest name, licence, holder or keyword list in characters; longer ones are cut."""

MAX_TEXT = 5_000
"""Longest description in characters; longer ones are cut."""

LOWEST_M, HIGHEST_M = -500.0, 9_000.0
"""Elevations (metres) outside count as missing: receivers write such values for "unknown"."""


@dataclass(frozen=True, slots=True)
class TrackPoint:
    """One point of the line: degrees (WGS 84), elevation in metres or ``None``."""

    lat: float
    lon: float
    ele: float | None


@dataclass(frozen=True, slots=True)
class Waypoint:
    """A named place beside the line: degrees (WGS 84); texts may be empty."""

    lat: float
    lon: float
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class GpxRoute:
    """What a file holds. Texts are plain, cleaned, within their limits, and may be empty.

    ``licence`` is as the file says it, usually an address. ``attribution`` is the holder's or
    author's name, else a link to them, never a mail address. Each segment has two points or
    more; there is at least one. ``keywords`` is the file's list as one text, ``link`` the
    file's own page. ``notices`` are translation strings on what was changed or missing,
    for the editor to read before saving.
    """

    name: str
    description: str
    licence: str
    attribution: str
    keywords: str
    link: str
    segments: tuple[tuple[TrackPoint, ...], ...]
    waypoints: tuple[Waypoint, ...]
    notices: tuple[Any, ...] = ()

    @property
    def points(self) -> tuple[TrackPoint, ...]:
        """All points in order, as if the segments were joined."""
        return tuple(point for segment in self.segments for point in segment)
