"""SQL of bookings; every query is the session's tenant's alone."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import case, func, select, text, update
from sqlalchemy.orm import Session

from stadtkern_finance.ledger.models import (
    ACCEPTED,
    REJECTED,
    SETTLED,
    BookedLine,
    Collection,
    SentBefore,
    StoredBatch,
    StoredProfile,
    StoredReceipt,
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


def _in_batch(batch_id: int | None) -> Any:
    """Match a batch's lines, those among them that were rejected and went out once more since.

    None: what is not yet exported.
    """
    mine = BookedLine.batch_id == batch_id
    if batch_id is None:
        return mine
    earlier = select(SentBefore.line_id).where(SentBefore.batch_id == batch_id)
    return mine | BookedLine.id.in_(earlier)


def lines(session: Session, batch_id: int | None) -> Sequence[Any]:
    """Return ``id, line_id, facts`` of a batch's lines in their order; None: not yet exported.

    Lines that were rejected and go out once more belong to each of their batches.
    """
    return session.execute(
        select(BookedLine.id, BookedLine.line_id, BookedLine.facts)
        .where(_in_batch(batch_id))
        .order_by(BookedLine.id)
    ).all()


def told(session: Session, batch_id: int) -> Sequence[BookedLine]:
    """Return a batch's lines with what was answered to each, in their order."""
    return session.scalars(
        select(BookedLine).where(_in_batch(batch_id)).order_by(BookedLine.id)
    ).all()


def accounts_of(session: Session, batch_id: int) -> list[int]:
    """Return the accounts that a batch has lines of."""
    accounts = select(BookedLine.account_id).where(_in_batch(batch_id)).distinct()
    return list(session.scalars(accounts))


def collections(
    session: Session, batch_id: int, *, limit: int | None = None
) -> Sequence[Collection]:
    """Return by which mandates a batch is collected, as far as its file was written."""
    return session.scalars(
        select(Collection)
        .where(Collection.batch_id == batch_id)
        .order_by(Collection.id)
        .limit(limit)
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


def standing(session: Session, ids: Sequence[str]) -> dict[str, BookedLine]:
    """Return lines by their ids, locked: two receipts at once come one after the other."""
    found: dict[str, BookedLine] = {}
    for start in range(0, len(ids), AT_ONCE):
        rows = session.scalars(
            select(BookedLine)
            .where(BookedLine.line_id.in_(ids[start : start + AT_ONCE]))
            .order_by(BookedLine.id)
            .with_for_update()
        )
        found |= {row.line_id: row for row in rows}
    return found


def rejected_before(session: Session, ids: Sequence[int]) -> set[int]:
    """Return which lines were rejected in a batch before."""
    found: set[int] = set()
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        found |= set(
            session.scalars(select(SentBefore.line_id).where(SentBefore.line_id.in_(part)))
        )
    return found


def answer(session: Session, ids: Sequence[int], verdict: str, reason: str, when: datetime) -> None:
    """Note an answer to some lines."""
    for start in range(0, len(ids), AT_ONCE):
        session.execute(
            update(BookedLine)
            .where(BookedLine.id.in_(ids[start : start + AT_ONCE]))
            .values(answer=verdict, reason=reason, answered_at=when)
            .execution_options(synchronize_session=False)
        )


def open_numbers(session: Session, batch_id: int) -> tuple[int, int]:
    """Return of a batch how many lines have no answer, and how many were ever rejected."""
    row = session.execute(
        select(
            func.count(BookedLine.id).filter(BookedLine.answer.is_(None)),
            func.count(BookedLine.id).filter(BookedLine.answer.in_((REJECTED, SETTLED))),
        ).where(BookedLine.batch_id == batch_id)
    ).one()
    again = session.scalar(select(func.count(SentBefore.id)).where(SentBefore.batch_id == batch_id))
    return int(row[0]), int(row[1]) + int(again or 0)


def rejected(session: Session, batch_id: int | None, limit: int, offset: int = 0) -> Sequence[Any]:
    """Return ``(BookedLine, StoredBatch)`` of what was rejected and waits for somebody.

    ``batch_id`` None: of all batches.
    """
    statement = (
        select(BookedLine, StoredBatch)
        .join(StoredBatch, StoredBatch.id == BookedLine.batch_id)
        .where(BookedLine.answer == REJECTED)
        .order_by(BookedLine.id)
        .limit(limit)
        .offset(offset)
    )
    if batch_id is not None:
        statement = statement.where(BookedLine.batch_id == batch_id)
    return session.execute(statement).all()


def count_rejected(session: Session) -> int:
    """Return how many lines were rejected and wait for somebody."""
    return (
        session.scalar(select(func.count(BookedLine.id)).where(BookedLine.answer == REJECTED)) or 0
    )


def rejected_lines(session: Session, ids: Sequence[int]) -> Sequence[BookedLine]:
    """Return those of some lines that were rejected and wait, locked."""
    return session.scalars(
        select(BookedLine)
        .where(BookedLine.id.in_(ids), BookedLine.answer == REJECTED)
        .order_by(BookedLine.id)
        .with_for_update()
    ).all()


def receipt(session: Session, sha: str) -> StoredReceipt | None:
    """Return a receipt that was read before, by the SHA-256 of its bytes."""
    return session.scalars(select(StoredReceipt).where(StoredReceipt.sha == sha)).first()


def receipts(session: Session, limit: int) -> Sequence[Any]:
    """Return ``name, received_at, accepted, rejected, known`` of receipts, the newest first."""
    row = StoredReceipt
    return session.execute(
        select(row.id, row.name, row.received_at, row.accepted, row.rejected, row.known)
        .order_by(row.id.desc())
        .limit(limit)
    ).all()


def profile_texts(session: Session, limit: int) -> list[str]:
    """Return the profiles of the newest batches, each once, the newest first."""
    rows = session.scalars(
        select(StoredBatch.profile_text).order_by(StoredBatch.number.desc()).limit(limit)
    )
    return list(dict.fromkeys(rows))


def batch_by_id(session: Session, batch_id: int, *, lock: bool = False) -> StoredBatch | None:
    """Return a batch by its id."""
    statement = select(StoredBatch).where(StoredBatch.id == batch_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).first()


def profiles(session: Session) -> Sequence[StoredProfile]:
    """Return the newest version of each of the town's own profiles."""
    newest = (
        select(StoredProfile.name, func.max(StoredProfile.version).label("version"))
        .group_by(StoredProfile.name)
        .subquery()
    )
    return session.scalars(
        select(StoredProfile)
        .join(
            newest,
            (newest.c.name == StoredProfile.name) & (newest.c.version == StoredProfile.version),
        )
        .order_by(StoredProfile.name)
    ).all()


def profile(session: Session, name: str) -> StoredProfile | None:
    """Return the newest version of one of the town's own profiles."""
    return session.scalars(
        select(StoredProfile)
        .where(StoredProfile.name == name)
        .order_by(StoredProfile.version.desc())
        .limit(1)
    ).first()
