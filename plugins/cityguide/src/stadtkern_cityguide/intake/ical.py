"""iCalendar (RFC 5545): events of the core with the guide's block."""

from __future__ import annotations

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

_LONGEST = timedelta(days=366)


def read(data: bytes, reading: Reading, defaults: Defaults) -> None:
    """Read all events; of those that repeat, the first date."""
    try:
        calendar = Calendar.from_ical(data.decode("utf-8-sig"))
        events = calendar.walk("VEVENT")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise IntakeError(
            _("The file begins like a calendar but cannot be read. Please export it again.")
        ) from None
    for entry in events:
        room(reading)
        _event(entry, reading, defaults)


def _text(entry: Any, name: str, limit: int) -> str:
    value = entry.get(name)
    value = value[0] if isinstance(value, list) and value else value
    return clean_text(drop_mail_addresses(str(value or "")[: 4 * limit]), limit)


def _event(entry: Any, reading: Reading, defaults: Defaults) -> None:
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
    if entry.get("RRULE") is not None:
        reading.invalid.append(
            Invalid(called, "RRULE", _("It repeats; only the first date is taken."))
        )
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
            | ({"link": link} if link else {}),
        )
    )


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
