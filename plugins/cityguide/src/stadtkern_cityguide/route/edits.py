"""A line as the screen sends it: unchanged stretches by their numbers, new points by their place.

A tour of 20,000 points of which three were moved is a message of some hundred bytes, and what
nobody has touched keeps its position and its elevation to the last digit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from stadtkern_cityguide.figures import Line, beside
from stadtkern_cityguide.geometry import (
    Position,
    decode_elevations,
    decode_polyline,
    encode_elevations,
    encode_polyline,
)
from stadtkern_cityguide.gpx.model import HIGHEST_M, LOWEST_M, MAX_POINTS
from stadtkern_cityguide.i18n import _

MAX_PIECES = 1_000
MAX_WRITTEN = 5_000_000
"""Characters of one message: 100,000 new points have about a million."""

_NORTH, _EAST = 90.0, 180.0


class RouteError(ValueError):
    """A line that is refused; ``message`` is a translation string for editors."""

    def __init__(self, message: Any) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        """Return the untranslated message with its values filled in."""
        message = self.message
        return str(message.interpolate() if hasattr(message, "interpolate") else message)


class Point(NamedTuple):
    """A position in degrees with its elevation in metres, if known."""

    position: Position
    elevation: float | None


def points_of(line: Line) -> list[Point]:
    """Return all points of a line, numbered from 0 as messages name them."""
    return [
        Point(position, height)
        for segment, heights in zip(line.segments, line.elevations, strict=True)
        for position, height in zip(segment, heights, strict=True)
    ]


def applied(base: Line | None, written: str) -> Line | None:
    """Return the line that a message makes of ``base``; None if no point is left.

    ``written``: JSON ``{"pieces": [[part, …], …]}``. A part is ``[from, to]``, a stretch of the
    base's points (backwards where ``to`` is less), or ``{"line": …, "ele": …}``, new points as
    encoded polyline with their elevations, if any. Raises ``RouteError``; an empty message
    leaves the base as it is.
    """
    if not written.strip():
        return base
    known = [] if base is None else points_of(base)
    segments, elevations, total = [], [], 0
    for piece in _pieces(written):
        points: list[Point] = []
        for part in piece:
            # One too many is enough: a short message can name the same stretch 500,000 times.
            room = MAX_POINTS + 1 - total - len(points)
            points += islice(_part(part, known), room)
            if total + len(points) > MAX_POINTS:
                raise RouteError(
                    _(
                        "A line has at most ${n} points. Please simplify it.",
                        mapping={"n": MAX_POINTS},
                    )
                )
        total += len(points)
        if not points:
            continue
        if len(points) < 2:  # noqa: PLR2004 - a line
            raise RouteError(_("A line needs at least two points. Please draw a second one."))
        segments.append(tuple(point.position for point in points))
        elevations.append(tuple(point.elevation for point in points))
    return Line(tuple(segments), tuple(elevations)) if segments else None


def _pieces(written: str) -> list[list[Any]]:
    garbled = RouteError(
        _("The line came in garbled and was not taken. Please load the page anew and try again.")
    )
    if len(written) > MAX_WRITTEN:
        raise garbled
    try:
        message = json.loads(written)
    except (ValueError, RecursionError):
        raise garbled from None
    pieces = message.get("pieces") if isinstance(message, dict) else None
    if (
        not isinstance(pieces, list)
        or len(pieces) > MAX_PIECES
        or not all(isinstance(piece, list) for piece in pieces)
    ):
        raise garbled
    return pieces


def _part(part: Any, known: Sequence[Point]) -> Iterator[Point]:
    garbled = RouteError(
        _("The line came in garbled and was not taken. Please load the page anew and try again.")
    )
    if isinstance(part, list):
        if len(part) != 2 or not all(_is_number(end, len(known)) for end in part):  # noqa: PLR2004
            raise garbled
        first, last = part
        step = 1 if first <= last else -1
        yield from (known[number] for number in range(first, last + step, step))
        return
    if not isinstance(part, dict) or not isinstance(part.get("line"), str):
        raise garbled
    try:
        positions = decode_polyline(part["line"])
        heights = decode_elevations(str(part.get("ele") or "")) or [None] * len(positions)
    except (ValueError, OverflowError):
        raise garbled from None
    if len(heights) != len(positions):
        raise garbled
    for (lat, lon), height in zip(positions, heights, strict=True):
        if abs(lat) > _NORTH or abs(lon) > _EAST:
            raise RouteError(_("The line has a point that is no place on earth."))
        known_height = height is not None and LOWEST_M <= height <= HIGHEST_M
        yield Point((lat, lon), height if known_height else None)


def _is_number(value: Any, count: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < count


def whole(line: Line) -> str:
    """Return a message that makes this very line of any base."""
    return json.dumps(
        {
            "pieces": [
                [{"line": encode_polyline(segment), "ele": encode_elevations(heights)}]
                for segment, heights in zip(line.segments, line.elevations, strict=True)
            ]
        },
        separators=(",", ":"),
    )


def snapped(line: Line, positions: Sequence[Position]) -> list[tuple[Position, float]]:
    """Return for each position the nearest place on the line, and how far that is (metres).

    ``GpxError`` for a line that is too tangled, as in ``figures.on_line``.
    """
    return [
        ((round(lat, 6), round(lon, 6)), metres) for (lat, lon), metres in beside(line, positions)
    ]
