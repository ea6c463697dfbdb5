"""Records and what was found in them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    String,
    case,
    column,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.orm import Session

from stadtkern.db import has_written
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
    statement = select(Record.id, Record.key, Record.content_hash).where(
        Record.format == format_name
    )
    if session.get_bind().dialect.name == "postgresql":
        # One look into the unique index for each: while a table grows, its statistics say that
        # it is empty, and thousands of keys would be compared with each of its rows.
        array = literal(list(keys), ARRAY(String))
        wanted = (
            func.unnest(array).table_valued(column("key", String)).render_derived(name="wanted")
        )
        one = statement.where(Record.key == wanted.c.key).limit(1).lateral("one")
        looked_up = select(one.c.id, one.c.key, one.c.content_hash)
        statement = looked_up.select_from(wanted.join(one, true()))
    else:
        statement = statement.where(Record.key.in_(keys))
    return {row.key: row for row in session.execute(statement)}


def format_of(session: Session, record_id: int) -> str:
    """Return the format of a record."""
    return session.scalar(select(Record.format).where(Record.id == record_id)) or ""


def add_records(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Store records of one format and return their ids in the same order."""
    # By key: to return rows in the order of their parameters, SQLite would take them one by one.
    made = _stored(session, Record, rows, Record.key, Record.id)
    ids = {row.key: row.id for row in made}
    return [ids[row["key"]] for row in rows]


def add_findings(session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store findings."""
    if rows:
        _stored(session, Finding, rows)


def _stored(
    session: Session, model: Any, rows: Sequence[Mapping[str, Any]], *returned: Any
) -> Sequence[Any]:
    """Store rows with the same columns; PostgreSQL takes them as one document."""
    if session.get_bind().dialect.name != "postgresql":
        statement = insert(model.__table__)
        done = session.execute(statement.returning(*returned) if returned else statement, rows)
        return done.all() if returned else ()
    names = ", ".join(f'"{name}"' for name in rows[0])
    table = model.__tablename__
    ending = f" returning {', '.join(one.key for one in returned)}" if returned else ""
    command = text(
        f"insert into {table} ({names}) select {names}"  # noqa: S608 - names of ours
        f" from json_populate_recordset(cast(null as {table}), cast(:rows as json)){ending}"
    )
    has_written(session)
    document = json.dumps(rows, default=str, ensure_ascii=False)
    done = session.connection().execute(command, {"rows": document})
    return done.all() if returned else ()


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
