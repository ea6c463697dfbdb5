"""Opening hours: the notation, Hessian holidays, nights, and what is mended or refused."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtkern_cityguide import hours

MARKETS = Path(__file__).parents[4] / "shared" / "data" / "geojson"

WEEK = "Mo-Fr 09:00-17:00; PH off"
SUNDAYS = "Mo-Sa 10:00-18:00; Su,PH 11:00-16:00"
SEASONS = "Apr-Oct Tu-Su 10:00-18:00; Nov-Mar Sa,Su 11:00-16:00"


@pytest.mark.parametrize(
    ("text", "when", "open_", "changes"),
    [
        (WEEK, "2026-06-04T10:00", False, "2026-06-05T09:00"),
        (WEEK, "2026-05-14T10:00", False, "2026-05-15T09:00"),
        (WEEK, "2026-06-03T10:00", True, "2026-06-03T17:00"),
        (SUNDAYS, "2026-06-04T10:30", False, "2026-06-04T11:00"),
        (SUNDAYS, "2026-06-04T12:00", True, "2026-06-04T16:00"),
        (SUNDAYS, "2026-06-04T17:00", False, "2026-06-05T10:00"),
        ("Fr-Sa 20:00-02:00", "2026-11-28T01:30", True, "2026-11-28T02:00"),
        ("Fr-Sa 20:00-02:00", "2026-11-29T02:00", False, "2026-12-04T20:00"),
        ("Fr 20:00-26:00", "2026-11-28T01:30", True, "2026-11-28T02:00"),
        (SEASONS, "2026-11-03T10:00", False, "2026-11-07T11:00"),
        ("Sa[1] 09:00-13:00", "2026-12-12T10:00", False, "2027-01-02T09:00"),
        ("Mo-Fr 08:00-12:00; Th 14:00-18:00", "2026-11-26T09:00", False, "2026-11-26T14:00"),
        ("Mo-Fr 08:00-12:00, Th 14:00-18:00", "2026-11-26T09:00", True, "2026-11-26T12:00"),
        ("24/7", "2026-11-26T09:00", True, None),
        # Months bound the holidays that a rule means; a comma adds to the day.
        # Easter Monday 2027 lies in March, the first Sunday of April is the fourth.
        ("Apr-Oct Su,PH 11:00-16:00", "2026-12-25T12:00", False, "2027-04-04T11:00"),
        ("Mo-Fr 09:00-17:00, PH 10:00-12:00", "2026-06-04T10:30", True, "2026-06-04T17:00"),
        ("PH 10:00-12:00", "2026-06-04T10:30", True, "2026-06-04T12:00"),
        ('PH,Su 10:00-12:00 "PH, gern"', "2026-06-04T10:30", True, "2026-06-04T12:00"),
    ],
)
def test_it_is_open_when_hesse_says_so(
    text: str,
    when: str,
    open_: bool,  # noqa: FBT001 - of the table
    changes: str | None,
) -> None:
    found = hours.moment(text, datetime.fromisoformat(when))
    assert found is not None
    assert found.open is open_
    assert found.changes == (None if changes is None else datetime.fromisoformat(changes))


def test_words_beside_the_times_are_told() -> None:
    text = 'Mo-Fr 09:00-17:00 "nur nach Vereinbarung"'
    found = hours.moment(text, datetime.fromisoformat("2026-11-23T10:00"))
    assert found is not None
    assert (found.open, found.comment) == (True, "nur nach Vereinbarung")
    assert found.changes == datetime.fromisoformat("2026-11-23T17:00")


def test_what_nobody_knows_is_not_guessed() -> None:
    now = datetime.fromisoformat("2026-11-23T10:00")
    for text in ("Mo-Fr 09:00-17:00; SH off", "PH -1 day 09:00-12:00"):
        assert hours.problem(text) is None
        assert hours.uncertain(text)
        assert hours.moment(text, now) is None
        assert hours.days(text, now.date()) == []
    assert not hours.uncertain('Mo 09:00-12:00 "SH: siehe Aushang"')


def test_days_are_listed_with_holidays_and_nights_at_their_evening() -> None:
    week = hours.days("Mo-We,Fr-Sa 20:00-02:00; PH off", date(2026, 6, 1))
    assert [len(day.spans) for day in week] == [1, 1, 1, 0, 1, 1, 0]
    assert week[3].holiday == "Fronleichnam"
    assert week[4].spans == (("20:00", "02:00", ""),)
    always = hours.days("24/7", date(2026, 6, 1), 2)
    assert [day.spans for day in always] == [(("00:00", "24:00", ""),)] * 2


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("Sa[1]  09:00-14:00", "Sa[1] 09:00-14:00"),
        ("mo-fr 09:00-17:00; ph OFF", "Mo-Fr 09:00-17:00; PH off"),
        ("Mo - Fr 09:00 – 17:00", "Mo-Fr 09:00-17:00"),
        (" Mo\t09:00-17:00 ", "Mo 09:00-17:00"),
        ("Th 10:00 - 20:00, Sa 8:00-17:00", "Th 10:00 - 20:00, Sa 8:00-17:00"),
        ('Mo 09:00-10:00 "mo  bis"', 'Mo 09:00-10:00 "mo  bis"'),
    ],
)
def test_white_space_and_case_are_mended(text: str, mended: str) -> None:
    assert hours.repaired(text) == mended
    assert hours.problem(mended) is None


@pytest.mark.parametrize("text", ["Tu 07:00-016:00", "vormittags", "9-12", "", "x" * 300])
def test_what_cannot_be_read_is_refused_and_not_guessed(text: str) -> None:
    assert hours.repaired(text) == text
    assert hours.problem(text) is not None


@pytest.mark.skipif(not MARKETS.is_dir(), reason="the shared folder of reference data is missing")
def test_of_the_markets_two_are_mended_and_all_can_be_read() -> None:
    texts = [
        feature["properties"]["opening_hours"]
        for path in sorted(MARKETS.glob("markets-*.geojson"))
        for feature in json.loads(path.read_text("utf-8"))["features"]
    ]
    assert len(texts) == 36
    assert sum(hours.repaired(text) != text for text in texts) == 2
    assert all(hours.problem(hours.repaired(text)) is None for text in texts)


DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


@given(
    day=st.dates(date(2020, 1, 1), date(2035, 12, 31)),
    weekdays=st.sets(st.sampled_from(DAYS), min_size=1),
    minute=st.integers(0, 24 * 60 - 1),
    opens=st.integers(0, 22),
    lasts=st.integers(1, 8),
)
@settings(max_examples=40)
def test_a_simple_week_means_what_counting_by_hand_says(
    day: date, weekdays: set[str], minute: int, opens: int, lasts: int
) -> None:
    """Weekdays and holidays with one span are easy to compute otherwise; nights included."""
    from stadtkern.tenants.holidays import holiday_name

    closes = min(opens + lasts, opens + 23)
    chosen = ",".join(one for one in DAYS if one in weekdays)
    text = f"{chosen},PH {opens:02}:00-{closes:02}:00"
    when = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)

    def counts(one: date) -> bool:
        return DAYS[one.weekday()] in weekdays or holiday_name(one) is not None

    start = opens * 60
    today = counts(day) and start <= minute < closes * 60
    last_night = counts(day - timedelta(days=1)) and minute + 24 * 60 < closes * 60
    assert hours.is_open(text, when) is (today or last_night)
