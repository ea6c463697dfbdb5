"""SQL of bookings; every query is the session's tenant's alone."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import case, func, select, text, update
from sqlalchemy.orm import Session

from stadtkern_finance.ledger.models import (
    ACCEPTED,
    REJECTED,
    BookedLine,
    StoredBatch,
    StoredProfile,
)

_LOCK = 7_205_163  # PostgreSQL's advisory lock, together with the tenant's number
AT_ONCE = 500


class Sums(NamedTuple):
    """How many lines, and what they come to in cents."""

    number: int
    debit: int
    credit: int


class Answers(NamedTuple):
    """What was answered to a batch: lines and cents."""

    accepted: int
    accepted_cent: int
    rejected: int
    rejected_cent: int


def of_accounts(session: Session, accounts: Iterable[int]) -> Sequence[BookedLine]:
    """Return the lines of some accounts in the order of their booking."""
    return session.scalars(
        select(BookedLine).where(BookedLine.account_id.in_(list(accounts))).order_by(BookedLine.id)
    ).all()


def lock(session: Session) -> None:
    """Let others who make a batch for this town wait (SQLite has one writer anyway)."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            text("select pg_advisory_xact_lock(:lock, :tenant)"),
            {"lock": _LOCK, "tenant": session.info["tenant_id"]},
        )


def waiting(session: Session) -> Sums:
    """Return what is to be exported."""
    cents = BookedLine.amount_cent
    row = session.execute(
        select(
            func.count(BookedLine.id),
            func.coalesce(func.sum(case((cents > 0, cents), else_=0)), 0),
            func.coalesce(func.sum(case((cents < 0, cents), else_=0)), 0),
        ).where(BookedLine.batch_id.is_(None))
    ).one()
    return Sums(int(row[0]), int(row[1]), int(row[2]))


def lines(session: Session, batch_id: int | None) -> Sequence[Any]:
    """Return ``id, line_id, facts`` of a batch's lines in their order; None: not yet exported."""
    return session.execute(
        select(BookedLine.id, BookedLine.line_id, BookedLine.facts)
        .where(BookedLine.batch_id == batch_id)
        .order_by(BookedLine.id)
    ).all()


def put_into(session: Session, batch_id: int, ids: Sequence[int]) -> None:
    """Note that lines have gone out in a batch."""
    for start in range(0, len(ids), AT_ONCE):
        session.execute(
            update(BookedLine)
            .where(BookedLine.id.in_(ids[start : start + AT_ONCE]), BookedLine.batch_id.is_(None))
            .values(batch_id=batch_id)
            .execution_options(synchronize_session=False)
        )


def batch(session: Session, number: int) -> StoredBatch | None:
    """Return a batch by its number."""
    return session.scalars(select(StoredBatch).where(StoredBatch.number == number)).first()


def last(session: Session) -> StoredBatch | None:
    """Return the newest batch."""
    return session.scalars(select(StoredBatch).order_by(StoredBatch.number.desc()).limit(1)).first()


def batches(session: Session, limit: int, offset: int) -> Sequence[StoredBatch]:
    """Return batches, the newest first."""
    return session.scalars(
        select(StoredBatch).order_by(StoredBatch.number.desc()).limit(limit).offset(offset)
    ).all()


def count(session: Session) -> int:
    """Return how many batches there are."""
    return session.scalar(select(func.count(StoredBatch.id))) or 0


def answers(session: Session, ids: Iterable[int]) -> dict[int, Answers]:
    """Return what was answered to some batches."""
    found = {number: [0, 0, 0, 0] for number in ids}
    rows = session.execute(
        select(
            BookedLine.batch_id,
            BookedLine.answer,
            func.count(BookedLine.id),
            func.sum(BookedLine.amount_cent),
        )
        .where(BookedLine.batch_id.in_(list(found)), BookedLine.answer.is_not(None))
        .group_by(BookedLine.batch_id, BookedLine.answer)
    )
    for batch_id, verdict, number, cents in rows:
        place = 0 if verdict == ACCEPTED else 2
        found[int(batch_id or 0)][place : place + 2] = [int(number), int(cents)]
    return {number: Answers(*row) for number, row in found.items()}


def answered(session: Session, batch_id: int) -> dict[str, str]:
    """Return the answers by line of those that have one."""
    rows = session.execute(
        select(BookedLine.line_id, BookedLine.answer).where(
            BookedLine.batch_id == batch_id, BookedLine.answer.is_not(None)
        )
    )
    return {row.line_id: row.answer for row in rows}


def answer(
    session: Session, batch_id: int, ids: Sequence[str], verdict: str, reason: str, when: datetime
) -> None:
    """Note an answer to some lines of a batch."""
    for start in range(0, len(ids), AT_ONCE):
        session.execute(
            update(BookedLine)
            .where(
                BookedLine.batch_id == batch_id,
                BookedLine.line_id.in_(ids[start : start + AT_ONCE]),
            )
            .values(answer=verdict, reason=reason, answered_at=when)
            .execution_options(synchronize_session=False)
        )


def rejected(session: Session, batch_id: int, limit: int) -> Sequence[BookedLine]:
    """Return lines that were rejected."""
    return session.scalars(
        select(BookedLine)
        .where(BookedLine.batch_id == batch_id, BookedLine.answer == REJECTED)
        .order_by(BookedLine.id)
        .limit(limit)
    ).all()


def batch_numbers(session: Session, line_ids: Sequence[str]) -> set[int]:
    """Return the numbers of the batches that hold some lines."""
    found: set[int] = set()
    for start in range(0, len(line_ids), AT_ONCE):
        found |= set(
            session.scalars(
                select(StoredBatch.number)
                .join(BookedLine, BookedLine.batch_id == StoredBatch.id)
                .where(BookedLine.line_id.in_(line_ids[start : start + AT_ONCE]))
                .distinct()
            )
        )
    return found


def profiles(session: Session) -> Sequence[StoredProfile]:
    """Return the town's own profiles."""
    return session.scalars(select(StoredProfile).order_by(StoredProfile.name)).all()


def profile(session: Session, name: str) -> StoredProfile | None:
    """Return one of the town's own profiles."""
    return session.scalars(select(StoredProfile).where(StoredProfile.name == name)).first()
