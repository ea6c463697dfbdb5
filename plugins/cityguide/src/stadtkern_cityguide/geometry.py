"""Distances, ascents and encodings of a route: pure functions without input or output.

A position is ``(lat, lon)`` in degrees (WGS 84, CRS84 with the axes in spoken order); distances
and elevations are metres. The earth is a sphere here: against the ellipsoid the length of a
hiking route is wrong by at most 0.31 %, which is less than any receiver's own error. Lines that
cross the 180th meridian are measured right but have no sensible bounding box.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby, pairwise
from operator import itemgetter
from statistics import fmean
from typing import NamedTuple, TypeAlias

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the earth in metres (IUGG: two equatorial radii and one polar, averaged)."""

SMOOTHING_WINDOW_M = 100.0
"""Width of the moving average of :func:`smoothed_climb`, in metres along the line."""

SMOOTHING_STEP_M = 10.0
"""Distance between the resampled elevations of :func:`smoothed_climb`, in metres."""

SMOOTHING_LABEL = "smoothed over 100 m"
"""What stands beside every ascent that :func:`smoothed_climb` computed (an English msgid)."""

POLYLINE_PRECISION = 5
"""Decimal places of an encoded polyline: a step of 1e-5 degrees is at most 1.1 m."""

_ELEVATION_STEPS = 10
_MISSING = " "
_POLYLINE_OFFSET = 63
_POLYLINE_LIMIT = 126
_CHUNK_BITS = 5
_CHUNK_FLAG = 0x20
_CHUNK_MASK = 0x1F
_VALUE_BITS = 40
_MAX_SAMPLES = 200_000
_SIMPLIFY_CHUNK = 256

Position: TypeAlias = tuple[float, float]


class Climb(NamedTuple):
    """Ascent and descent in metres, both zero or positive."""

    ascent_m: float
    descent_m: float


class BoundingBox(NamedTuple):
    """The smallest box around positions, in degrees."""

    south: float
    west: float
    north: float
    east: float


class Projection(NamedTuple):
    """Where a position meets a line: metres from the line's start, and metres off the line."""

    along_m: float
    offset_m: float


def haversine_m(start: Position, end: Position) -> float:
    """Return the great-circle distance of two positions in metres.

    Source: the haversine formula with :data:`EARTH_RADIUS_M`; numerically sound for the short
    distances between track points, where the cosine formula loses its digits.
    """
    lat_1, lat_2 = math.radians(start[0]), math.radians(end[0])
    half_lat = (lat_2 - lat_1) / 2
    half_lon = math.radians(end[1] - start[1]) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(lat_1) * math.cos(lat_2) * math.sin(half_lon) ** 2
    # Rounding may push antipodes a hair above 1, where asin has no value.
    return 2 * EARTH_RADIUS_M * math.asin(math.sqrt(min(1.0, chord)))


def cumulative_m(points: Sequence[Position]) -> list[float]:
    """Return for each point its distance from the first along the line, in metres."""
    if not points:
        return []
    legs = (haversine_m(start, end) for start, end in pairwise(points))
    return list(accumulate(legs, initial=0.0))


def line_length_m(points: Sequence[Position]) -> float:
    """Return the length of a line in metres; fewer than two points have length 0."""
    return math.fsum(haversine_m(start, end) for start, end in pairwise(points))


def bounding_box(points: Iterable[Position]) -> BoundingBox:
    """Return the box around the points; raise ``ValueError`` when there is none."""
    known = list(points)
    if not known:
        raise ValueError("no points, no bounding box")
    lats = [lat for lat, _ in known]
    lons = [lon for _, lon in known]
    return BoundingBox(min(lats), min(lons), max(lats), max(lons))


def raw_climb(elevations: Iterable[float | None]) -> Climb:
    """Add up every rise and every fall between neighbouring elevations (metres), unsmoothed.

    Missing elevations are skipped. Recorded noise counts as ascent, so the sum is an upper bound
    and never the figure to print for walkers; see :func:`smoothed_climb`.
    """
    known = [elevation for elevation in elevations if elevation is not None]
    steps = [after - before for before, after in pairwise(known)]
    return Climb(
        math.fsum(step for step in steps if step > 0),
        math.fsum(-step for step in steps if step < 0),
    )


