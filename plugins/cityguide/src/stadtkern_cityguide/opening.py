"""What a place's page says of its hours: now, in the days to come, and to machines."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.request import Request

from stadtkern.db import utcnow
from stadtkern_cityguide import hours

SOON = timedelta(days=7)
"""Within this time a weekday is enough to say when it opens."""
DAYS = 7
DAYS_FOR_EDITORS = 14
_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def clock(request: Request) -> datetime:
    """Return the time on the town's wall, without a zone."""
    return utcnow().astimezone(ZoneInfo(request.tenant.timezone)).replace(tzinfo=None)


@dataclass(frozen=True)
class Opening:
    """Everything that a page needs; ``changes`` is aware, so that filters write it.

    ``state``: ``open``, ``closed``, ``perhaps``, ``shut`` (until a day, or no longer to be
    visited) or empty, where nothing can be said. ``near``: how far away the change is: ``today``,
    ``tomorrow``, ``week``, ``later``, or empty where there is none.
    """

    state: str
    comment: str = ""
    changes: datetime | None = None
    near: str = ""
    days: tuple[hours.Day, ...] = ()
    shut_until: date | None = None
    over_since: date | None = None
    opens_on: date | None = None
    uncertain: bool = False


def opening(request: Request, fields: Mapping[str, Any], *, count: int = DAYS) -> Opening:
    """Return what to say of a place's hours; the page is kept until that changes."""
    now = clock(request)
    text = str(fields.get("opening_hours") or "")
    plan = tuple(hours.days(text, now.date(), count)) if text else ()
    shut = _shut(fields, now.date(), plan)
    if shut is not None:
        _keep(request, now, datetime.combine(now.date(), datetime.min.time()) + timedelta(days=1))
        return shut
    found = hours.moment(text, now) if text else None
    if found is None:
        return Opening("", uncertain=bool(text) and hours.uncertain(text))
    _keep(request, now, found.changes)
    changes = found.changes
    return Opening(
        "perhaps" if not found.certain else "open" if found.open else "closed",
        found.comment,
        None if changes is None else changes.replace(tzinfo=ZoneInfo(request.tenant.timezone)),
        _near(now, changes),
        plan,
    )


def _shut(fields: Mapping[str, Any], today: date, plan: tuple[hours.Day, ...]) -> Opening | None:
    if fields.get("valid_to") and fields["valid_to"] < today:
        return Opening("shut", over_since=fields["valid_to"])
    if fields.get("valid_from") and fields["valid_from"] > today:
        return Opening("shut", opens_on=fields["valid_from"], days=plan)
    if fields.get("closed_until") and fields["closed_until"] >= today:
        return Opening("shut", shut_until=fields["closed_until"], days=plan)
    return None


def _near(now: datetime, changes: datetime | None) -> str:
    if changes is None:
        return ""
    if changes.date() == now.date():
        return "today"
    if changes.date() == now.date() + timedelta(days=1):
        return "tomorrow"
    return "week" if changes - now < SOON - timedelta(days=1) else "later"


def _keep(request: Request, now: datetime, changes: datetime | None) -> None:
    """Let the page be kept no longer than what it says is true."""
    if changes is not None:
        request.page_cache_seconds = max(1.0, (changes - now).total_seconds())


def specification(request: Request, fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the coming week (schema.org ``OpeningHoursSpecification``), holidays counted in."""
    text = str(fields.get("opening_hours") or "")
    today = clock(request).date()
    if not text or _shut(fields, today, ()) is not None:
        return []
    return [
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": f"https://schema.org/{_WEEK[day.day.weekday()]}",
            "opens": opens,
            "closes": "23:59" if closes == "24:00" else closes,
            "validFrom": day.day.isoformat(),
            "validThrough": day.day.isoformat(),
        }
        for day in hours.days(text, today, DAYS)
        for opens, closes, _comment in day.spans
    ]
