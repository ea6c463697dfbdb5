"""iCalendar (RFC 5545): events of the core with the guide's block."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar

from stadtkern_cityguide.gpx.texts import clean_text, drop_mail_addresses, web_link
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.intake.loose import room
from stadtkern_cityguide.intake.model import (
    MAX_SUMMARY,
    MAX_TITLE,
    Defaults,
    IntakeError,
    Invalid,
    Item,
    Reading,
)
from stadtkern_cityguide.recurrence.rules import MAX_LISTED, problem

_LONGEST = timedelta(days=366)
DATE = "%Y-%m-%d %H:%M"


def read(data: bytes, reading: Reading, defaults: Defaults) -> None:
    """Read all events with their rules; one that differs is an event of its own.

    What RECURRENCE-ID names is left out of its series: the event of its own takes its place, a
    cancelled one none.
    """
    try:
        calendar = Calendar.from_ical(data.decode("utf-8-sig"))
        events = calendar.walk("VEVENT")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise IntakeError(
            _("The file begins like a calendar but cannot be read. Please export it again.")
        ) from None
    zone = ZoneInfo(defaults.timezone)
    changed: dict[str, list[str]] = {}
    for entry in events:
        again = entry.get("RECURRENCE-ID")
        if again is not None:
            with suppress(TypeError, ValueError, AttributeError):
                moment = _moment(again.dt, zone)
                changed.setdefault(_text(entry, "UID", MAX_TITLE), []).append(f"{moment:{DATE}}")
    for entry in events:
        room(reading)
        _event(entry, reading, defaults, changed)


def _text(entry: Any, name: str, limit: int) -> str:
    value = entry.get(name)
    value = value[0] if isinstance(value, list) and value else value
    return clean_text(drop_mail_addresses(str(value or "")[: 4 * limit]), limit)


def _event(
    entry: Any, reading: Reading, defaults: Defaults, changed: Mapping[str, list[str]]
) -> None:
    title = _text(entry, "SUMMARY", MAX_TITLE)
    called = title or _text(entry, "UID", MAX_TITLE) or "VEVENT"
    if not title:
        reading.invalid.append(Invalid(called, "SUMMARY", _("It has no name.")))
        return
    if str(entry.get("STATUS", "")).upper() == "CANCELLED":
        reading.invalid.append(Invalid(called, "STATUS", _("It was called off and is not taken.")))
        return
    times = _times(entry, ZoneInfo(defaults.timezone))
    if times is None:
        reading.invalid.append(
            Invalid(called, "DTSTART", _("Its beginning or its end cannot be read."))
        )
        return
    starts, ends = times
    fields = {"starts": starts.strftime("%Y-%m-%dT%H:%M")}
    if ends > starts:
        fields["ends"] = ends.strftime("%Y-%m-%dT%H:%M")
    place = _text(entry, "LOCATION", MAX_TITLE)
    if place:
        fields["place"] = place
    uid = _text(entry, "UID", MAX_TITLE) or f"{title}|{fields['starts']}"
    again = entry.get("RECURRENCE-ID")
    link = web_link(_text(entry, "URL", MAX_SUMMARY))
    reading.items.append(
        Item(
            type="event",
            key=reading.key(f"{uid}|{again.dt}" if again is not None else uid),
            title=title,
            summary=_text(entry, "DESCRIPTION", MAX_SUMMARY),
            fields=fields,
            details={
                "licence": defaults.licence,
                "attribution": defaults.attribution,
            }
            | ({"link": link} if link else {})
            | ({} if again is not None else _repeats(entry, reading, title, changed, defaults)),
        )
    )


def _repeats(
    entry: Any,
    reading: Reading,
    title: str,
    changed: Mapping[str, list[str]],
    defaults: Defaults,
) -> dict[str, str]:
    """Return how an event repeats as its block has it; what cannot be taken is listed."""
    zone = ZoneInfo(defaults.timezone)
    found: dict[str, str] = {}
    rule = entry.get("RRULE")
    if rule is not None:
        text = "" if isinstance(rule, list) else rule.to_ical().decode()
        if problem(text) is None:
            found["rule"] = text
        else:
            why = _(
                "This rule cannot be taken over: “${text}”. The event comes without its "
                "repetition; you can add one to it.",
                mapping={"text": text[:80]},
            )
            reading.invalid.append(Invalid(title, "RRULE", why))
    also, left_out = (_dates(entry.get(name), zone) for name in ("RDATE", "EXDATE"))
    left_out += changed.get(_text(entry, "UID", MAX_TITLE), [])
    if also:
        found["also_on"] = "\n".join(also[:MAX_LISTED])
    if left_out and (also or "rule" in found):
        found["not_on"] = "\n".join(sorted(set(left_out))[:MAX_LISTED])
    return found


def _dates(value: Any, zone: ZoneInfo) -> list[str]:
    """Return RDATE or EXDATE, which may stand there several times, as lines of the block."""
    found = []
    for group in value if isinstance(value, list) else [value] if value is not None else []:
        for one in getattr(group, "dts", ()):
            moment = one.dt[0] if isinstance(one.dt, tuple) else one.dt
            with suppress(TypeError, ValueError):
                whole = not isinstance(moment, datetime)
                local = _moment(moment, zone)
                found.append(f"{local:%Y-%m-%d}" if whole else f"{local:{DATE}}")
    return found


def _times(entry: Any, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
    """Return beginning and end on the town's clock; a whole day ends a minute before midnight."""
    try:
        starts, ends = entry.get("DTSTART"), entry.get("DTEND")
        first = _moment(starts.dt, zone)
        whole = not isinstance(starts.dt, datetime)
        if ends is not None:
            last = _moment(ends.dt, zone)
        elif entry.get("DURATION") is not None:
            last = first + entry.get("DURATION").dt
        else:
            last = first + timedelta(days=1) if whole else first
    except (AttributeError, TypeError, ValueError, OverflowError):
        return None
    if whole and last > first:
        last -= timedelta(minutes=1)
    if last < first or last - first > _LONGEST or not 1900 <= first.year <= 2200:  # noqa: PLR2004
        return None
    return first, last


def _moment(value: Any, zone: ZoneInfo) -> datetime:
    if isinstance(value, datetime):
        return (value.astimezone(zone) if value.tzinfo else value).replace(tzinfo=None)
    if isinstance(value, date):
        return datetime.combine(value, time())
    raise TypeError