def smoothed_climb(points: Sequence[Position], elevations: Sequence[float | None]) -> Climb | None:
    """Return ascent and descent of a line in metres after smoothing, ``None`` if unknown.

    Method, in this order:

    1. Elevations become a function of the distance along the line, linear between the points.
       Missing ones are bridged from their neighbours; fewer than two known ones give ``None``.
       Several heights at one place, recorded during a rest, count as their mean.
    2. The function is sampled at equal distances of about :data:`SMOOTHING_STEP_M`, so dense
       recordings (a point every second, also during rests) count no more than sparse ones.
    3. Each sample is averaged over :data:`SMOOTHING_WINDOW_M`, centred. Towards both ends the
       window narrows evenly, so start and end keep their heights and ascent minus descent
       stays what separates them.
    4. Rises and falls are added up.

    A receiver's jitter of a few metres between neighbouring points vanishes while hills longer
    than the window stay. There is no threshold below which a rise is dropped: the result is the
    same in both walking directions, with the two values swapped. Show :data:`SMOOTHING_LABEL`
    beside it, since figures of different methods must not be compared.
    """
    if len(points) != len(elevations):
        raise ValueError("points and elevations differ in number")
    known = [
        (distance, elevation)
        for distance, elevation in zip(cumulative_m(points), elevations, strict=True)
        if elevation is not None
    ]
    if len(known) < 2:  # noqa: PLR2004 -- a rise needs two heights
        return None
    profile = [
        (distance, fmean(elevation for _, elevation in rest))
        for distance, rest in groupby(known, key=itemgetter(0))
    ]
    if len(profile) == 1:
        return Climb(0.0, 0.0)
    samples, step = _resample(profile)
    reach = max(1, round(SMOOTHING_WINDOW_M / step / 2))
    return raw_climb(_moving_average(samples, reach))


def _resample(profile: Sequence[tuple[float, float]]) -> tuple[list[float], float]:
    """Return elevations at equal distances from first to last known point, and the distance.

    The number of samples is bounded: a line around the world gets longer steps, not more memory.
    """
    first, last = profile[0][0], profile[-1][0]
    count = min(_MAX_SAMPLES, max(1, round((last - first) / SMOOTHING_STEP_M)))
    step = (last - first) / count
    samples = []
    position = 0
    for number in range(count):
        distance = first + number * step
        while position + 2 < len(profile) and profile[position + 1][0] <= distance:
            position += 1
        (start, low), (end, high) = profile[position], profile[position + 1]
        share = (distance - start) / (end - start)
        samples.append(low + (high - low) * min(1.0, max(0.0, share)))
    return [*samples, profile[-1][1]], step


def _moving_average(values: Sequence[float], reach: int) -> list[float]:
    """Average each value with up to ``reach`` neighbours on either side, evenly at the ends."""
    sums = list(accumulate(values, initial=0.0))
    last = len(values) - 1
    smooth = []
    for number, value in enumerate(values):
        side = min(reach, number, last - number)
        if side == 0:
            smooth.append(value)
            continue
        total = sums[number + side + 1] - sums[number - side]
        smooth.append(total / (2 * side + 1))
    return smooth


def encode_polyline(points: Iterable[Position]) -> str:
    """Encode positions as a polyline string (precision 5), for one text column.

    Source: the encoded polyline algorithm format, as published for map interfaces.
    """
    factor = 10**POLYLINE_PRECISION
    parts: list[str] = []
    before_lat = before_lon = 0
    for lat, lon in points:
        now_lat, now_lon = round(lat * factor), round(lon * factor)
        parts.append(_encode_value(now_lat - before_lat))
        parts.append(_encode_value(now_lon - before_lon))
        before_lat, before_lon = now_lat, now_lon
    return "".join(parts)


def decode_polyline(text: str) -> list[Position]:
    """Decode :func:`encode_polyline`; raise ``ValueError`` for what is no polyline."""
    values = _decode_values(text)
    if len(values) % 2:
        raise ValueError("a polyline holds pairs of numbers, one is left over")
    factor = 10**POLYLINE_PRECISION
    lats = accumulate(step or 0 for step in values[::2])
    lons = accumulate(step or 0 for step in values[1::2])
    if None in values:
        raise ValueError("a polyline has no missing values")
    return [(lat / factor, lon / factor) for lat, lon in zip(lats, lons, strict=True)]


def encode_elevations(elevations: Iterable[float | None]) -> str:
    """Encode elevations (metres, kept to 0.1 m) beside a polyline, in its manner.

    A missing elevation is a blank, which the polyline alphabet does not contain.
    """
    parts: list[str] = []
    before = 0
    for elevation in elevations:
        if elevation is None:
            parts.append(_MISSING)
            continue
        now = round(elevation * _ELEVATION_STEPS)
        parts.append(_encode_value(now - before))
        before = now
    return "".join(parts)


def decode_elevations(text: str) -> list[float | None]:
    """Decode :func:`encode_elevations`; raise ``ValueError`` for what it did not write."""
    elevations: list[float | None] = []
    total = 0
    for step in _decode_values(text):
        if step is None:
            elevations.append(None)
            continue
        total += step
        elevations.append(total / _ELEVATION_STEPS)
    return elevations


def _encode_value(value: int) -> str:
    """Write one signed number in chunks of five bits, lowest first."""
    rest = ~(value << 1) if value < 0 else value << 1
    characters = []
    while rest >= _CHUNK_FLAG:
        characters.append(chr((_CHUNK_FLAG | (rest & _CHUNK_MASK)) + _POLYLINE_OFFSET))
        rest >>= _CHUNK_BITS
    characters.append(chr(rest + _POLYLINE_OFFSET))
    return "".join(characters)


