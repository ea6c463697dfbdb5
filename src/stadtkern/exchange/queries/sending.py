"""Released records on their way to targets."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from stadtkern.db import insert_into
from stadtkern.exchange.models import (
    ACCEPTED,
    DEAD,
    DONE,
    RELEASED,
    SENT,
    WAITING,
    Dispatch,
    Record,
    Release,
)
from stadtkern.exchange.queries.quiet import QUIET


def send_batch(
    session: Session, batch_id: int, target: str, formats: Iterable[str], now: datetime
) -> None:
    """Put the released records of a batch on their way to a target."""
    _send(
        session,
        target,
        now,
        select(Release.record_id).where(Release.batch_id == batch_id, Release.state == RELEASED),
        tuple(formats),
    )


def send_one(session: Session, record_id: int, target: str, now: datetime) -> None:
    """Put a released record on its way to a target."""
    _send(session, target, now, select(literal(record_id)), ())


def _send(
    session: Session, target: str, now: datetime, ids: Select[Any], formats: tuple[str, ...]
) -> None:
    tenant_id = session.info["tenant_id"]
    moment = literal(now, Dispatch.due_at.type)
    chosen = select(
        literal(tenant_id),
        Record.id,
        literal(target),
        Record.payload_hash,
        literal(WAITING),
        literal(0),
        moment,
        literal(""),
        literal(""),
        moment,
    ).where(Record.id.in_(ids), Record.tenant_id == tenant_id)
    if formats:
        chosen = chosen.where(Record.format.in_(formats))
    session.execute(
        insert_into(session, Dispatch.__table__)
        .from_select(
            [
                *("tenant_id", "record_id", "target", "payload_hash", "state", "attempts"),
                *("due_at", "reference", "note", "created_at"),
            ],
            chosen,
        )
        .on_conflict_do_nothing()
    )


def claim(session: Session, target: str, now: datetime, until: datetime, limit: int) -> list[int]:
    """Take dispatches that are due, so that nobody else does until then; return their ids.

    One that has failed is taken alone: it must not keep others from going.
    """
    due = (Dispatch.target == target, Dispatch.state == WAITING, Dispatch.due_at <= now)
    rows = session.execute(
        select(Dispatch.id, Dispatch.attempts)
        .where(*due)
        .order_by(Dispatch.attempts, Dispatch.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    fresh = [row.id for row in rows if not row.attempts]
    ids = fresh or [row.id for row in rows[:1]]
    if ids:
        session.execute(
            update(Dispatch)
            .where(Dispatch.id.in_(ids))
            .values(due_at=until)
            .execution_options(**QUIET)
        )
    return ids


def outgoing(session: Session, ids: Sequence[int]) -> Sequence[Any]:
    """Return ``(Dispatch, Record)`` of those that still wait, in the order of their ids."""
    return session.execute(
        select(Dispatch, Record)
        .join(Record, Record.id == Dispatch.record_id)
        .where(Dispatch.id.in_(ids), Dispatch.state == WAITING)
        .order_by(Dispatch.id)
    ).all()


def sent(session: Session, area: str, number: int) -> Any:
    """Return ``(Dispatch, Record)`` of an area by the dispatch's id, or None."""
    return session.execute(
        select(Dispatch, Record)
        .join(Record, Record.id == Dispatch.record_id)
        .where(Dispatch.id == number, Record.area == area)
    ).one_or_none()


def next_due(session: Session, target: str) -> datetime | None:
    """Return when the next dispatch to a target is due."""
    return session.scalar(
        select(func.min(Dispatch.due_at)).where(
            Dispatch.target == target, Dispatch.state == WAITING
        )
    )


def waiting_targets(session: Session, now: datetime) -> list[str]:
    """Return the targets that something is due for."""
    return list(
        session.scalars(
            select(Dispatch.target)
            .where(Dispatch.state == WAITING, Dispatch.due_at <= now)
            .distinct()
        )
    )


def finish(session: Session, record_ids: Sequence[int], now: datetime) -> None:
    """Note the records as done of which every target has accepted what was released."""
    open_ = (
        select(Dispatch.id)
        .where(
            Dispatch.record_id == Record.id,
            Dispatch.payload_hash == Record.payload_hash,
            func.coalesce(Dispatch.receipt, "") != ACCEPTED,
        )
        .correlate(Record)
        .exists()
    )
    session.execute(
        update(Record)
        .where(Record.id.in_(record_ids), Record.state == RELEASED, ~open_)
        .values(state=DONE, version=Record.version + 1, changed_at=now)
        .execution_options(**QUIET)
    )


def _stuck(area: str) -> tuple[ColumnElement[bool], ...]:
    refused = Dispatch.receipt.is_not(None) & (Dispatch.receipt != ACCEPTED)
    # Where the record is open again, it is on the work list.
    not_taken = refused & (Record.state == RELEASED)
    return (
        Record.area == area,
        or_(
            Dispatch.state == DEAD, not_taken, (Dispatch.state == WAITING) & (Dispatch.attempts > 0)
        ),
    )


def stuck(session: Session, area: str, *, limit: int) -> Sequence[Any]:
    """Return ``(Dispatch, subject, summary)`` of what has not arrived, the oldest first."""
    return session.execute(
        select(Dispatch, Record.subject, Record.summary)
        .join(Record, Record.id == Dispatch.record_id)
        .where(*_stuck(area))
        .order_by(Dispatch.id)
        .limit(limit)
    ).all()


def count_stuck(session: Session, area: str) -> int:
    """Return how much has not arrived."""
    return (
        session.scalar(
            select(func.count(Dispatch.id))
            .join(Record, Record.id == Dispatch.record_id)
            .where(*_stuck(area))
        )
        or 0
    )


def dispatches(
    session: Session, area: str, ids: Iterable[int] | None, limit: int
) -> list[Dispatch]:
    """Return dispatches of an area that have not arrived; None: all of them. They are locked."""
    statement = (
        select(Dispatch)
        .join(Record, Record.id == Dispatch.record_id)
        .where(*_stuck(area))
        .order_by(Dispatch.id)
        .limit(limit)
        .with_for_update(of=Dispatch)
    )
    if ids is not None:
        statement = statement.where(Dispatch.id.in_(list(ids)))
    return list(session.scalars(statement.execution_options(populate_existing=True)))


def by_reference(session: Session, target: str, references: Iterable[str]) -> dict[str, Dispatch]:
    """Return what a target knows by these references of its own."""
    rows = session.scalars(
        select(Dispatch).where(
            Dispatch.target == target,
            Dispatch.reference.in_(list(references)),
            Dispatch.state == SENT,
        )
    )
    return {row.reference: row for row in rows}
