"""Questions to the visits room's table."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from stadtkern.content.models import Node
from stadtkern.visits.models import PAGE, SEARCH, DayCount

LEAST = 3
"""Words that fewer than so many searches shared are not shown: they may be about one person."""

_SHOWN = (Node.path == DayCount.name) & Node.deleted_at.is_(None)
"""Numbers are kept by address; a node's are those of the address that it has now."""


@dataclass(frozen=True)
class Span:
    """One column of the chart: ``first`` to ``last``, both included, and the pages read."""

    first: date
    last: date
    number: int


def by_day(
    session: Session, first: date, last: date, *, types: Collection[str] = ()
) -> dict[date, int]:
    """Return how many pages were read on each day that has any; of some types of nodes alone."""
    statement = (
        select(DayCount.day, func.sum(DayCount.number))
        .where(DayCount.kind == PAGE, DayCount.day.between(first, last))
        .group_by(DayCount.day)
    )
    if types:
        statement = statement.join(Node, _SHOWN).where(Node.type.in_(types))
    rows = session.execute(statement)
    return {day: int(number) for day, number in rows}


def of_types(
    session: Session, first: date, last: date, types: Collection[str], limit: int
) -> Sequence[Any]:
    """Return the nodes of some types that were read most: ``node_id``, ``number``."""
    number = func.sum(DayCount.number).label("number")
    return session.execute(
        select(Node.id.label("node_id"), number)
        .select_from(DayCount)
        .join(Node, _SHOWN)
        .where(DayCount.kind == PAGE, DayCount.day.between(first, last), Node.type.in_(types))
        .group_by(Node.id)
        .order_by(number.desc(), Node.id)
        .limit(limit)
    ).all()


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
