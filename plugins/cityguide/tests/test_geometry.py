"""Geometry against the figures of two real routes, and against what must hold for every line."""

import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtkern_cityguide import geometry
from stadtkern_cityguide.gpx import GpxRoute, parse_gpx

DATA = Path(__file__).parents[4] / "shared" / "data" / "gpx"

lats = st.floats(-85, 85)
lons = st.floats(-180, 180)
positions = st.tuples(lats, lons)
# Whole steps of 1e-5 degrees, about a metre: no two points closer than rounding can tell apart.
near = st.tuples(
    st.integers(0, 10_000).map(lambda step: round(50 + step * 1e-5, 5)),
    st.integers(0, 10_000).map(lambda step: round(8 + step * 1e-5, 5)),
)
lines = st.lists(near, min_size=2, max_size=40)
profiles = st.lists(
    st.tuples(near, st.one_of(st.none(), st.floats(-100, 3000))), min_size=2, max_size=40
)


def route(name: str) -> GpxRoute:
    """Read one of the reference routes, or skip where the folder is missing."""
    path = DATA / f"{name}.gpx"
    if not path.exists():
        pytest.skip(f"reference data missing: {path}")
    return parse_gpx(path.read_bytes())


@pytest.mark.parametrize(
    ("name", "count", "length", "climb", "smooth", "box", "size"),
    [
        (
            "Rheingauer-Gebueck-Wanderweg",
            540,
            50_410.3,
            (1364.6, 1372.9),
            (1212.7, 1221.0),
            (50.034206, 7.787284, 50.102200, 8.163047),
            1935,
        ),
        (
            "Wispertaunussteig",
            686,
            44_318.6,
            (1756.2, 2211.8),
            (1457.4, 1913.0),
            (50.043086, 7.795537, 50.170611, 8.014529),
            2340,
        ),
    ],
)
def test_real_routes_have_their_known_figures(
    name: str,
    count: int,
    length: float,
    climb: tuple[float, float],
    smooth: tuple[float, float],
    box: tuple[float, float, float, float],
    size: int,
) -> None:
    points = route(name).points
    line = [(point.lat, point.lon) for point in points]
    elevations = [point.ele for point in points]
    assert len(line) == count
    assert geometry.line_length_m(line) == pytest.approx(length, abs=0.05)
    assert geometry.raw_climb(elevations) == pytest.approx(climb, abs=0.05)
    assert geometry.smoothed_climb(line, elevations) == pytest.approx(smooth, abs=0.05)
    assert geometry.bounding_box(line) == pytest.approx(box)
    assert len(geometry.encode_polyline(line)) == size
    assert 50 < len(geometry.simplify(line, 20)) < count


def test_known_distance_and_polyline() -> None:
    assert geometry.haversine_m((50.14, 8.15), (50.15, 8.16)) == pytest.approx(1320.69, abs=0.005)
    line = [(50.14, 8.15), (50.15, 8.16), (50.1402, 8.1499)]
    assert geometry.encode_polyline(line) == "_~_qHoxvp@o}@o}@f|@b~@"
    assert geometry.decode_polyline("_~_qHoxvp@o}@o}@f|@b~@") == line


def test_half_around_the_earth_is_half_its_circumference() -> None:
    half = math.pi * geometry.EARTH_RADIUS_M
    assert geometry.haversine_m((0, 0), (0, 180)) == pytest.approx(half)
    assert geometry.haversine_m((90, 0), (-90, 77)) == pytest.approx(half)


def test_nothing_has_no_length_and_no_box() -> None:
    assert geometry.line_length_m([]) == 0
    assert geometry.cumulative_m([]) == []
    assert geometry.encode_polyline([]) == ""
    assert geometry.decode_polyline("") == []
    for function in (geometry.bounding_box,):
        with pytest.raises(ValueError, match="no points"):
            function([])
    with pytest.raises(ValueError, match="no points"):
        geometry.project_on_line([], (50, 8))
    with pytest.raises(ValueError, match="no points"):
        geometry.position_at([], 5)


@pytest.mark.parametrize("text", ["_", "_~_qH", "a\x00b", "ü", " _~", "~" * 50])
def test_what_is_no_polyline_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="polyline"):
        geometry.decode_polyline(text)


@given(st.lists(positions, max_size=60))
def test_polyline_round_trip(line: list[tuple[float, float]]) -> None:
    back = geometry.decode_polyline(geometry.encode_polyline(line))
    assert len(back) == len(line)
    for (lat, lon), (lat_back, lon_back) in zip(line, back, strict=True):
        assert abs(lat - lat_back) <= 1e-5
        assert abs(lon - lon_back) <= 1e-5


@given(st.lists(st.one_of(st.none(), st.floats(-500, 9000)), max_size=60))
def test_elevation_round_trip(elevations: list[float | None]) -> None:
    back = geometry.decode_elevations(geometry.encode_elevations(elevations))
    assert [value is None for value in back] == [value is None for value in elevations]
    for before, after in zip(elevations, back, strict=True):
        if before is not None and after is not None:
            assert abs(before - after) <= 0.051


@given(st.text(max_size=40))
def test_any_text_decodes_or_is_refused(text: str) -> None:
    for decode in (geometry.decode_polyline, geometry.decode_elevations):
        try:
            decode(text)
        except ValueError:
            continue


