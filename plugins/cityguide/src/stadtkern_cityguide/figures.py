"""A tour's line and the figures that are computed from it; pure functions."""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from stadtkern_cityguide.geometry import (
    BoundingBox,
    Climb,
    Position,
    bounding_box,
    cumulative_m,
    decode_elevations,
    decode_polyline,
    encode_elevations,
    encode_polyline,
    haversine_m,
    line_length_m,
    position_at,
    project_on_line,
    smoothed_climb,
)
from stadtkern_cityguide.gpx import errors

WALKING_RULE = "DIN 33466"
"""How walking times are computed: 4 km/h on the flat, 300 m up and 500 m down in an hour; the
longer of the two times counts in full, the shorter one by half. Rests are not part of it."""

_FLAT_M_PER_H = 4_000
_ASCENT_M_PER_H = 300
_DESCENT_M_PER_H = 500
_ROUND_TO_MIN = 5
_SAME_PLACE_M = 50.0
_PIECE = 128
_SAFETY = 0.99
_MAX_LEGS = 600_000
"""Legs that stops are held against, all together. A recorded way with 200 stops needs a tenth;
a line that jumps to and fro lies near every stop everywhere and would take minutes."""


@dataclass(frozen=True)
class Line:
    """A tour's pieces: positions in degrees, elevations in metres or None, in the same order."""

    segments: tuple[tuple[Position, ...], ...]
    elevations: tuple[tuple[float | None, ...], ...]

    @property
    def points(self) -> list[Position]:
        """Return all positions in order."""
        return [point for segment in self.segments for point in segment]

    @property
    def length_m(self) -> float:
        """Return the length in metres; gaps between pieces do not count."""
        return sum(line_length_m(segment) for segment in self.segments)

    @property
    def climb(self) -> Climb | None:
        """Return the smoothed ascent and descent in metres; None without elevations."""
        found = [
            climb
            for points, heights in zip(self.segments, self.elevations, strict=True)
            if (climb := smoothed_climb(points, heights)) is not None
        ]
        if not found:
            return None
        return Climb(sum(one.ascent_m for one in found), sum(one.descent_m for one in found))


def encode_line(line: Line) -> tuple[str, str]:
    """Return a line as two text columns, one row a piece."""
    return (
        "\n".join(encode_polyline(segment) for segment in line.segments),
        "\n".join(encode_elevations(heights) for heights in line.elevations),
    )


def fingerprint(line: str, elevations: str) -> str:
    """Return what tells an encoded line from others: half of a SHA-256, as hexadecimal text."""
    return hashlib.sha256(f"{line}\n\n{elevations}".encode()).hexdigest()[:32]


def fingerprint_of(line: Line) -> str:
    """Return the same of a line."""
    return fingerprint(*encode_line(line))


def decode_line(line: str, elevations: str) -> Line:
    """Read what ``encode_line`` wrote; raise ``ValueError`` for anything else."""
    return Line(
        tuple(tuple(decode_polyline(row)) for row in line.split("\n")),
        tuple(tuple(decode_elevations(row)) for row in elevations.split("\n")),
    )


@dataclass(frozen=True)
class OnLine:
    """Where a stop meets the line: metres from its start and off it, elevation if known."""

    along_m: float
    offset_m: float
    elevation_m: float | None


def on_line(line: Line, positions: Sequence[Position]) -> list[OnLine]:
    """Return for each position where it meets the line.

    Where the way passes twice the first time counts; but who comes last and lies at the end of a
    round tour is its end, not another start. ``GpxError`` for a line that jumps so much that
    holding the stops against it would take minutes.
    """
    pieces = _Pieces(line)
    heights = _Heights(line)
    total = pieces.length_m
    found = []
    for position in positions:
        along, offset = pieces.nearest(position)
        found.append(OnLine(along, offset, heights.at(along)))
    first, last = line.segments[0][0], line.segments[-1][-1]
    if (
        len(positions) > 1
        and haversine_m(positions[-1], last) <= _SAME_PLACE_M
        and haversine_m(first, last) <= _SAME_PLACE_M
        and haversine_m(positions[0], first) <= _SAME_PLACE_M
    ):
        found[-1] = OnLine(total, haversine_m(positions[-1], last), heights.at(total))
    return found


