"""Column types, and the numbers of rows."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from stadtkern.db import MAX_ID, UTCDateTime, whole_number

DIALECTS = (sqlite.dialect(), postgresql.dialect())
zones = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
moments = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=zones)  # noqa: DTZ001


@pytest.mark.parametrize("dialect", DIALECTS, ids=("sqlite", "postgresql"))
@given(moment=moments)
def test_points_in_time_come_back_as_the_same_moment_in_utc(dialect, moment) -> None:
    column = UTCDateTime().dialect_impl(dialect)
    write, read = column.bind_processor(dialect), column.result_processor(dialect, None)
    back = read(write(moment))
    assert back == moment
    assert back.tzinfo is UTC


@pytest.mark.parametrize("dialect", DIALECTS, ids=("sqlite", "postgresql"))
def test_a_point_in_time_without_zone_is_refused(dialect) -> None:
    with pytest.raises(ValueError, match="zone"):
        UTCDateTime().process_bind_param(datetime(2026, 1, 1), dialect)  # noqa: DTZ001


@pytest.mark.parametrize("dialect", DIALECTS, ids=("sqlite", "postgresql"))
def test_nothing_stays_nothing(dialect) -> None:
    assert UTCDateTime().process_bind_param(None, dialect) is None
    assert UTCDateTime().dialect_impl(dialect).result_processor(dialect, None)(None) is None


@given(number=st.integers(0, 2**33))
@example(MAX_ID)
@example(MAX_ID + 1)
def test_every_id_is_read_and_nothing_beyond(number: int) -> None:
    assert whole_number(str(number)) == (number if number <= MAX_ID else None)


@given(text=st.text() | st.from_regex(r"\s*[-+]?\d[\d_.]*\s*", fullmatch=True))
@example("9" * 5_000)  # int() raises for more than 4,300 digits
@example("²")
@example("٣")
@example("1_0")
def test_what_is_read_consists_of_nothing_but_digits(text: str) -> None:
    number = whole_number(text)
    assert number is None or (0 <= number <= MAX_ID and text.lstrip("0") == str(number).lstrip("0"))
    if set(text) - set("0123456789") or not text:
        assert number is None


def test_what_is_no_text_is_no_number() -> None:
    assert [whole_number(value) for value in (None, 3, 3.0, b"3", True, ["3"])] == [None] * 6