@given(st.lists(positions, min_size=2, max_size=20))
def test_a_line_is_never_shorter_than_straight(line: list[tuple[float, float]]) -> None:
    straight = geometry.haversine_m(line[0], line[-1])
    assert geometry.line_length_m(line) >= straight - 1e-3
    assert geometry.line_length_m(line[::-1]) == pytest.approx(geometry.line_length_m(line))
    assert geometry.cumulative_m(line)[-1] == pytest.approx(geometry.line_length_m(line))


@given(profiles)
def test_walking_back_swaps_ascent_and_descent(
    profile: list[tuple[tuple[float, float], float | None]],
) -> None:
    line = [point for point, _ in profile]
    heights = [height for _, height in profile]
    there = geometry.smoothed_climb(line, heights)
    back = geometry.smoothed_climb(line[::-1], heights[::-1])
    known = [height for height in heights if height is not None]
    if there is None or back is None:
        assert len(known) < 2
        assert there is back
        return
    raw = geometry.raw_climb(heights)
    assert there == pytest.approx((back.descent_m, back.ascent_m), abs=1e-3)
    if all(start != end for start, end in pairwise(line)):
        gain = there.ascent_m - there.descent_m
        assert gain == pytest.approx(known[-1] - known[0], abs=1e-3)
    assert 0 <= there.ascent_m <= raw.ascent_m + 1e-3
    assert 0 <= there.descent_m <= raw.descent_m + 1e-3


def test_smoothing_drops_jitter_and_keeps_hills() -> None:
    line = [(50.0, 8.0 + step * 0.0001) for step in range(1000)]
    jitter = [200.0 + (step % 2) for step in range(1000)]
    hill = [200.0 + 300 * math.sin(step / 999 * math.pi) for step in range(1000)]
    flat = geometry.smoothed_climb(line, jitter)
    steep = geometry.smoothed_climb(line, hill)
    assert flat is not None
    assert steep is not None
    assert geometry.raw_climb(jitter).ascent_m == 500
    assert flat.ascent_m < 60
    assert steep.ascent_m == pytest.approx(300, rel=0.01)
    assert f"{geometry.SMOOTHING_WINDOW_M:.0f} m" in geometry.SMOOTHING_LABEL


def test_climb_needs_heights_and_bounds_its_memory() -> None:
    line = [(50.0, 8.0), (50.0, 8.1), (50.0, 8.2)]
    assert geometry.smoothed_climb(line, [None, 3.0, None]) is None
    assert geometry.smoothed_climb([(50.0, 8.0)] * 3, [1.0, 5.0, 1.0]) == (0, 0)
    around = [(0.0, lon) for lon in (-180.0, -60.0, 60.0, 180.0)] * 50
    assert geometry.smoothed_climb(around, [0.0, 100.0] * 100) is not None
    with pytest.raises(ValueError, match="differ in number"):
        geometry.smoothed_climb(line, [1.0])


@given(lines, st.floats(0, 1))
def test_a_point_of_the_line_projects_onto_it(line: list[tuple[float, float]], at: float) -> None:
    along = at * geometry.line_length_m(line)
    found = geometry.project_on_line(line, geometry.position_at(line, along))
    assert found.offset_m < 5
    # Where the line crosses itself, either place is right.
    assert geometry.haversine_m(
        geometry.position_at(line, found.along_m), geometry.position_at(line, along)
    ) == pytest.approx(0, abs=10)
    assert 0 <= found.along_m <= geometry.line_length_m(line) + 1e-6


def test_projection_beside_the_line() -> None:
    line = [(50.0, 8.0), (50.0, 8.01), (50.01, 8.01)]
    beside = geometry.project_on_line(line, (50.001, 8.005))
    assert beside.along_m == pytest.approx(geometry.haversine_m((50, 8), (50, 8.005)), abs=0.5)
    assert beside.offset_m == pytest.approx(111.2, abs=0.5)
    assert geometry.project_on_line(line, (49.0, 7.9)).along_m == 0
    assert geometry.project_on_line(line[:1], (50.0, 8.0)) == (0, 0)


@given(lines, st.floats(0.1, 500))
def test_simplified_lines_stay_within_the_tolerance(
    line: list[tuple[float, float]], tolerance: float
) -> None:
    short = geometry.simplify(line, tolerance)
    assert (short[0], short[-1]) == (line[0], line[-1])
    assert set(short) <= set(line)
    for point in line:
        # The planes of two measurements touch the earth at different places.
        assert geometry.project_on_line(short, point).offset_m <= tolerance * 1.01 + 5


def test_simplify_drops_what_is_straight_and_survives_long_lines() -> None:
    straight = [(50.0 + step * 1e-5, 8.0) for step in range(50_000)]
    assert len(geometry.simplify(straight, 1)) <= 50_000 // 256 + 2
    assert geometry.simplify(straight, 0) == straight
    zigzag = [(50.0 + step * 1e-3, 8.0 + step % 2 * 0.01) for step in range(2_000)]
    assert geometry.simplify(zigzag, 5) == zigzag
    assert all(start != end for start, end in pairwise(geometry.simplify(straight, 1)))
