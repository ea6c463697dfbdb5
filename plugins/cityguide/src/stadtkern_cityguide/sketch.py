"""A drawing of a tour's line as SVG, for readers without JavaScript and before the map loads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stadtkern_cityguide.figures import Line
from stadtkern_cityguide.geometry import EARTH_RADIUS_M, Position, simplify

WIDTH = 400
MARGIN = 34
RADIUS = 15
MAX_HEIGHT = 440
_DETAIL = 300


@dataclass(frozen=True)
class Dot:
    """A stop in the drawing."""

    number: int
    x: float
    y: float


@dataclass(frozen=True)
class Sketch:
    """A drawing in its own units, from the upper left."""

    width: int
    height: int
    paths: tuple[str, ...]
    dots: tuple[Dot, ...]
    here: Dot | None = None


def around(here: Position, others: Sequence[Position]) -> Sketch:
    """Return a place in the middle of its neighbours, numbered as in their list."""
    return sketch(Line((), ()), others, here=here)


def sketch(line: Line, stops: Sequence[Position], *, here: Position | None = None) -> Sketch:
    """Return the simplified line and its stops; numbers that would cover others are left out."""
    points = line.points if here is None else [here, *stops]
    middle = (
        (min(p[0] for p in points) + max(p[0] for p in points)) / 2,
        (min(p[1] for p in points) + max(p[1] for p in points)) / 2,
    )
    metres = math.radians(1) * EARTH_RADIUS_M
    narrow = math.cos(math.radians(middle[0]))

    def flat(position: Position) -> tuple[float, float]:
        return (
            (position[1] - middle[1]) * narrow * metres,
            (middle[0] - position[0]) * metres,
        )

    plane = [flat(point) for point in [*points, *stops]]
    east, south = max(abs(x) for x, _y in plane) * 2, max(abs(y) for _x, y in plane) * 2
    extent = max(east, south, 1.0)
    scale = min(
        (WIDTH - 2 * MARGIN) / max(east, extent / 100), (MAX_HEIGHT - 2 * MARGIN) / max(south, 1.0)
    )
    height = min(MAX_HEIGHT, round(max(south * scale, 100) + 2 * MARGIN))

    def place(position: Position) -> tuple[float, float]:
        x, y = flat(position)
        return round(WIDTH / 2 + x * scale, 1), round(height / 2 + y * scale, 1)

    paths = []
    for segment in line.segments:
        drawn = [place(point) for point in simplify(segment, extent / _DETAIL)]
        paths.append("M" + "L".join(f"{x:g} {y:g}" for x, y in drawn))
    dots: list[Dot] = []
    middle_dot = None if here is None else Dot(0, *place(here))
    if middle_dot is not None:
        dots.append(middle_dot)
    for number, stop in enumerate(stops, start=1):
        x, y = place(stop)
        if all(math.hypot(dot.x - x, dot.y - y) >= 2 * RADIUS for dot in dots):
            dots.append(Dot(number, x, y))
    shown = tuple(dot for dot in dots if dot is not middle_dot)
    return Sketch(WIDTH, height, tuple(paths), shown, middle_dot)
