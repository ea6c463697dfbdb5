"""Column types."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite

from stadtkern.db import UTCDateTime

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
