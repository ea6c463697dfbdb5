"""Released records go to their targets: by durable jobs, with retry, dead letters and replay."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

import structlog

from stadtkern import audit
from stadtkern.db import utcnow
from stadtkern.exchange import queries
from stadtkern.exchange.kinds import Desk, Outgoing, Receipt, Target, targets
from stadtkern.exchange.models import ACCEPTED, DEAD, OPEN, SENT, WAITING, Dispatch, Record
from stadtkern.exchange.services.checking import recheck
from stadtkern.jobs import Job, Superseded, enqueue

log = structlog.get_logger("stadtkern.exchange")

SEND, REMIND = "exchange.send", "exchange.remind"
FIRST_DELAY, LONGEST_DELAY, GROWTH = timedelta(seconds=30), timedelta(hours=2), 4
ATTEMPTS = 6
"""After so many failures a dispatch is a dead letter: about five hours."""
LEASE = timedelta(minutes=10)
"""So long nobody else takes what is being sent."""


def start(desk: Desk, target: str, delay: timedelta | None = None) -> None:
    """Have what waits for a target sent after this transaction."""
    enqueue(
        desk.session,
        desk.registry,
        SEND,
        tenant_id=desk.tenant.id,
        delay=delay,
        # One that waits for a later attempt must not hold up what is to go now.
        unique=target if delay is None else f"{target}/later",
        target=target,
    )


def delay_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failures."""
    return min(FIRST_DELAY * GROWTH ** min(attempts - 1, 10), LONGEST_DELAY)


def send(job: Job, *, target: str) -> None:
    """Send what is due for a target, some records at a time, until nothing is."""
    kind = targets(job.registry).get(target)
    if kind is None or job.tenant is None or not _serves(job, kind):
        # The rows wait; `remind` comes back to them.
        return
    while not job.cancelled():
        now = utcnow()
        with job.work(write=True) as session:
            ids = queries.claim(session, target, now, now + LEASE, kind.batch)
        if not ids:
            break
        try:
            if kind.local:
                _locally(job, kind, ids)
            else:
                _away(job, kind, ids)
        except Superseded:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a target raises is an answer
            _failed(job, kind, ids, type(error).__name__)
    with job.work(write=True) as session:
        due = queries.next_due(session, target)
        if due is not None:
            desk = Desk(session, job.registry, job.tenant)
            start(desk, target, max(due - utcnow(), timedelta(seconds=1)))


def _serves(job: Job, kind: Target) -> bool:
    if kind.owner is None or job.tenant is None:
        return True
    with job.work(write=False) as session:
        return bool(job.registry["plugin_states"].of_id(job.tenant.id, session).has(kind.owner))


def _desk(job: Job, session: object) -> Desk:
    assert job.tenant is not None  # noqa: S101 - `send` has looked
    return Desk(session, job.registry, job.tenant)  # type: ignore[arg-type]


def outgoing_of(row: Dispatch, record: Record) -> Outgoing:
    """Return a dispatch as its target gets it."""
    reference = f"{row.id}-{row.payload_hash[:16]}"
    return Outgoing(
        record.id, reference, record.format, record.payload, record.decisions, record.proposal
    )


def _locally(job: Job, kind: Target, ids: Sequence[int]) -> None:
    """Store what the target does together with its receipts."""
    with job.work(write=True) as session:
        pairs = queries.outgoing(session, ids)
        if pairs:
            desk = _desk(job, session)
            receipts = kind.send(desk, [outgoing_of(row, record) for row, record in pairs])
            _note(desk, [row for row, _record in pairs], receipts)
            # What is refused here was overtaken by something else: it is checked and released anew.
            back = [
                record
                for (_row, record), receipt in zip(pairs, receipts, strict=True)
                if receipt.status not in {None, ACCEPTED}
            ]
            for record in back:
                record.state = OPEN
            session.flush()
            recheck(desk, back)


def _away(job: Job, kind: Target, ids: Sequence[int]) -> None:
    """Send first and store the receipts then: no call waits within a writing transaction."""
    with job.work(write=False) as session:
        pairs = queries.outgoing(session, ids)
        sent = [row.id for row, _record in pairs]
        if not sent:
            return
        desk = _desk(job, session)
        receipts = kind.send(desk, [outgoing_of(row, record) for row, record in pairs])
    with job.work(write=True) as session:
        rows = {row.id: row for row, _record in queries.outgoing(session, sent)}
        pairs_left = [
            (rows[number], receipt)
            for number, receipt in zip(sent, receipts, strict=True)
            if number in rows
        ]
        _note(
            _desk(job, session),
            [row for row, _receipt in pairs_left],
            [receipt for _row, receipt in pairs_left],
        )


def _note(desk: Desk, rows: Sequence[Dispatch], receipts: Sequence[Receipt]) -> None:
    now = utcnow()
    for row, receipt in zip(rows, receipts, strict=True):
        row.state, row.sent_at, row.error = SENT, now, None
        row.attempts += 1
        _take(row, receipt)
    desk.session.flush()
    queries.finish(desk.session, [row.record_id for row in rows], now)


def _take(row: Dispatch, receipt: Receipt) -> None:
    row.reference = receipt.reference[:200] or row.reference
    row.note = receipt.note[:500]
    if receipt.status is not None:
        row.receipt, row.receipted_at = receipt.status, utcnow()


def _failed(job: Job, kind: Target, ids: Sequence[int], error: str) -> None:
    """Note a failure: later again, or among the dead letters. Never the error's message."""
    log.warning("sending failed", target=kind.name, kind=error, records=len(ids))
    now = utcnow()
    with job.work(write=True) as session:
        for row, _record in queries.outgoing(session, ids):
            row.attempts += 1
            row.error = error[:200]
            row.due_at = now + delay_after(row.attempts)
            if row.attempts >= ATTEMPTS:
                row.state = DEAD


def receipts(desk: Desk, target: str, answers: Mapping[str, Receipt]) -> int:
    """Note what a target has answered later, by its own references; return how many it knew."""
    rows = queries.by_reference(desk.session, target, answers)
    for reference, row in rows.items():
        _take(row, answers[reference])
    desk.session.flush()
    queries.finish(desk.session, [row.record_id for row in rows.values()], utcnow())
    audit.record(desk.session, "exchange.receipt", "exchange_target", target)
    return len(rows)


def replay(desk: Desk, area: str, ids: Iterable[int] | None = None, limit: int = 1000) -> int:
    """Send once more what has not arrived; None: all of an area. Return how many."""
    rows = queries.dispatches(desk.session, area, ids, limit)
    for row in rows:
        row.state, row.attempts, row.due_at = WAITING, 0, utcnow()
        row.receipt = row.receipted_at = None
    desk.session.flush()
    for target in sorted({row.target for row in rows}):
        start(desk, target)
        audit.record(desk.session, "exchange.replay", "exchange_target", target)
    return len(rows)


def remind(job: Job) -> None:
    """Send what is due and has lost its job, such as after a plugin was switched on again."""
    if job.tenant is None:
        return
    with job.work(write=True) as session:
        desk = Desk(session, job.registry, job.tenant)
        for target in queries.waiting_targets(session, utcnow()):
            if target in targets(job.registry):
                start(desk, target)
