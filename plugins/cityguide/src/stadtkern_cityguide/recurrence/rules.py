"""Rules and the dates that they mean; pure functions on naive wall-clock times."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

from stadtkern_cityguide.i18n import _

AHEAD = timedelta(days=548)
"""How far ahead (18 months) dates are worked out."""

MAX_DATES = 1_000
"""Dates of one event within that time; daily events have 548."""

MAX_LISTED = 200
MAX_RULE = 500
_PARTS = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"}
)
_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d))?")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_LONGEST_MONTH = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_FIFTH = 5
_EARLIEST = 1900
"""Rules that begin before this year mean their first date alone: days are counted from it on."""

_LAST_YEARS = range(9944, 9972)
"""28 years, in which every kind of year is; what follows them has the same calendar as 28 years."""


@dataclass(frozen=True)
class Recurrence:
    """How an event repeats: a rule, further dates, dates that are left out (naive, local).

    A day alone in ``left_out`` is a ``date`` and leaves out whatever begins on it.
    """

    rule: str = ""
    also: tuple[datetime, ...] = ()
    left_out: tuple[date, ...] = ()

    @property
    def repeats(self) -> bool:
        """Whether there is more than the first date."""
        return bool(self.rule or self.also)


def recurrence_of(details: Mapping[str, Any], starts: datetime, zone: ZoneInfo) -> Recurrence:
    """Return how an event repeats by its block; what cannot be read counts as not said."""
    local = _local(starts, zone)
    rule = str(details.get("rule") or "").strip() or _simple(details, local)
    rule = rule if rule and problem(rule) is None else ""
    also = [
        one if isinstance(one, datetime) else datetime.combine(one, local.time())
        for one in listed(str(details.get("also_on") or ""))
    ]
    return Recurrence(rule, tuple(also), tuple(listed(str(details.get("not_on") or ""))))


def _simple(details: Mapping[str, Any], local: datetime) -> str:
    """Return the rule of the choice in the form."""
    repeats = str(details.get("repeats") or "")
    rules = {
        "daily": "FREQ=DAILY",
        "weekly": "FREQ=WEEKLY",
        "fortnightly": "FREQ=WEEKLY;INTERVAL=2",
        "monthly": "FREQ=MONTHLY",
        "weekday": f"FREQ=MONTHLY;BYDAY={_nth(local)}",
        "yearly": "FREQ=YEARLY",
    }
    rule = rules.get(repeats, "")
    until = details.get("until")
    if rule and until:
        last = until if isinstance(until, date) else date.fromisoformat(str(until))
        rule += f";UNTIL={last:%Y%m%d}T235959"
    return rule


def _nth(local: datetime) -> str:
    """Return the weekday within its month: 1SA, or -1SA for what may be the last one."""
    number = (local.day - 1) // 7 + 1
    return f"{-1 if number == _FIFTH else number}{_WEEKDAYS[local.weekday()]}"


def problem(rule: str) -> Any:
    """Return a sentence on why a rule cannot be taken, None if it can."""
    refusal = _(
        "This rule cannot be read: “${text}”. Please write it like FREQ=WEEKLY;BYDAY=SA or choose "
        "one above.",
        mapping={"text": rule[:80]},
    )
    parts = dict(part.partition("=")[::2] for part in rule.upper().split(";") if part)
    if len(rule) > MAX_RULE or not set(parts) <= _PARTS or parts.get("FREQ") not in _FREQUENCIES:
        return refusal
    if set(rule) & set(":\r\n"):
        # Several rules at once, of which only the first was looked at.
        return refusal
    often = ";".join(f"{name}={value}" for name, value in parts.items() if name != "INTERVAL")
    try:
        start = datetime(2026, 1, 1)  # noqa: DTZ001 - on the wall
        rrulestr(_plain(rule), dtstart=start)
        never = _never(parts) or not _any_date(often, start)
    except (ValueError, KeyError, TypeError, IndexError, OverflowError, AttributeError):
        return refusal
    return (
        _("This rule means no date at all: “${text}”.", mapping={"text": rule}) if never else None
    )


def _never(parts: Mapping[str, str]) -> bool:
    """Tell whether a rule can have no date, which would be looked for until the year 9999."""
    months = [int(one) for one in parts.get("BYMONTH", "").split(",") if one]
    days = [int(one) for one in parts.get("BYMONTHDAY", "").split(",") if one]
    places = [int(one) for one in parts.get("BYSETPOS", "").split(",") if one]
    longest = max((_LONGEST_MONTH.get(one, 31) for one in months), default=31)
    if days and min(abs(one) for one in days) > longest:
        return True
    if places and min(abs(one) for one in places) > _FIFTH:
        return True
    nth = [int(one) for one in re.findall(r"[+-]?\d+", parts.get("BYDAY", ""))]
    if nth and (parts["FREQ"] in {"DAILY", "WEEKLY"} or max(map(abs, nth)) > _FIFTH):
        return True
    week = int(parts.get("INTERVAL", "1")) % 7 == 0
    return parts["FREQ"] == "DAILY" and week and "BYDAY" in parts


def _any_date(rule: str, first: datetime) -> bool:
    """Tell whether a rule has a date within 28 years; else it would be looked for until 9999.

    Looked for at the end of the calendar, where all searches end soon, in years of the same kind.
    """
    january = first.replace(month=1, day=1).weekday()
    late = next(
        (
            year
            for year in _LAST_YEARS
            if year % 4 == first.year % 4 and datetime(year, 1, 1).weekday() == january  # noqa: DTZ001
        ),
        _LAST_YEARS[0],
    )
    endless = rrulestr(_plain(rule), dtstart=first).replace(
        dtstart=first.replace(year=late), count=None, until=None
    )
    return next(iter(endless), None) is not None


def _plain(rule: str, zone: ZoneInfo | None = None) -> str:
    """Return a rule whose end is a time on the wall, as the dates are."""

    def local(match: re.Match[str]) -> str:
        text = match[1]
        if not text.endswith("Z"):
            return f"UNTIL={text}" if "T" in text else f"UNTIL={text}T235959"
        moment = datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        moment = moment if zone is None else moment.astimezone(zone)
        return f"UNTIL={moment:%Y%m%dT%H%M%S}"

    return re.sub(r"UNTIL=([0-9TZ]+)", local, rule.upper())


def listed(text: str) -> list[date]:
    """Return the dates of a list: a day (``date``) or a day with its time (``datetime``)."""
    found: list[date] = []
    for match in list(_DAY.finditer(text))[:MAX_LISTED]:
        year, month, day, hour, minute = match.groups()
        try:
            if hour is None:
                found.append(date(int(year), int(month), int(day)))
            else:
                numbers = (int(one) for one in (year, month, day, hour, minute))
                found.append(datetime(*numbers))  # type: ignore[arg-type] # noqa: DTZ001
        except ValueError:
            continue
    return found


def unread(text: str) -> str:
    """Return the first line of a list that is no date, empty if all are."""
    for line in text.splitlines():
        if line.strip() and not listed(line):
            return line.strip()
    return ""


def occurrences(
    starts: datetime,
    ends: datetime | None,
    recurrence: Recurrence,
    zone: ZoneInfo,
    *,
    now: datetime,
) -> list[tuple[datetime, datetime]]:
    """Return beginnings and ends (aware, UTC) of what is not over, up to ``AHEAD``.

    The duration is counted on the wall, too: a night in which the clocks change ends when the
    programme says.
    """
    first = _local(starts, zone)
    lasts = _local(ends, zone) - first if ends is not None and ends > starts else timedelta(0)
    begin, horizon = _local(now, zone) - lasts, _local(now, zone) + AHEAD
    found = {first} | set(recurrence.also)
    if recurrence.rule and first.year >= _EARLIEST and _any_date(recurrence.rule, first):
        dates = rrulestr(_plain(recurrence.rule, zone), dtstart=first)
        for moment in dates:
            if moment > horizon or len(found) > MAX_DATES:
                break
            if moment >= begin:
                found.add(moment)
    days = {one for one in recurrence.left_out if not isinstance(one, datetime)}
    moments = {one for one in recurrence.left_out if isinstance(one, datetime)}
    return [
        (_utc(moment, zone), _utc(moment + lasts, zone))
        for moment in sorted(found - moments)
        if moment.date() not in days and begin <= moment <= horizon
    ][:MAX_DATES]


def _local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _utc(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.replace(tzinfo=zone).astimezone(UTC)


def exceptions(recurrence: Recurrence, first: datetime, zone: ZoneInfo) -> Iterable[datetime]:
    """Return what is left out as times for a calendar file; ``first``: the event's beginning."""
    at = _local(first, zone).time()
    for one in recurrence.left_out:
        moment = one if isinstance(one, datetime) else datetime.combine(one, at or time())
        yield moment.replace(tzinfo=zone)