def _decode_values(text: str) -> list[int | None]:
    """Read all signed numbers (``None`` for a blank); ``ValueError`` if one is cut off."""
    values: list[int | None] = []
    total = shift = 0
    for character in text:
        if character == _MISSING and shift == 0:
            values.append(None)
            continue
        chunk = ord(character) - _POLYLINE_OFFSET
        if not 0 <= chunk <= _POLYLINE_LIMIT - _POLYLINE_OFFSET or shift > _VALUE_BITS:
            raise ValueError("this is no encoded polyline")
        total |= (chunk & _CHUNK_MASK) << shift
        shift += _CHUNK_BITS
        if chunk < _CHUNK_FLAG:
            values.append(~(total >> 1) if total & 1 else total >> 1)
            total = shift = 0
    if shift:
        raise ValueError("the encoded polyline is cut off")
    return values


def project_on_line(points: Sequence[Position], position: Position) -> Projection:
    """Return where on the line the position comes closest, for ordering stops along a tour.

    Of several equally near places the first counts. Each leg is taken as straight in a local
    plane around the position, good to a metre for legs of some kilometres. Raise
    ``ValueError`` when the line has no point.
    """
    if not points:
        raise ValueError("no points, no line to project on")
    plane = [_flat(point, position) for point in points]
    if len(plane) == 1:
        return Projection(0.0, math.hypot(*plane[0]))
    distances = cumulative_m(points)
    best = Projection(0.0, math.inf)
    for number, (start, end) in enumerate(pairwise(plane)):
        share, offset = _nearest_share(start, end, (0.0, 0.0))
        if offset < best.offset_m:
            leg = distances[number + 1] - distances[number]
            best = Projection(distances[number] + share * leg, offset)
    return best


def position_at(points: Sequence[Position], along_m: float) -> Position:
    """Return the position at a distance (metres) from the line's start, held within the line.

    Raise ``ValueError`` when the line has no point.
    """
    if not points:
        raise ValueError("no points, no position on them")
    distances = cumulative_m(points)
    if along_m <= 0:
        return points[0]
    number = bisect_right(distances, along_m)
    if number >= len(points):
        return points[-1]
    start, end = points[number - 1], points[number]
    leg = distances[number] - distances[number - 1]
    share = (along_m - distances[number - 1]) / leg
    return (start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share)


def simplify(points: Sequence[Position], tolerance_m: float) -> list[Position]:
    """Drop points that lie within ``tolerance_m`` metres of the drawn line; ends always stay.

    Douglas-Peucker with an own stack, so a long line cannot exhaust the interpreter's. It works
    on pieces of 256 points whose ends stay: the worst case then grows with the number of points
    and not with its square, for the price of very few points more.
    """
    if tolerance_m <= 0 or len(points) <= 2:  # noqa: PLR2004 -- two points are the line itself
        return list(points)
    last = len(points) - 1
    keep = {0, last}
    for first in range(0, last, _SIMPLIFY_CHUNK):
        end = min(first + _SIMPLIFY_CHUNK, last)
        plane = [_flat(point, points[first]) for point in points[first : end + 1]]
        keep.update(first + number for number in _kept(plane, tolerance_m))
    return [points[number] for number in sorted(keep)]


def _kept(plane: Sequence[tuple[float, float]], tolerance_m: float) -> set[int]:
    """Return the numbers of the points that Douglas-Peucker keeps (metres in a plane)."""
    last = len(plane) - 1
    keep = {0, last}
    stack = [(0, last)]
    while stack:
        first, end = stack.pop()
        farthest, distance = first, tolerance_m
        for number in range(first + 1, end):
            offset = _nearest_share(plane[first], plane[end], plane[number])[1]
            if offset > distance:
                farthest, distance = number, offset
        if farthest != first:
            keep.add(farthest)
            stack += [(first, farthest), (farthest, end)]
    return keep


def _flat(point: Position, centre: Position) -> tuple[float, float]:
    """Return metres east and north of the centre, on a plane that touches the earth there."""
    metres = math.radians(1) * EARTH_RADIUS_M
    width = math.cos(math.radians((point[0] + centre[0]) / 2))
    turn = (point[1] - centre[1] + 180) % 360 - 180
    return turn * width * metres, (point[0] - centre[0]) * metres


def _nearest_share(
    start: tuple[float, float], end: tuple[float, float], point: tuple[float, float]
) -> tuple[float, float]:
    """Return how far along the leg (0 to 1) it is nearest to the point, and that distance."""
    east, north = end[0] - start[0], end[1] - start[1]
    square = east * east + north * north
    share = 0.0
    if square > 0:
        share = ((point[0] - start[0]) * east + (point[1] - start[1]) * north) / square
        share = min(1.0, max(0.0, share))
    return share, math.hypot(
        start[0] + share * east - point[0], start[1] + share * north - point[1]
    )
