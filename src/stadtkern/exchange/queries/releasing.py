"""Proposals, batches and releases."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    case,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.orm import Session

from stadtkern.accounts.models import Account
from stadtkern.db import insert_into
from stadtkern.exchange.models import (
    ERROR,
    OPEN,
    PROPOSED,
    RELEASED,
    VOID,
    WARNING,
    Batch,
    Dispatch,
    Record,
    Release,
)
from stadtkern.exchange.queries.listing import narrowed
from stadtkern.exchange.queries.quiet import QUIET


def proposal_of(session: Session, record_id: int) -> Release | None:
    """Return the proposal on which somebody is to decide."""
    return session.scalars(
        select(Release).where(Release.record_id == record_id, Release.state == PROPOSED)
    ).one_or_none()


def void(session: Session, ids: Sequence[int]) -> None:
    """Let the open proposals of records count no more."""
    session.execute(
        update(Release)
        .where(Release.record_id.in_(ids), Release.state == PROPOSED)
        .values(state=VOID)
        .execution_options(**QUIET)
    )


def _green(area: str, filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    return [
        *narrowed(area, {**filters, "state": OPEN}),
        Record.severity.not_in((ERROR, WARNING)),
        # What a person has corrected is not green, whatever the checks say now.
        Record.edited_by.is_(None),
    ]


def green(session: Session, area: str, filters: Mapping[str, Any], limit: int) -> list[int]:
    """Return the ids of records that may be proposed together; they are locked."""
    statement = select(Record.id).where(*_green(area, filters)).order_by(Record.id).limit(limit)
    return list(session.scalars(statement.with_for_update(of=Record)))


def count_green(session: Session, area: str, filters: Mapping[str, Any]) -> int:
    """Return how many records may be proposed together."""
    return session.scalar(select(func.count(Record.id)).where(*_green(area, filters))) or 0


def propose_many(
    session: Session, ids: Sequence[int], batch_id: int, proposer_id: int, now: datetime
) -> None:
    """Propose records: one release each, by two statements for every thousand."""
    tenant_id = session.info["tenant_id"]
    for start in range(0, len(ids), 1000):
        some = ids[start : start + 1000]
        session.execute(
            insert_into(session, Release.__table__).from_select(
                [
                    *("tenant_id", "record_id", "batch_id", "payload_hash", "state"),
                    *("proposer_id", "note", "proposed_at"),
                ],
                select(
                    literal(tenant_id),
                    Record.id,
                    literal(batch_id),
                    Record.payload_hash,
                    literal(PROPOSED),
                    literal(proposer_id),
                    literal(""),
                    literal(now, Release.proposed_at.type),
                ).where(Record.id.in_(some), Record.tenant_id == tenant_id),
            )
        )
        session.execute(
            update(Record)
            .where(Record.id.in_(some))
            .values(state=PROPOSED, version=Record.version + 1, changed_at=now)
            .execution_options(**QUIET)
        )


def rebind(session: Session, record_id: int, old: str, new: str) -> None:
    """Bind what was bound to a record's hash to the one that the same facts have here."""
    for kind in (Release, Dispatch):
        session.execute(
            update(kind)
            .where(kind.record_id == record_id, kind.payload_hash == old)
            .values(payload_hash=new)
            .execution_options(**QUIET)
        )


def batches(session: Session, area: str, *, limit: int) -> Sequence[Any]:
    """Return ``(Batch, name of who proposed it)``, newest first; those to decide on first."""
    waiting = case({PROPOSED: 0}, value=Batch.state, else_=1)
    name = func.coalesce(func.nullif(Account.name, ""), Account.mail).label("name")
    return session.execute(
        select(Batch, name)
        .outerjoin(Account, Account.id == Batch.proposer_id)
        .where(Batch.area == area)
        .order_by(waiting, Batch.id.desc())
        .limit(limit)
    ).all()


def batch(session: Session, area: str, number: int, *, lock: bool = False) -> Batch | None:
    """Return one batch of an area."""
    statement = select(Batch).where(Batch.id == number, Batch.area == area)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).one_or_none()


def left_in(session: Session, batch_id: int) -> int:
    """Return how many records of a batch still wait for the decision, unchanged."""
    return (
        session.scalar(
            select(func.count(Release.id)).where(
                Release.batch_id == batch_id, Release.state == PROPOSED
            )
        )
        or 0
    )


def proposals_of(session: Session, batch_id: int) -> Iterator[dict[str, Any]]:
    """Yield what the records of a batch that still wait would do."""
    statement = (
        select(Record.proposal)
        .join(Release, Release.record_id == Record.id)
        .where(Release.batch_id == batch_id, Release.state == PROPOSED)
    )
    yield from session.scalars(statement.execution_options(yield_per=500))


def sample_of(session: Session, batch_row: Batch) -> list[Record]:
    """Return the sample's records that still wait for the decision, unchanged."""
    return list(
        session.scalars(
            select(Record)
            .join(Release, Release.record_id == Record.id)
            .where(
                Release.batch_id == batch_row.id,
                Release.state == PROPOSED,
                Record.id.in_(batch_row.sample),
            )
            .order_by(Record.id)
        )
    )


def decide_batch(session: Session, batch_id: int, state: str, by: int, now: datetime) -> None:
    """Decide on all of a batch whose records are as they were proposed; the others are void."""
    same = (
        select(Record.id)
        .where(
            Record.id == Release.record_id,
            Record.state == PROPOSED,
            Record.payload_hash == Release.payload_hash,
        )
        .correlate(Release)
        .exists()
    )
    of_batch = (Release.batch_id == batch_id, Release.state == PROPOSED)
    for values, condition in (
        ({"state": state, "releaser_id": by, "decided_at": now}, same),
        ({"state": VOID, "decided_at": now}, ~same),
    ):
        session.execute(
            update(Release).where(*of_batch, condition).values(**values).execution_options(**QUIET)
        )
    decided = select(Release.record_id).where(Release.batch_id == batch_id, Release.state == state)
    session.execute(
        update(Record)
        .where(Record.id.in_(decided), Record.state == PROPOSED)
        .values(
            state=RELEASED if state == RELEASED else OPEN,
            version=Record.version + 1,
            changed_at=now,
        )
        .execution_options(**QUIET)
    )
