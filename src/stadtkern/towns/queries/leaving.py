"""Rows as they leave: in one order on every database."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    collate,
    func,
    select,
)
from sqlalchemy.orm import Session, aliased

from stadtkern.accounts.models import Account
from stadtkern.towns.parts import ACCOUNT, Row, TownData

BATCH = 200


def _mine(session: Session, part: TownData) -> list[Any]:
    conditions: list[Any] = [part.table.c.tenant_id == session.info["tenant_id"]]
    if part.only is not None:
        conditions.append(part.only())
    return conditions


def count(session: Session, part: TownData) -> int:
    """Return how many rows of a table travel."""
    statement = select(func.count()).select_from(part.table).where(*_mine(session, part))
    return session.connection().scalar(statement) or 0


def numbers(session: Session, part: TownData) -> set[int]:
    """Return the keys of a numbered table's rows."""
    statement = select(part.table.c.id).where(*_mine(session, part))
    return set(session.connection().scalars(statement.execution_options(yield_per=BATCH)))


def rows(session: Session, part: TownData) -> Iterator[tuple[Row, dict[str, Row]]]:
    """Yield a table's rows with the accounts that they name, by column; a few at a time.

    The order is the same on every database: numbers as they count, texts by code point, accounts
    by mail address.
    """
    columns: list[Any] = list(part.columns.values())
    people = [name for name, other in part.references.items() if other == ACCOUNT]
    statement: Any = select(part.table)
    mails: dict[str, Any] = {}
    for name in people:
        person = aliased(Account.__table__)
        mails[name] = person.c.mail
        columns += [
            getattr(person.c, column).label(f"{name} {column}")
            for column in ("mail", "name", "locale")
        ]
        statement = statement.outerjoin(person, person.c.id == part.table.c[name])
    statement = (
        statement.with_only_columns(*columns)
        .where(*_mine(session, part))
        .order_by(*_order(session, part, mails))
        .execution_options(yield_per=BATCH)
    )
    for found in session.connection().execute(statement).mappings():
        accounts = {
            name: {column: found[f"{name} {column}"] for column in ("mail", "name", "locale")}
            for name in people
            if found[f"{name} mail"] is not None
        }
        yield {name: found[column] for name, column in part.columns.items()}, accounts


def _order(session: Session, part: TownData, mails: Mapping[str, Any]) -> list[ColumnElement[Any]]:
    keys = [part.key] if part.key is not None else list(part.table.primary_key)
    binary = session.get_bind().dialect.name == "postgresql"
    order: list[ColumnElement[Any]] = []
    for key in keys:
        if key is None or key.name == "tenant_id":
            continue
        column = mails.get(key.name, key)
        order.append(collate(column, "C") if binary and isinstance(column.type, String) else column)
    return order
