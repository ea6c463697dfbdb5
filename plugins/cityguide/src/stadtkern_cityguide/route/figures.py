"""What is said of a line and its stops while they are drawn: the same figures as on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stadtkern_cityguide.figures import Line, OnLine, duration_min, on_line
from stadtkern_cityguide.plan import FAR_M
from stadtkern_cityguide.route.stops import Row


@dataclass(frozen=True)
class Figures:
    """Length and climb in metres, time in minutes; ``bare``: points without an elevation.

    ``stops``: where each row meets the line, None for rows without a position.
    """

    length_m: float
    ascent_m: float | None
    descent_m: float | None
    minutes: int | None
    points: int
    bare: int
    stops: tuple[OnLine | None, ...]

    @property
    def far(self) -> list[int]:
        """Return the numbers (from 1) of stops that lie far off the line."""
        return [
            number
            for number, where in enumerate(self.stops, start=1)
            if where is not None and where.offset_m > FAR_M
        ]


def figures(line: Line | None, rows: Sequence[Row], mode: str) -> Figures | None:
    """Return the figures of a line, None without one; ``GpxError`` as ``on_line``."""
    if line is None:
        return None
    positions = [row.position for row in rows if not row.empty]
    found = iter(on_line(line, [position for position in positions if position is not None]))
    length, climb = line.length_m, line.climb
    up, down = (climb.ascent_m, climb.descent_m) if climb else (None, None)
    heights = [height for piece in line.elevations for height in piece]
    return Figures(
        length_m=length,
        ascent_m=up,
        descent_m=down,
        minutes=duration_min(mode, length, up, down),
        points=len(heights),
        bare=sum(height is None for height in heights),
        stops=tuple(None if position is None else next(found) for position in positions),
    )
