"""SQL of the exchange room; every query is the session's tenant's alone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from stadtkern.accounts.models import Account
from stadtkern.db import insert_into
from stadtkern.exchange.models import (
    ACCEPTED,
    DEAD,
    DONE,
    ENDED,
    ERROR,
    OPEN,
    PROPOSED,
    RECEIVED,
    RELEASED,
    SENT,
    STAGED,
    STAGING,
    VOID,
    WAITING,
    WARNING,
    Batch,
    Delivery,
    Dispatch,
    Finding,
    Record,
    Release,
)

QUIET = {"synchronize_session": False}
TWIN = "#"
"""Between the key of a fact and what tells another version of it apart."""


# Deliveries


def deliveries(session: Session, area: str, *, limit: int, offset: int = 0) -> Sequence[Delivery]:
    """Return an area's deliveries, newest first."""
    return session.scalars(
        select(Delivery)
        .where(Delivery.area == area)
        .order_by(Delivery.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()


def count_deliveries(session: Session, area: str) -> int:
    """Return how many deliveries an area has."""
    return session.scalar(select(func.count(Delivery.id)).where(Delivery.area == area)) or 0


def delivery(session: Session, area: str, number: int) -> Delivery | None:
    """Return one delivery of an area."""
    return session.scalars(
        select(Delivery).where(Delivery.area == area, Delivery.id == number)
    ).one_or_none()


def delivery_by_sha(session: Session, area: str, sha: str) -> Delivery | None:
    """Return the delivery with these bytes."""
    return session.scalars(
        select(Delivery).where(Delivery.area == area, Delivery.sha == sha)
    ).one_or_none()


def next_delivery(session: Session, areas: Iterable[str]) -> Delivery | None:
    """Return the oldest delivery that is not read to its end."""
    return session.scalars(
        select(Delivery)
        .where(Delivery.state.in_((RECEIVED, STAGING)), Delivery.area.in_(tuple(areas)))
        .order_by(Delivery.id)
        .limit(1)
    ).one_or_none()


def advance(session: Session, number: int, expected: int, **values: Any) -> bool:
    """Change a delivery that is being read and stands where we believe; False if it does not."""
    done = session.execute(
        update(Delivery)
        .where(
            Delivery.id == number,
            Delivery.staged == expected,
            Delivery.state.in_((RECEIVED, STAGING)),
        )
        .values(**values)
        .execution_options(**QUIET)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def shas(session: Session) -> set[str]:
    """Return the hashes of all bytes that deliveries name."""
    return set(session.scalars(select(Delivery.sha)))


def forget_records(session: Session, delivery_id: int) -> None:
    """Delete all that was read of a delivery that is refused as a whole."""
    session.execute(
        delete(Record).where(Record.delivery_id == delivery_id).execution_options(**QUIET)
    )


# Records


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


# Lists


def _listed(area: str, filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    staged = select(Delivery.id).where(Delivery.area == area, Delivery.state == STAGED)
    conditions: list[ColumnElement[bool]] = [Record.area == area, Record.delivery_id.in_(staged)]
    if filters.get("state"):
        conditions.append(Record.state == filters["state"])
    if filters.get("severity") is not None:
        severity = filters["severity"]
        green = Record.severity.not_in((ERROR, WARNING))
        conditions.append(green if severity == "green" else Record.severity == severity)
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
        .where(*_listed(area, filters))
        .order_by(weight, Record.id)
        .limit(limit)
        .offset(offset)
    ).all()


def neighbours(
    session: Session, area: str, filters: Mapping[str, Any], row: Record
) -> tuple[int | None, int | None]:
    """Return the records before and after one in the order of their numbers, as filtered."""
    conditions = _listed(area, filters)
    before, after = session.execute(
        select(
            select(func.max(Record.id)).where(*conditions, Record.id < row.id).scalar_subquery(),
            select(func.min(Record.id)).where(*conditions, Record.id > row.id).scalar_subquery(),
        )
    ).one()
    return before, after


def count_records(session: Session, area: str, filters: Mapping[str, Any]) -> int:
    """Return how many records the work list has."""
    return session.scalar(select(func.count(Record.id)).where(*_listed(area, filters))) or 0


def counts(session: Session, area: str, filters: Mapping[str, Any]) -> Sequence[Any]:
    """Return ``(state, severity, number)`` of an area's records."""
    return session.execute(
        select(Record.state, Record.severity, func.count().label("number"))
        .where(*_listed(area, filters))
        .group_by(Record.state, Record.severity)
    ).all()


def codes(session: Session, area: str, filters: Mapping[str, Any]) -> Sequence[Any]:
    """Return ``(code, severity, number)`` of the findings of open records, the most first."""
    number = func.count(func.distinct(Finding.record_id)).label("number")
    return session.execute(
        select(Finding.code, Finding.severity, number)
        .join(Record, Record.id == Finding.record_id)
        .where(*_listed(area, {**filters, "finding": None}))
        .group_by(Finding.code, Finding.severity)
        .order_by(number.desc(), Finding.code)
    ).all()


# Release


def releases(session: Session, record_id: int) -> Sequence[Any]:
    """Return a record's releases, newest first, with the names of both persons."""
    proposer, releaser = aliased(Account), aliased(Account)
    return session.execute(
        select(
            Release.id,
            Release.state,
            Release.payload_hash,
            Release.batch_id,
            Release.proposer_id,
            Release.note,
            Release.proposed_at,
            Release.decided_at,
            func.coalesce(func.nullif(proposer.name, ""), proposer.mail).label("proposer"),
            func.coalesce(func.nullif(releaser.name, ""), releaser.mail).label("releaser"),
        )
        .outerjoin(proposer, proposer.id == Release.proposer_id)
        .outerjoin(releaser, releaser.id == Release.releaser_id)
        .where(Release.record_id == record_id)
        .order_by(Release.id.desc())
    ).all()


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
        *_listed(area, {**filters, "state": OPEN}),
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


# Sending


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


def dispatches_of(session: Session, record_id: int) -> Sequence[Dispatch]:
    """Return where a record was sent."""
    return session.scalars(
        select(Dispatch).where(Dispatch.record_id == record_id).order_by(Dispatch.id)
    ).all()


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


def ended(state: str) -> bool:
    """Tell whether a delivery in this state is read to its end."""
    return state in ENDED
