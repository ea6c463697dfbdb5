"""All SQL of the towns room.

It works on tables as they are, past the mapped classes: a row that travels is no deed of its own,
so nothing is audited row by row. Every statement names the tenant; row-level security stands below.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    bindparam,
    collate,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session, aliased

from stadtkern.accounts.models import Account, Membership
from stadtkern.content.models import Node
from stadtkern.db import insert_into
from stadtkern.tenants.models import TenantRow
from stadtkern.towns.models import (
    DONE,
    IMPORTING,
    RUNNING,
    WAITING,
    TownArrival,
    TownImport,
    TownImportId,
    TownPageFile,
)
from stadtkern.towns.parts import ACCOUNT, Row, TownData

BATCH = 200
REACH = 1_000_000
"""Numbers above the highest one in use that are still kept: far ones would use up the room."""


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


# Coming in


def running(session: Session, digest: str, slug: str) -> TownImport | None:
    """Return the import of an archive as this town that has begun and not ended."""
    return session.scalars(
        select(TownImport).where(
            TownImport.digest == digest, TownImport.slug == slug, TownImport.state == RUNNING
        )
    ).first()


def running_as(session: Session, slug: str) -> TownImport | None:
    """Return the unfinished import of whatever archive as this town."""
    return session.scalars(
        select(TownImport).where(TownImport.slug == slug, TownImport.state == RUNNING)
    ).first()


def advance(session: Session, import_id: int, at: tuple[str, int], to: tuple[str, int]) -> bool:
    """Move an import on; False if somebody else has, or it was given up."""
    done = session.execute(
        update(TownImport)
        .where(
            TownImport.id == import_id,
            TownImport.state == RUNNING,
            TownImport.step == at[0],
            TownImport.line == at[1],
        )
        .values(step=to[0], line=to[1])
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


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


def given(session: Session) -> dict[str, dict[int, int]]:
    """Return which numbers rows got, by part and old number."""
    found: dict[str, dict[int, int]] = {}
    for part, old, new in session.connection().execute(
        select(TownImportId.part, TownImportId.old, TownImportId.new).where(
            TownImportId.tenant_id == session.info["tenant_id"]
        )
    ):
        found.setdefault(part, {})[old] = new
    return found


def note_account(session: Session, number: int) -> None:
    """Remember that this import made an account."""
    session.connection().execute(
        insert(TownImportId.__table__),  # type: ignore[arg-type]
        [
            {
                "tenant_id": session.info["tenant_id"],
                "part": ACCOUNT,
                "old": number,
                "new": number,
            }
        ],
    )


def forget_numbers(session: Session) -> None:
    """Throw away what the import needed to know."""
    session.connection().execute(
        delete(TownImportId).where(TownImportId.tenant_id == session.info["tenant_id"])
    )


def kinds_of(session: Session, numbers_: Sequence[int]) -> dict[int, tuple[str, int]]:
    """Return the content types of nodes by id, with the version of their contents."""
    found: dict[int, tuple[str, int]] = {}
    wanted = sorted(set(numbers_))
    for start in range(0, len(wanted), BATCH):
        some = wanted[start : start + BATCH]
        for number, kind, version in session.connection().execute(
            select(Node.id, Node.type, Node.body_version).where(
                Node.id.in_(some), Node.tenant_id == session.info["tenant_id"]
            )
        ):
            found[number] = kind, version
    return found


def set_town(session: Session, tenant_id: int, **values: Any) -> None:
    """Write columns of the tenant's own row."""
    session.connection().execute(
        update(TenantRow.__table__)  # type: ignore[arg-type]
        .where(TenantRow.id == tenant_id)
        .values(values)
    )


def drop_town(session: Session, tenant_id: int) -> None:
    """Delete a town that is still coming in, with all that came."""
    session.connection().execute(
        delete(TenantRow).where(TenantRow.id == tenant_id, TenantRow.status == IMPORTING)
    )


def members(session: Session, numbers_: Sequence[int]) -> set[int]:
    """Return which of these accounts are members of the session's town."""
    found = session.connection().scalars(
        select(Membership.account_id).where(
            Membership.tenant_id == session.info["tenant_id"], Membership.account_id.in_(numbers_)
        )
    )
    return set(found)


def drop_accounts(session: Session, numbers_: Sequence[int]) -> None:
    """Delete accounts that a given-up import had made and that nobody has used."""
    session.connection().execute(
        delete(Account).where(
            Account.id.in_(numbers_), Account.password_hash.is_(None), Account.operator.is_(False)
        )
    )


def end(session: Session, import_id: int, when: Any) -> None:
    """Note that a town is in."""
    session.execute(
        update(TownImport)
        .where(TownImport.id == import_id)
        .values(state=DONE, finished_at=when, step="", line=0)
        .execution_options(synchronize_session=False)
    )


# Sent to the back office


def arrivals(session: Session, account_id: int) -> list[TownArrival]:
    """Return the latest archives that an operator has sent, newest first."""
    return list(
        session.scalars(
            select(TownArrival)
            .where(TownArrival.account_id == account_id)
            .order_by(TownArrival.id.desc())
            .limit(20)
        )
    )


def arrival_of(session: Session, account_id: int, number: int) -> TownArrival | None:
    """Return one that this operator has sent."""
    return session.scalars(
        select(TownArrival).where(TownArrival.id == number, TownArrival.account_id == account_id)
    ).first()


def arriving_as(session: Session, slug: str, host: str) -> set[str]:
    """Return which of both (“slug”, “host”) an archive that comes in right now will have."""
    found = session.scalars(select(TownArrival).where(TownArrival.state == RUNNING)).all()
    return {"slug" for row in found if row.slug == slug} | {
        "host" for row in found if row.host == host
    }


def arrivals_before(session: Session, when: Any) -> list[TownArrival]:
    """Return those that were sent before a moment."""
    return list(session.scalars(select(TownArrival).where(TownArrival.created_at < when)))


def awaited(session: Session) -> set[str]:
    """Return the hashes of the archives that are still to be read."""
    return set(
        session.scalars(select(TownArrival.sha).where(TownArrival.state.in_((WAITING, RUNNING))))
    )


def page_files(session: Session) -> list[TownPageFile]:
    """Return the files with pages that the session's town was sent, newest first."""
    newest = select(TownPageFile).order_by(TownPageFile.created_at.desc(), TownPageFile.id.desc())
    return list(session.scalars(newest.limit(20)))


def page_files_before(session: Session, moment: datetime) -> list[TownPageFile]:
    """Return those that were sent before a moment."""
    return list(session.scalars(select(TownPageFile).where(TownPageFile.created_at < moment)))


def page_files_needed(session: Session) -> set[str]:
    """Return the hashes of the files that still lie here for a reason."""
    needed = TownPageFile.state.in_((WAITING, RUNNING))
    return set(session.scalars(select(TownPageFile.sha).where(needed)))
