"""A line that jumps to and fro."""

import math

import pytest

from stadtkern_cityguide.figures import Line, on_line
from stadtkern_cityguide.gpx import GpxError


def jumping(count: int) -> list[tuple[float, float]]:
    return [(50 + math.sin(i) * 0.5, 8 + math.cos(1.7 * i) * 0.5) for i in range(count)]


def test_it_is_refused_before_it_takes_minutes() -> None:
    points = tuple(jumping(60_000))
    with pytest.raises(GpxError) as refused:
        on_line(Line((points,), ((None,) * len(points),)), jumping(200))
    assert refused.value.code == "too_tangled"


def test_a_long_recorded_way_with_many_stops_is_not() -> None:
    points = tuple((50 + i * 1e-5, 8 + math.sin(i / 500) * 0.01) for i in range(60_000))
    stops = list(points[::300])
    found = on_line(Line((points,), ((None,) * len(points),)), stops)
    assert max(where.offset_m for where in found) < 1