def beside(line: Line, positions: Sequence[Position]) -> list[tuple[Position, float]]:
    """Return for each position the nearest place on the line, and how far that is (metres).

    ``GpxError`` as ``on_line``.
    """
    pieces = _Pieces(line)
    return [pieces.place(position) for position in positions]


class _Pieces:
    """A line cut into short pieces with boxes, so that a stop is held against few of them only.

    A long recording has 100,000 points and a tour up to 200 stops: each against each would take
    minutes.
    """

    def __init__(self, line: Line) -> None:
        self.pieces: list[tuple[float, Sequence[Position], BoundingBox]] = []
        self.length_m = 0.0
        self._legs = 0
        for segment in line.segments:
            along = cumulative_m(segment)
            for first in range(0, max(len(segment) - 1, 1), _PIECE):
                # The last point is the next piece's first: no leg may fall between two.
                part = segment[first : first + _PIECE + 1]
                self.pieces.append((self.length_m + along[first], part, bounding_box(part)))
            self.length_m += along[-1]

    def nearest(self, position: Position) -> tuple[float, float]:
        """Return metres along the line and off it; of equally near places the first."""
        offset, along, _number = self._nearest(position)
        return along, offset

    def place(self, position: Position) -> tuple[Position, float]:
        """Return the place itself and metres off the line."""
        offset, along, number = self._nearest(position)
        start, part, _box = self.pieces[number]
        return position_at(part, along - start), offset

    def _nearest(self, position: Position) -> tuple[float, float, int]:
        lat, lon = position
        bounds = sorted(
            (
                haversine_m(
                    position,
                    (min(max(lat, box.south), box.north), min(max(lon, box.west), box.east)),
                ),
                number,
            )
            for number, (_start, _part, box) in enumerate(self.pieces)
        )
        best = (math.inf, 0.0, 0)
        for bound, number in bounds:
            # A little room: boxes are measured on the sphere, legs in a plane.
            if bound * _SAFETY > best[0]:
                break
            start, part, _box = self.pieces[number]
            self._legs += len(part)
            if self._legs > _MAX_LEGS:
                raise errors.too_tangled()
            where = project_on_line(part, position)
            best = min(best, (where.offset_m, start + where.along_m, number))
        return best


class _Heights:
    """Finds the known elevation nearest to a distance along the line."""

    def __init__(self, line: Line) -> None:
        self.distances: list[float] = []
        self.known: list[float] = []
        start = 0.0
        for points, heights in zip(line.segments, line.elevations, strict=True):
            along = cumulative_m(points)
            for distance, height in zip(along, heights, strict=True):
                if height is not None:
                    self.distances.append(start + distance)
                    self.known.append(height)
            start += along[-1]

    def at(self, along_m: float) -> float | None:
        if not self.known:
            return None
        right = min(bisect_left(self.distances, along_m), len(self.known) - 1)
        left = max(right - 1, 0)
        nearer = min((left, right), key=lambda number: abs(self.distances[number] - along_m))
        return round(self.known[nearer], 1)


def duration_min(
    mode: str, length_m: float, ascent_m: float | None, descent_m: float | None
) -> int | None:
    """Return the time in minutes by ``WALKING_RULE``, to five minutes; None but on foot.

    Without elevations the way counts as flat.
    """
    if mode != "foot":
        return None
    flat = length_m / _FLAT_M_PER_H * 60
    steep = ((ascent_m or 0) / _ASCENT_M_PER_H + (descent_m or 0) / _DESCENT_M_PER_H) * 60
    minutes = max(flat, steep) + min(flat, steep) / 2
    return max(_ROUND_TO_MIN, round(minutes / _ROUND_TO_MIN) * _ROUND_TO_MIN)
