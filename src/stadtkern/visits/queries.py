"""Questions to the visits room's table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from stadtkern.content.models import Node
from stadtkern.visits.models import PAGE, SEARCH, DayCount

LEAST = 3
"""Words that fewer than so many searches shared are not shown: they may be about one person."""


@dataclass(frozen=True)
class Span:
    """One column of the chart: ``first`` to ``last``, both included, and the pages read."""

    first: date
    last: date
    number: int


def by_day(session: Session, first: date, last: date) -> dict[date, int]:
    """Return how many pages were read on each day that has any."""
    rows = session.execute(
        select(DayCount.day, func.sum(DayCount.number))
        .where(DayCount.kind == PAGE, DayCount.day.between(first, last))
        .group_by(DayCount.day)
    )
    return {day: int(number) for day, number in rows}


def in_steps(numbers: Mapping[date, int], first: date, last: date, step: int) -> list[Span]:
    """Return the sums of each ``step`` days; days without a number count 0."""
    found = []
    begin = first
    while begin <= last:
        end = min(begin + timedelta(days=step - 1), last)
        days = (begin + timedelta(days=n) for n in range((end - begin).days + 1))
        found.append(Span(begin, end, sum(numbers.get(day, 0) for day in days)))
        begin = end + timedelta(days=1)
    return found


def total(session: Session, first: date, last: date) -> int:
    """Return how many pages were read."""
    statement = select(func.sum(DayCount.number)).where(
        DayCount.kind == PAGE, DayCount.day.between(first, last)
    )
    return int(session.scalar(statement) or 0)


def pages(session: Session, first: date, last: date, limit: int) -> Sequence[Any]:
    """Return the pages that were read most: ``path``, ``number``, and ``node_id``, ``title``.

    The last two are None for addresses that are no node's, such as lists and legal pages.
    """
    numbers = (
        select(DayCount.name, func.sum(DayCount.number).label("number"))
        .where(DayCount.kind == PAGE, DayCount.day.between(first, last))
        .group_by(DayCount.name)
        .order_by(func.sum(DayCount.number).desc(), DayCount.name)
        .limit(limit)
        .subquery()
    )
    return session.execute(
        select(
            numbers.c.name.label("path"),
            numbers.c.number,
            Node.id.label("node_id"),
            Node.title,
            Node.language,
        )
        .outerjoin(Node, (Node.path == numbers.c.name) & Node.deleted_at.is_(None))
        .order_by(numbers.c.number.desc(), numbers.c.name)
    ).all()


def vain_searches(session: Session, first: date, last: date, limit: int) -> Sequence[Any]:
    """Return what was searched in vain at least ``LEAST`` times: ``words``, ``number``.

    One connection counts once a day (``counting.Askers``), in each serving process by itself.
    """
    return session.execute(
        select(DayCount.name.label("words"), func.sum(DayCount.number).label("number"))
        .where(DayCount.kind == SEARCH, DayCount.day.between(first, last))
        .group_by(DayCount.name)
        .having(func.sum(DayCount.number) >= LEAST)
        .order_by(func.sum(DayCount.number).desc(), DayCount.name)
        .limit(limit)
    ).all()
