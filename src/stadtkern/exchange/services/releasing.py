"""Release by a second person: one record, or many of which a sample was looked at."""

import secrets
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from stadtkern import audit
from stadtkern.db import utcnow
from stadtkern.exchange import queries
from stadtkern.exchange.errors import ExchangeRefused
from stadtkern.exchange.kinds import Desk, areas, targets, targets_of
from stadtkern.exchange.models import (
    ERROR,
    OPEN,
    PROPOSED,
    REJECTED,
    RELEASED,
    VOID,
    Batch,
    Record,
    Release,
)
from stadtkern.exchange.services.sending import start
from stadtkern.exchange.values import released_hash
from stadtkern.web.i18n import _

MOST = 50_000
"""Records of one batch."""
SAMPLE_SHARE, SAMPLE_LEAST, SAMPLE_MOST = 50, 3, 20
"""One of fifty is looked at, but at least three and at most twenty."""

SECOND = _(
    "You have proposed or changed this yourself. Somebody else must release it, as the rule of "
    "two persons says."
)


def propose(desk: Desk, row: Record, account_id: int) -> None:
    """Ask a second person to release a record as it is now."""
    if row.state != OPEN:
        raise ExchangeRefused(_("This record is not open: it cannot be proposed."), "state")
    if row.severity == ERROR:
        raise ExchangeRefused(_("Please mend the errors of this record first."), "errors")
    row.state = PROPOSED
    row.version += 1
    desk.session.add(
        Release(record_id=row.id, payload_hash=row.payload_hash, proposer_id=account_id)
    )
    desk.session.flush()
    audit.record(desk.session, "exchange.propose", "exchange_record", row.id, content=_bound(row))


def _bound(row: Record) -> bytes:
    return row.payload_hash.encode()


def withdraw(desk: Desk, row: Record, account_id: int) -> None:
    """Take one's own proposal back."""
    found = _proposal(desk, row)
    if found.proposer_id != account_id:
        raise ExchangeRefused(_("Only who has proposed it can take the proposal back."), "other")
    found.state, found.decided_at = VOID, utcnow()
    row.state = OPEN
    row.version += 1
    desk.session.flush()
    audit.record(desk.session, "exchange.withdraw", "exchange_record", row.id)


def _proposal(desk: Desk, row: Record) -> Release:
    found = queries.proposal_of(desk.session, row.id) if row.state == PROPOSED else None
    if found is None:
        raise ExchangeRefused(_("This record is not proposed."), "state")
    return found


def release(desk: Desk, row: Record, account_id: int, seen: str) -> None:
    """Release a record of which somebody else has proposed just this.

    ``seen``: the hash that the releaser was shown. It must be the proposal's and that of what
    stands in the row now.
    """
    found = _proposal(desk, row)
    if account_id in {found.proposer_id, row.edited_by}:
        raise ExchangeRefused(SECOND, "same_person")
    now_bound = released_hash(row.payload, row.decisions, row.proposal)
    if len({seen, found.payload_hash, row.payload_hash, now_bound}) != 1:
        raise ExchangeRefused(
            _("The record is no longer what was proposed. It must be proposed again."), "changed"
        )
    _allowed(desk, row.area, account_id, [row.proposal], [found.proposer_id, row.edited_by])
    now = utcnow()
    found.state, found.releaser_id, found.decided_at = RELEASED, account_id, now
    row.state, row.changed_at = RELEASED, now
    row.version += 1
    desk.session.flush()
    audit.record(desk.session, "exchange.release", "exchange_record", row.id, content=_bound(row))
    for target in targets_of(desk.registry, row.area, row.format):
        queries.send_one(desk.session, row.id, target.name, now)
        start(desk, target.name)


def _allowed(
    desk: Desk,
    area: str,
    account_id: int,
    proposals: Iterable[Mapping[str, Any]],
    proposers: Iterable[int | None],
) -> None:
    """Ask the area whether somebody may release just these."""
    allow = areas(desk.registry)[area].allow
    refusal = None if allow is None else allow(desk, account_id, proposals, proposers)
    if refusal is not None:
        raise ExchangeRefused(refusal, "not_allowed")


def refuse(desk: Desk, row: Record, account_id: int, note: str) -> None:
    """Give a proposal back with a reason; the record is open again."""
    found = _proposal(desk, row)
    note = " ".join(note.split())[:500]
    if not note:
        raise ExchangeRefused(_("Please say what is to be changed."), "note")
    found.state, found.releaser_id = REJECTED, account_id
    found.note, found.decided_at = note, utcnow()
    row.state = OPEN
    row.version += 1
    desk.session.flush()
    audit.record(desk.session, "exchange.return", "exchange_record", row.id)


# Many at once


def propose_green(desk: Desk, area: str, filters: Mapping[str, Any], account_id: int) -> Batch:
    """Propose all open records without a warning that are listed; draw the sample."""
    ids = queries.green(desk.session, area, filters, MOST)
    if not ids:
        raise ExchangeRefused(
            _("There are no open records without warnings in this list."), "empty"
        )
    size = min(max(len(ids) // SAMPLE_SHARE, SAMPLE_LEAST), SAMPLE_MOST, len(ids))
    sample = sorted(secrets.SystemRandom().sample(ids, size))
    made = Batch(area=area, size=len(ids), sample=sample, proposer_id=account_id)
    desk.session.add(made)
    desk.session.flush()
    queries.propose_many(desk.session, ids, made.id, account_id, utcnow())
    audit.record(desk.session, "exchange.propose", "exchange_batch", made.id)
    return made


def _open_batch(desk: Desk, area: str, number: int, account_id: int) -> Batch:
    found = queries.batch(desk.session, area, number, lock=True)
    if found is None:
        raise LookupError(number)
    if found.state != PROPOSED:
        raise ExchangeRefused(_("This batch is decided on."), "state")
    if found.proposer_id == account_id:
        raise ExchangeRefused(SECOND, "same_person")
    return found


def release_batch(
    desk: Desk, area: str, number: int, account_id: int, looked_at: Collection[int]
) -> int:
    """Release a batch of which the whole sample was looked at; return how many records.

    Records that were changed since do not go along: they must be proposed again.
    """
    found = _open_batch(desk, area, number, account_id)
    sample = {row.id for row in queries.sample_of(desk.session, found)}
    if sample - set(looked_at):
        raise ExchangeRefused(_("Please look at each record of the sample and tick it."), "sample")
    proposals = queries.proposals_of(desk.session, found.id)
    _allowed(desk, area, account_id, proposals, [found.proposer_id])
    now = utcnow()
    left = queries.left_in(desk.session, found.id)
    queries.decide_batch(desk.session, found.id, RELEASED, account_id, now)
    found.state, found.releaser_id, found.decided_at = RELEASED, account_id, now
    desk.session.flush()
    audit.record(desk.session, "exchange.release", "exchange_batch", found.id)
    for target in targets(desk.registry).values():
        if target.area == area:
            queries.send_batch(desk.session, found.id, target.name, target.formats, now)
            start(desk, target.name)
    return left


def refuse_batch(desk: Desk, area: str, number: int, account_id: int) -> None:
    """Give a batch back: all of its records are open again."""
    found = _open_batch(desk, area, number, account_id)
    now = utcnow()
    queries.decide_batch(desk.session, found.id, REJECTED, account_id, now)
    found.state, found.releaser_id, found.decided_at = REJECTED, account_id, now
    desk.session.flush()
    audit.record(desk.session, "exchange.return", "exchange_batch", found.id)
