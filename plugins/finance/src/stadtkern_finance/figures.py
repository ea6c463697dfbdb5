"""Numbers of the overview: what came in, is open, was released and booked, by month and tax."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from stadtkern.exchange.models import (
    OPEN,
    PROPOSED,
    RELEASED,
    STAGED,
    Delivery,
    Record,
    Release,
)
from stadtkern_finance.intake.keys import TAXES
from stadtkern_finance.models import StoredAssessment

AREA = "finance"
MONTHS = 12
SERIES = ("received", "open", "released", "booked")


class Line(NamedTuple):
    """One month of one tax; ``open``: of what came in then; ``cents``: by which tax changed."""

    month: date
    tax: str
    received: int = 0
    open: int = 0
    released: int = 0
    booked: int = 0
    cents: int = 0


def months(today: date, count: int = MONTHS) -> list[date]:
    """Return the first days of the last months, the present one last."""
    last = today.year * 12 + today.month - 1
    return [date(one // 12, one % 12 + 1, 1) for one in range(last - count + 1, last + 1)]


def _borders(first_days: Sequence[date], zone: ZoneInfo) -> list[datetime]:
    """Return the moments at which the months begin on the town's clock, and the last ends."""
    last = first_days[-1]
    after = date(last.year + last.month // 12, last.month % 12 + 1, 1)
    return [
        datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
        for day in (*first_days, after)
    ]


def _sums(moment: Any, borders: Sequence[datetime], value: Any = 1) -> list[Any]:
    return [
        func.sum(case(((moment >= begin) & (moment < end), value), else_=0))
        for begin, end in pairwise(borders)
    ]


def lines(session: Session, today: date, zone: ZoneInfo, count: int = MONTHS) -> list[Line]:
    """Return a line for each month and tax, oldest first: three statements, whatever there is."""
    first_days = months(today, count)
    borders = _borders(first_days, zone)
    waits = case((Record.state.in_((OPEN, PROPOSED)), 1), else_=0)
    came = (
        select(Record.kind, *_sums(Record.created_at, borders))
        .add_columns(*_sums(Record.created_at, borders, waits))
        .join(Delivery, Delivery.id == Record.delivery_id)
        .where(Record.area == AREA, Delivery.state == STAGED, Record.created_at >= borders[0])
        .group_by(Record.kind)
    )
    went = (
        select(Record.kind, *_sums(Release.decided_at, borders))
        .join(Record, Record.id == Release.record_id)
        .where(Record.area == AREA, Release.state == RELEASED, Release.decided_at >= borders[0])
        .group_by(Record.kind)
    )
    booked_at = StoredAssessment.booked_at
    more = StoredAssessment.amount_cent - func.coalesce(StoredAssessment.before_cent, 0)
    stored = (
        select(StoredAssessment.tax_kind, *_sums(booked_at, borders))
        .add_columns(*_sums(booked_at, borders, more))
        .where(booked_at >= borders[0])
        .group_by(StoredAssessment.tax_kind)
    )
    received, open_ = _parted(session, came, count, 2)
    (released,) = _parted(session, went, count, 1)
    booked, cents = _parted(session, stored, count, 2)
    kinds = [kind for kind in TAXES if any(kind in one for one in (received, released, booked))]
    none = [0] * count
    return [
        Line(
            month,
            kind,
            *(
                int(one.get(kind, none)[place] or 0)
                for one in (received, open_, released, booked, cents)
            ),
        )
        for place, month in enumerate(first_days)
        for kind in kinds
    ]


def _parted(
    session: Session, statement: Select[Any], count: int, parts: int
) -> list[dict[str, Sequence[int]]]:
    """Return each part of the sums of a statement by what its first column says."""
    rows = session.execute(statement).all()
    return [
        {row[0]: row[1 + part * count : 1 + (part + 1) * count] for row in rows}
        for part in range(parts)
    ]


def summed(found: Iterable[Line], by: str) -> dict[Any, Line]:
    """Return the sums of lines with the same month or tax."""
    sums: dict[Any, Line] = {}
    for one in found:
        key = getattr(one, by)
        before = sums.get(key, Line(one.month, one.tax))
        numbers = (mine + more for mine, more in zip(before[2:], one[2:], strict=True))
        sums[key] = Line(one.month, one.tax, *numbers)
    return sums


def columns(by_month: Mapping[date, Line], series: str, height: int) -> tuple[list[Any], int]:
    """Return ``(line, height of its column)`` of all months, and the highest number."""
    highest = max((getattr(one, series) for one in by_month.values()), default=0)
    drawn = [
        (one, -(-getattr(one, series) * height // highest) if highest else 0)
        for one in by_month.values()
    ]
    return drawn, highest
