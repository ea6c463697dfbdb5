"""The work list: records by state, finding, delivery and words."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    case,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Session

from stadtkern.exchange.models import (
    ERROR,
    GREEN,
    STAGED,
    WARNING,
    Delivery,
    Finding,
    Record,
)


def narrowed(area: str, filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return the conditions of a list: an area's records whose delivery was read to its end."""
    staged = select(Delivery.id).where(Delivery.area == area, Delivery.state == STAGED)
    conditions: list[ColumnElement[bool]] = [Record.area == area, Record.delivery_id.in_(staged)]
    if filters.get("state"):
        conditions.append(Record.state == filters["state"])
    if filters.get("severity") is not None:
        severity = filters["severity"]
        green = Record.severity.not_in((ERROR, WARNING))
        conditions.append(green if severity == GREEN else Record.severity == severity)
    if filters.get("delivery"):
        conditions.append(Record.delivery_id == filters["delivery"])
    if filters.get("kind"):
        conditions.append(Record.kind == filters["kind"])
    if filters.get("finding"):
        with_it = select(Finding.record_id).where(Finding.code == filters["finding"])
        conditions.append(Record.id.in_(with_it))
    if filters.get("words"):
        words = filters["words"]
        conditions.append(
            or_(
                Record.subject.startswith(words, autoescape=True),
                func.lower(Record.summary).contains(words.lower(), autoescape=True),
            )
        )
    return conditions


def page_of_records(
    session: Session, area: str, filters: Mapping[str, Any], *, limit: int, offset: int = 0
) -> Sequence[Any]:
    """Return the lines of the work list: what needs a person most stands first."""
    weight = case({ERROR: 0, WARNING: 1}, value=Record.severity, else_=2)
    return session.execute(
        select(
            Record.id,
            Record.kind,
            Record.subject,
            Record.summary,
            Record.state,
            Record.severity,
            Record.version,
        )
        .where(*narrowed(area, filters))
        .order_by(weight, Record.id)
        .limit(limit)
        .offset(offset)
    ).all()


def lines_of_records(
    session: Session, area: str, filters: Mapping[str, Any], *, limit: int
) -> Sequence[Any]:
    """Return the work list with where each record stands in its delivery, for a table."""
    return session.execute(
        select(
            Record.subject,
            Record.summary,
            Record.kind,
            Record.state,
            Record.severity,
            Delivery.name,
            Record.entry,
            Record.number,
            Record.created_at,
            Record.changed_at,
        )
        .join(Delivery, Delivery.id == Record.delivery_id)
        .where(*narrowed(area, filters))
        .order_by(Record.id)
        .limit(limit)
    ).all()


def lines_of_findings(
    session: Session, area: str, filters: Mapping[str, Any], *, limit: int
) -> Sequence[Any]:
    """Return what was found in the records of a list; of one finding only it, if named."""
    statement = (
        select(
            Record.subject,
            Record.summary,
            Record.state,
            Finding.severity,
            Finding.code,
            Finding.field,
            Finding.message,
        )
        .join(Record, Record.id == Finding.record_id)
        .where(*narrowed(area, filters))
    )
    if filters.get("finding"):
        statement = statement.where(Finding.code == filters["finding"])
    return session.execute(statement.order_by(Record.id, Finding.id).limit(limit)).all()


def count_records(session: Session, area: str, filters: Mapping[str, Any]) -> int:
    """Return how many records the work list has."""
    return session.scalar(select(func.count(Record.id)).where(*narrowed(area, filters))) or 0


def counts(session: Session, area: str, filters: Mapping[str, Any]) -> Sequence[Any]:
    """Return ``(state, severity, number)`` of an area's records: error, warning or ``GREEN``."""
    heavy = (ERROR, WARNING)
    severity = case(
        (Record.severity.in_(heavy), Record.severity), else_=literal_column(f"'{GREEN}'")
    )
    return session.execute(
        select(Record.state, severity.label("severity"), func.count().label("number"))
        .where(*narrowed(area, filters))
        .group_by(Record.state, severity)
    ).all()


def number_in(found: Sequence[Any], query: Mapping[str, str]) -> int:
    """Return how many of ``counts`` stand in a list of one state, and of one severity if named."""
    return sum(
        row.number
        for row in found
        if row.state == query["state"] and query.get("severity") in {None, row.severity}
    )


def codes(session: Session, area: str, filters: Mapping[str, Any]) -> Sequence[Any]:
    """Return ``(code, severity, number)`` of the findings of open records, the most first."""
    number = func.count(func.distinct(Finding.record_id)).label("number")
    return session.execute(
        select(Finding.code, Finding.severity, number)
        .join(Record, Record.id == Finding.record_id)
        .where(*narrowed(area, {**filters, "finding": None}))
        .group_by(Finding.code, Finding.severity)
        .order_by(number.desc(), Finding.code)
    ).all()
