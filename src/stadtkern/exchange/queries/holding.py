"""Records and what was found in them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    case,
    delete,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import Session

from stadtkern.exchange.models import (
    ERROR,
    STAGED,
    STAGING,
    WARNING,
    Delivery,
    Finding,
    Record,
)
from stadtkern.exchange.queries.quiet import QUIET

TWIN = "#"
"""Between the key of a fact and what tells another version of it apart."""


def twins(session: Session, format_name: str, keys: Sequence[str]) -> dict[str, Any]:
    """Return ``(id, key, content_hash)`` of the records with these keys, by key."""
    rows = session.execute(
        select(Record.id, Record.key, Record.content_hash).where(
            Record.format == format_name, Record.key.in_(keys)
        )
    )
    return {row.key: row for row in rows}


def add_records(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Store records of one format and return their ids in the same order."""
    # By key: to return rows in the order of their parameters, SQLite would take them one by one.
    made = session.execute(insert(Record).returning(Record.key, Record.id), list(rows))
    ids = {row.key: row.id for row in made}
    return [ids[row["key"]] for row in rows]


def add_findings(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store findings."""
    if rows:
        session.execute(insert(Finding), list(rows))


def record(session: Session, area: str, number: int, *, lock: bool = False) -> Record | None:
    """Return one record of a delivery that was read to its end."""
    statement = (
        select(Record)
        .join(Delivery, Delivery.id == Record.delivery_id)
        .where(Record.id == number, Record.area == area, Delivery.state == STAGED)
    )
    if lock:
        statement = statement.with_for_update(of=Record)
    return session.scalars(statement.execution_options(populate_existing=lock)).one_or_none()


def records(session: Session, ids: Iterable[int], *, lock: bool = False) -> list[Record]:
    """Return records by their ids, in order of their ids."""
    statement = select(Record).where(Record.id.in_(list(ids))).order_by(Record.id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return list(session.scalars(statement))


def findings(session: Session, ids: Iterable[int]) -> dict[int, list[Finding]]:
    """Return the findings of records, worst first, by the record's id."""
    weight = case({ERROR: 0, WARNING: 1}, value=Finding.severity, else_=2)
    found: dict[int, list[Finding]] = {}
    for row in session.scalars(
        select(Finding).where(Finding.record_id.in_(list(ids))).order_by(weight, Finding.id)
    ):
        found.setdefault(row.record_id, []).append(row)
    return found


def drop_findings(session: Session, ids: Sequence[int]) -> None:
    """Delete findings by their ids."""
    if ids:
        session.execute(delete(Finding).where(Finding.id.in_(ids)).execution_options(**QUIET))


def versions_of(session: Session, rows: Iterable[Record]) -> dict[tuple[str, str], list[Any]]:
    """Return ``(id, format, key, state)`` of all versions of these facts, by format and key."""
    conditions = [
        (Record.format == row.format)
        & or_(Record.key == bare(row.key), Record.key.startswith(f"{bare(row.key)}{TWIN}"))
        for row in rows
    ]
    found: dict[tuple[str, str], list[Any]] = {}
    if conditions:
        for row in session.execute(
            select(Record.id, Record.format, Record.key, Record.state)
            .join(Delivery, Delivery.id == Record.delivery_id)
            .where(or_(*conditions), Delivery.state.in_((STAGED, STAGING)))
        ):
            found.setdefault((row.format, bare(row.key)), []).append(row)
    return found


def contested(session: Session, delivery_id: int, after: int, limit: int) -> list[Record]:
    """Return records of a delivery that are further versions of what was here, by id."""
    return list(
        session.scalars(
            select(Record)
            .where(
                Record.delivery_id == delivery_id,
                Record.id > after,
                Record.key.contains(TWIN, autoescape=True),
            )
            .order_by(Record.id)
            .limit(limit)
        )
    )


def bare(key: str) -> str:
    """Return the key of a fact, whichever version of it."""
    return key.partition(TWIN)[0]
