"""Events that repeat: on the clock of the wall, without what is left out, on every page."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from stadtkern.db import utcnow
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_cityguide.intake import Defaults, judge, read, store
from stadtkern_cityguide.recurrence import keeping
from stadtkern_cityguide.recurrence.rules import (
    AHEAD,
    Recurrence,
    listed,
    occurrences,
    problem,
    recurrence_of,
    unread,
)

BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 10, 24, 10, tzinfo=BERLIN)
NOW = datetime(2026, 10, 1, tzinfo=UTC)


def begins(recurrence: Recurrence, starts: datetime = START, hours: float = 1) -> list[datetime]:
    ends = starts + timedelta(hours=hours)
    return [one for one, _end in occurrences(starts, ends, recurrence, BERLIN, now=NOW)]


def test_weekly_at_ten_stays_at_ten_when_summer_time_ends() -> None:
    found = begins(Recurrence("FREQ=WEEKLY"))
    assert found[:2] == [
        datetime(2026, 10, 24, 8, tzinfo=UTC),
        datetime(2026, 10, 31, 9, tzinfo=UTC),
    ]
    # 18 months ahead, no further.
    assert NOW + AHEAD - timedelta(days=8) < found[-1] <= NOW + AHEAD


def test_what_is_left_out_and_what_is_added() -> None:
    recurrence = Recurrence(
        "FREQ=WEEKLY;COUNT=3",
        also=(datetime(2026, 10, 25, 18),),  # noqa: DTZ001 - on the wall
        left_out=(date(2026, 10, 31), datetime(2026, 11, 7, 11)),  # noqa: DTZ001
    )
    days = [one.astimezone(BERLIN).strftime("%m-%d %H:%M") for one in begins(recurrence)]
    # A day leaves out what begins on it, a time only that very time.
    assert days == ["10-24 10:00", "10-25 18:00", "11-07 10:00"]


def test_an_event_of_forty_days_is_listed_until_it_ends() -> None:
    starts = datetime(2026, 9, 1, tzinfo=BERLIN)
    ends = starts + timedelta(days=40)
    assert occurrences(starts, ends, Recurrence(), BERLIN, now=NOW) == [
        (starts.astimezone(UTC), ends.astimezone(UTC))
    ]
    assert occurrences(starts, ends, Recurrence(), BERLIN, now=NOW + timedelta(days=40)) == []


def test_a_whole_day_stays_a_whole_day() -> None:
    starts = datetime(2026, 10, 24, tzinfo=BERLIN)
    found = occurrences(
        starts, starts + timedelta(hours=23, minutes=59), Recurrence("FREQ=DAILY"), BERLIN, now=NOW
    )
    for begin, end in found[:3]:
        assert begin.astimezone(BERLIN).strftime("%H:%M") == "00:00"
        assert end.astimezone(BERLIN).strftime("%H:%M") == "23:59"


@pytest.mark.parametrize(
    ("details", "second"),
    [
        ({"repeats": "daily"}, "10-25"),
        ({"repeats": "fortnightly"}, "11-07"),
        ({"repeats": "monthly"}, "11-24"),
        ({"repeats": "weekday"}, "11-28"),
        ({"repeats": "weekly", "rule": "FREQ=MONTHLY;BYDAY=1SU"}, "11-01"),
        ({"repeats": "weekly", "until": "2026-10-30"}, None),
        ({"rule": "FREQ=WEEKLY;UNTIL=20261031T090000Z"}, "10-31"),
        ({"rule": "FREQ=WEEKLY;UNTIL=20261031T085959Z"}, None),
        ({"rule": "FREQ=HOURLY"}, None),
        ({}, None),
    ],
)
def test_choices_and_rules(details: dict[str, Any], second: str | None) -> None:
    found = begins(recurrence_of(details, START, BERLIN))
    assert found[0] == START.astimezone(UTC)
    assert (found[1].astimezone(BERLIN).strftime("%m-%d") if len(found) > 1 else None) == second


@pytest.mark.parametrize(
    "rule",
    [
        "weekly",
        "FREQ=SECONDLY",
        "FREQ=DAILY;BYHOUR=1",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=WEEKLY;INTERVAL=0x",
        "FREQ=WEEKLY;COUNT=2;UNTIL=x",
        "FREQ=MONTHLY;BYSETPOS=99;BYDAY=MO",
        "F" * 600,
    ],
)
def test_rules_without_sense_are_refused_at_once(rule: str) -> None:
    assert problem(rule) is not None


def test_lists_of_days() -> None:
    assert listed("2026-12-24\n2026-12-06 18:00; 2026-02-31") == [
        date(2026, 12, 24),
        datetime(2026, 12, 6, 18),  # noqa: DTZ001 - on the wall
    ]
    assert unread("2026-12-24\n24.12.") == "24.12."
    assert unread("2026-12-24\n\n") == ""


@given(
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 40),
    st.one_of(st.none(), st.integers(1, 30)),
    st.lists(st.sampled_from(["MO", "WE", "SA"]), max_size=2, unique=True),
)
@settings(deadline=None, max_examples=60)
def test_dates_are_ordered_and_at_the_hour(
    freq: str, interval: int, count: int | None, days: list[str]
) -> None:
    rule = f"FREQ={freq};INTERVAL={interval}"
    rule += f";COUNT={count}" if count else ""
    rule += f";BYDAY={','.join(days)}" if days and freq == "WEEKLY" else ""
    found = begins(Recurrence(rule))
    assert found == sorted(set(found))
    assert found[0] == START.astimezone(UTC)
    assert {one.astimezone(BERLIN).hour for one in found} == {10}
    assert all(one <= NOW + AHEAD for one in found)


# In a town


@pytest.fixture
def market(guide_town: Town, add_place: Any) -> Town:
    """Publish a weekly market that began long ago, at a place of the guide."""
    add_place("Marktplatz")
    rights = {"licence": "CC0-1.0", "attribution": "Stadt"}
    place = guide_town.node("/marktplatz").id
    guide_town.add(
        "event",
        "Wochenmarkt",
        fields={
            "starts": datetime(2025, 1, 4, 10, tzinfo=BERLIN),
            "ends": datetime(2025, 1, 4, 13, tzinfo=BERLIN),
        },
        blocks=[{"type": "guide_event", "data": rights | {"place": place, "repeats": "weekly"}}],
    )
    return guide_town


def dates(town: Town, number: int) -> list[datetime]:
    with town.session(write=False) as session:
        return [row.starts_at for row in keeping.next_dates(session, number)]


def test_a_repeating_event_is_shown_with_its_next_dates(market: Town) -> None:
    town, node = market, market.node("/wochenmarkt")
    page = town.get("/wochenmarkt")
    assert "vorbei" not in page.html.get_text()
    shown = [one["datetime"] for one in page.html.select(".block time")]
    assert len(shown) == 10
    assert datetime.fromisoformat(shown[0]) + timedelta(hours=3) >= utcnow()
    assert "Wochenmarkt" in town.get("/marktplatz").html.select_one("#happenings").parent.get_text()
    rows = town.get("/guide/events").html.select(".list li")
    assert len(rows) == 50
    assert node.sort_at is not None
    assert node.sort_at + timedelta(hours=3) >= utcnow()
    town.disable("cityguide")
    town.get("/guide/events", status=404)


def test_the_calendar_file_has_the_rule(market: Town) -> None:
    town = market
    with town.content() as content:
        node = content.get(town.node("/wochenmarkt").id)
        block = dict(node.body["blocks"][0])
        block["data"] = block["data"] | {"not_on": "2026-12-26", "also_on": "2026-12-23 16:00"}
        fields = content.fields(node)
        content.save(node.id, version=node.version, title=node.title, fields=fields, blocks=[block])
        content.save(node.id, version=node.version, title="Markt", fields=fields)
    (entry,) = Calendar.from_ical(town.get("/wochenmarkt/event.ics").body).walk("VEVENT")
    assert entry["RRULE"].to_ical() == b"FREQ=WEEKLY"
    assert entry["EXDATE"].dts[0].dt == datetime(2026, 12, 26, 10, tzinfo=BERLIN)
    assert entry["RDATE"].dts[0].dt == datetime(2026, 12, 23, 16, tzinfo=BERLIN)


@on_sqlite
def test_events_that_were_here_before_are_listed_too(market: Town) -> None:
    town = market
    town.disable("cityguide")
    town.add("event", "Lesung", fields={"starts": utcnow() + timedelta(days=1)})
    town.add("event", "Vorbei", fields={"starts": utcnow() - timedelta(days=9)})
    town.enable("cityguide")
    text = town.get("/guide/events").html.get_text()
    assert "Lesung" in text
    assert "Vorbei" not in text


@on_sqlite
def test_the_clock_brings_new_dates(market: Town) -> None:
    from sqlalchemy import delete

    from stadtkern_cityguide.models import Occurrence

    town, number = market, market.node("/wochenmarkt").id
    before, version = dates(town, number), market.node("/wochenmarkt").version
    with town.session() as session:
        session.execute(delete(Occurrence))
    town.run_schedule("cityguide.dates")
    assert dates(town, number) == before
    # An open form stays valid.
    assert town.node("/wochenmarkt").version == version


@on_sqlite
def test_the_lists_cost_the_same_for_more_dates(market: Town) -> None:
    town = market

    def cost() -> int:
        # Menus and settings are read again after a change; that is not the list's.
        town.get("/guide/events")
        town.registry["page_cache"].clear()
        with town.statements() as seen:
            town.get("/guide/events")
        return len(seen)

    before = cost()
    for number in range(5):
        town.add(
            "event",
            f"Fest {number}",
            fields={"starts": utcnow() + timedelta(days=number)},
            blocks=[{"type": "guide_event", "data": {"licence": "x", "attribution": "x"}}],
        )
    assert cost() == before


SERIES = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//t//t//DE
BEGIN:VEVENT
UID:chor
SUMMARY:Chorprobe
DTSTART;TZID=Europe/Berlin:20300105T190000
DTEND;TZID=Europe/Berlin:20300105T210000
RRULE:FREQ=WEEKLY;COUNT=4
EXDATE;TZID=Europe/Berlin:20300119T190000
END:VEVENT
BEGIN:VEVENT
UID:chor
RECURRENCE-ID;TZID=Europe/Berlin:20300112T190000
SUMMARY:Chorprobe im Freien
DTSTART;TZID=Europe/Berlin:20300112T180000
END:VEVENT
BEGIN:VEVENT
UID:nacht
SUMMARY:Nachtwache
DTSTART:20300105T190000
RRULE:FREQ=HOURLY
END:VEVENT
END:VCALENDAR
"""


def test_a_series_is_imported_with_its_exceptions(guide_town: Town, tmp_path: Path) -> None:
    town = guide_town

    def taken() -> Any:
        with town.content() as content:
            home = content.by_path("/")
            assert home is not None
            data = SERIES.replace("\n", "\r\n").encode()
            defaults = Defaults(licence="CC0-1.0", attribution="Chor")
            judged = judge(content, read(data, "chor.ics", defaults))
            store(content, judged, home, publish=True)
            return judged

    judged = taken()
    assert [(one.item, one.field) for one in judged.invalid] == [("Nachtwache", "RRULE")]
    assert judged.count("new") == 3
    details = town.node("/chorprobe").body["blocks"][0]["data"]
    assert details["rule"] == "FREQ=WEEKLY;COUNT=4"
    assert details["not_on"].split("\n") == ["2030-01-12 19:00", "2030-01-19 19:00"]
    # The changed one is an event of its own under its own key; a second import changes nothing.
    assert town.node("/chorprobe-im-freien").body["fields"]["starts"].startswith("2030-01-12")
    again = taken()
    assert (again.count("new"), again.count("changed"), again.count("unchanged")) == (0, 0, 3)
