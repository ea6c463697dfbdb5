"""Times, encodings and drawings of lines."""

import math

import pytest

from stadtkern_cityguide.figures import Line, decode_line, duration_min, encode_line, on_line
from stadtkern_cityguide.geometry import project_on_line
from stadtkern_cityguide.sketch import sketch
from stadtkern_cityguide.views.imports import pack, unpack

ROUND = Line(
    (((50.0, 8.0), (50.0, 8.02), (50.01, 8.02), (50.0, 8.0)),), ((100.0, None, 150.0, 100.0),)
)
PIECES = Line(
    (((50.0, 8.0), (50.0, 8.01)), ((50.0, 8.02), (50.0, 8.03))), ((None, None), (None, None))
)


@pytest.mark.parametrize(
    ("length", "ascent", "descent", "minutes"),
    [
        (4_000, 0, 0, 60),
        (8_000, None, None, 120),
        # 120 minutes on the flat and half of 60 minutes uphill.
        (8_000, 300, 0, 150),
        # The climb is longer than the way: it counts in full.
        (1_000, 600, 0, 130),
        (10, 0, 0, 5),
    ],
)
def test_walking_time_by_din_33466(
    length: float, ascent: float | None, descent: float | None, minutes: int
) -> None:
    assert duration_min("foot", length, ascent, descent) == minutes


def test_there_is_no_walking_time_by_bicycle() -> None:
    assert duration_min("bicycle", 4_000, 0, 0) is None


def test_lines_survive_their_columns() -> None:
    for line in (ROUND, PIECES):
        assert decode_line(*encode_line(line)) == line


def test_gaps_do_not_count() -> None:
    assert PIECES.length_m == pytest.approx(2 * 715, abs=2)
    assert PIECES.climb is None
    second = on_line(PIECES, [(50.0, 8.02)])[0]
    assert second.along_m == pytest.approx(715, abs=1)


def test_who_comes_last_at_the_end_of_a_round_is_its_end() -> None:
    start, middle, end = on_line(ROUND, [(50.0, 8.0), (50.01, 8.02), (50.0, 8.0)])
    assert start.along_m == 0
    assert middle.elevation_m == 150
    assert end.along_m == pytest.approx(ROUND.length_m)


def test_a_drawing_leaves_out_numbers_that_would_cover_others() -> None:
    drawn = sketch(ROUND, [(50.0, 8.0), (50.01, 8.02), (50.0, 8.0)])
    assert [dot.number for dot in drawn.dots] == [1, 2]
    for dot in drawn.dots:
        assert 0 < dot.x < drawn.width
        assert 0 < dot.y < drawn.height


def test_a_drawing_of_one_spot_is_possible() -> None:
    here = Line((((50.0, 8.0), (50.0, 8.0)),), ((None, None),))
    assert sketch(here, [(50.0, 8.0)]).paths


def test_a_file_survives_its_way_through_the_form() -> None:
    assert unpack(pack(b"<gpx/>" * 1000)) == b"<gpx/>" * 1000


def test_long_lines_are_searched_in_pieces_with_the_same_result() -> None:
    points = tuple((50 + math.sin(n / 90) / 50, 8 + n / 20_000) for n in range(1_000))
    line = Line((points,), ((None,) * 1_000,))
    for position in ((50.01, 8.02), (49.9, 8.0), (50.02, 8.049), (50.0, 8.03)):
        whole = project_on_line(points, position)
        found = on_line(line, [position])[0]
        assert found.offset_m == pytest.approx(whole.offset_m, abs=0.01)
        assert found.along_m == pytest.approx(whole.along_m, abs=0.01)
