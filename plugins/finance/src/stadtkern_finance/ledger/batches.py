"""Batches: all lines that have not gone out yet, once, and the same bytes whenever asked."""

from hashlib import sha256
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import utcnow
from stadtkern.tenants import Tenant
from stadtkern_finance.bookings.model import ExportBatch
from stadtkern_finance.bookings.profile import load_profile
from stadtkern_finance.bookings.rendering import Artifact, render
from stadtkern_finance.ledger import profiles, queries
from stadtkern_finance.ledger.facts import LedgerBroken, line_of
from stadtkern_finance.ledger.models import StoredBatch


class ProfileUnknown(Exception):  # noqa: N818 - what the user sees
    """There is no profile of this name."""


def make(session: Session, tenant: Tenant, profile: str) -> StoredBatch | None:
    """Put all lines that have not gone out into a batch; None where there are none.

    Two who ask at once get one batch: the second finds nothing left. Raises BadInput, naming line
    and column, where the profile cannot write a line; then no batch is made.
    """
    text = profiles.text_of(session, profile)
    if text is None:
        raise ProfileUnknown(profile)
    queries.lock(session)
    rows = queries.lines(session, None)
    if not rows:
        return None
    before = queries.last(session)
    # Whole seconds: what is hashed is what any database gives back.
    row = StoredBatch(
        number=1 if before is None else before.number + 1,
        town=tenant.name,
        zone=tenant.timezone,
        created_at=utcnow().replace(microsecond=0),
        profile=profile,
        profile_text=text,
        prev_hash="" if before is None else before.hash,
    )
    batch = _batch(row, rows)
    totals = batch.totals
    row.count = totals.count
    row.debit_cent, row.credit_cent = int(totals.sum_debit * 100), int(totals.sum_credit * 100)
    row.lines_hash, row.hash = totals.hash, batch.hash
    row.file_sha = sha256(render(batch, load_profile(text)).data).hexdigest()
    session.add(row)
    session.flush()
    queries.put_into(session, row.id, [one.id for one in rows])
    audit.record(session, "finance.export", "finance_batch", row.id)
    return row


def _batch(row: StoredBatch, rows: object) -> ExportBatch:
    lines = tuple(line_of(one.facts, one.line_id) for one in rows)  # type: ignore[attr-defined]
    created = row.created_at.astimezone(ZoneInfo(row.zone)).replace(tzinfo=None)
    return ExportBatch(row.town, row.profile, row.number, created, lines, row.prev_hash)


def export_batch(session: Session, row: StoredBatch) -> ExportBatch:
    """Return a batch with its lines; LedgerBroken where its hash is another one than it was."""
    batch = _batch(row, queries.lines(session, row.id))
    if batch.hash != row.hash:
        raise LedgerBroken(batch.id)
    return batch


def artifact(session: Session, row: StoredBatch) -> Artifact:
    """Return the file of a batch; LedgerBroken where it would not be the same bytes."""
    made = render(export_batch(session, row), load_profile(row.profile_text))
    if sha256(made.data).hexdigest() != row.file_sha:
        raise LedgerBroken(made.name)
    return made


def name_of(row: StoredBatch) -> str:
    """Return the batch's id as files name it."""
    return f"{row.number:06d}-{row.hash[:8]}"
