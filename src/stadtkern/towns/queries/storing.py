"""Rows as they are stored, with the numbers that they get."""

from collections.abc import Sequence

from sqlalchemy import (
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from stadtkern.accounts.models import Account
from stadtkern.db import insert_into
from stadtkern.towns.models import (
    TownImportId,
)
from stadtkern.towns.parts import Row, TownData

BATCH = 200
REACH = 1_000_000
"""Numbers above the highest one in use that are still kept: far ones would use up the room."""


def accounts_by_mail(session: Session, mails: Sequence[str]) -> dict[str, int]:
    """Return the ids of accounts by mail address."""
    found: dict[str, int] = {}
    for start in range(0, len(mails), BATCH):
        some = mails[start : start + BATCH]
        asked = select(Account.mail, Account.id).where(Account.mail.in_(some))
        found |= {mail: number for mail, number in session.connection().execute(asked)}  # noqa: C416
    return found


def insert_rows(session: Session, part: TownData, values: Sequence[Row]) -> None:
    """Store rows whose key is theirs, or given by the database."""
    if values:
        session.connection().execute(insert(part.table), list(values))


def insert_numbered(
    session: Session, part: TownData, values: Sequence[Row], *, afresh: bool = False
) -> dict[int, int]:
    """Store rows with the numbers that they have where these are free; return new by old.

    Whether a number is free the database says: row-level security hides other towns' rows.
    ``afresh``: all of them get new ones, for those before them did and order counts.
    """
    key = part.key
    assert key is not None  # noqa: S101 - numbered parts have one
    bound = _reserve(session, part, [row["id"] for row in values])
    near = [] if afresh else [row for row in values if row["id"] <= bound]
    got: dict[int, int] = {}
    connection = session.connection()
    if near:
        statement = (
            insert_into(session, part.table)
            .values(near)
            .on_conflict_do_nothing(index_elements=[key])
            .returning(key)
        )
        got = {number: number for number in connection.scalars(statement)}
    if part.ordered:
        got = _in_order(session, part, values, got)
    above = _above(session, part, values) if len(got) < len(values) else None
    for row in values:
        if row["id"] not in got:
            fresh = {name: value for name, value in row.items() if name != "id"}
            if above is not None:
                above += 1
                fresh["id"] = above
            number = connection.scalar(insert(part.table).values(fresh).returning(key))
            got[row["id"]] = int(number or 0)
    connection.execute(
        insert(TownImportId.__table__),  # type: ignore[arg-type]
        [
            {
                "tenant_id": session.info["tenant_id"],
                "part": part.name,
                "old": row["id"],
                "new": got[row["id"]],
            }
            for row in values
        ],
    )
    return got


def _in_order(
    session: Session, part: TownData, values: Sequence[Row], got: dict[int, int]
) -> dict[int, int]:
    """Take rows out again that stand behind one whose number was taken; return the others."""
    taken = min((row["id"] for row in values if row["id"] not in got), default=None)
    behind = [] if taken is None else [number for number in got if number > taken]
    if behind:
        session.connection().execute(
            delete(part.table).where(
                part.table.c.id.in_(behind),
                part.table.c.tenant_id == session.info["tenant_id"],
            )
        )
    return {number: number for number in got if number not in behind}


def _above(session: Session, part: TownData, values: Sequence[Row]) -> int | None:
    """Return the number behind which fresh ones begin; None where a sequence gives them.

    Above all that the archive names: what texts call by an old number must not become another's.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        return None
    highest = int(connection.scalar(select(func.max(part.key))) or 0)
    near = (row["id"] for row in values if row["id"] <= highest + REACH)
    return max(highest, *near, 0)


def _reserve(session: Session, part: TownData, wanted: Sequence[int]) -> int:
    """Let the database give none of these numbers by itself; return up to which that holds."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        highest = connection.scalar(select(func.max(part.key))) or 0
        return int(highest) + REACH
    sequence = {"table": part.table.name, "column": "id"}
    top = connection.scalar(
        text("select nextval(pg_get_serial_sequence(:table, :column))"), sequence
    )
    bound = int(top or 0) + REACH
    gap = max((number for number in wanted if number <= bound), default=0) - int(top or 0)
    if gap > 0:
        # One by one, because others take numbers at the same time.
        connection.execute(
            text(
                "select count(nextval(pg_get_serial_sequence(:table, :column))) "
                "from generate_series(1, :gap)"
            ),
            {**sequence, "gap": gap},
        )
    return bound


def update_numbered(session: Session, part: TownData, values: Sequence[Row]) -> None:
    """Write columns of rows by their key (``id``)."""
    if not values:
        return
    names = [name for name in values[0] if name != "id"]
    statement = (
        update(part.table)
        .where(
            part.table.c.id == bindparam("row_id"),
            part.table.c.tenant_id == session.info["tenant_id"],
        )
        .values({name: bindparam(f"new_{name}") for name in names})
    )
    session.connection().execute(
        statement,
        [{"row_id": row["id"], **{f"new_{name}": row[name] for name in names}} for row in values],
    )
