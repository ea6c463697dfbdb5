"""Sealing and checking: hash = SHA-256(hash before ‖ canonical JSON of number, time and entry).

Entries stand unchained when they are written, so that writers do not queue at the head of the
chain. One sealer per tenant chains them afterwards; neither entries nor seals are ever changed.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, exists, func, select, text
from sqlalchemy.orm import Session

from stadtkern.audit.models import AuditEntry, AuditSeal
from stadtkern.db import utcnow

START = "0" * 64
"""What stands in the place of the hash before the first."""
LONGEST = timedelta(hours=24)
"""No transaction lasts longer. An unsealed entry that is older than the last seal by more than this
was not written by us in its time, is never sealed and found by ``verify``."""
AT_ONCE = 2_000
_LOCK = 7_205_132  # PostgreSQL's advisory lock, together with the tenant's number


@dataclass(frozen=True)
class Head:
    """The end of a tenant's chain; exported each day, it also shows when its end was cut off."""

    number: int
    hash: str
    sealed_at: datetime | None


@dataclass(frozen=True)
class Verdict:
    """What ``verify`` found. ``broken``: the first seal (or entry) that does not fit, and why."""

    seals: int
    waiting: int
    broken: str | None
    number: int | None = None
    entry_id: int | None = None


def link(before: str, number: int, sealed_at: datetime, entry: Any) -> str:
    """Return the hash of one link (hexadecimal)."""
    values = {
        "number": number,
        "sealed_at": sealed_at.isoformat(),
        "id": entry.id,
        "tenant": entry.tenant_id,
        "at": entry.at.isoformat(),
        "actor": entry.actor_id,
        "origin": entry.origin,
        "deed": entry.deed,
        "kind": entry.kind,
        "subject": entry.subject,
        "content": entry.content,
    }
    canonical = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{before}\n{canonical}".encode()).hexdigest()


def head(session: Session) -> Head:
    """Return the end of the chain of the session's tenant."""
    row = session.execute(
        select(AuditSeal.number, AuditSeal.hash, AuditSeal.sealed_at)
        .order_by(AuditSeal.number.desc())
        .limit(1)
    ).first()
    return Head(0, START, None) if row is None else Head(row.number, row.hash, row.sealed_at)


def anything_waits(session: Session) -> bool:
    """Tell whether the session's tenant has entries to seal."""
    return session.scalar(_unsealed(head(session)).limit(1)) is not None


def _unsealed(end: Head) -> Select[AuditEntry]:
    statement = select(AuditEntry).where(~_sealed()).order_by(AuditEntry.id)
    if end.sealed_at is not None:
        statement = statement.where(AuditEntry.at > end.sealed_at - LONGEST)
    return statement


def seal(session: Session) -> int:
    """Chain what is not sealed yet of the session's tenant; return how many entries.

    Where another sealer is at work nothing is done.
    """
    if session.get_bind().dialect.name == "postgresql":
        tenant_id = session.info["tenant_id"]
        mine = session.scalar(
            text("select pg_try_advisory_xact_lock(:lock, :tenant)"),
            {"lock": _LOCK, "tenant": tenant_id},
        )
        if not mine:
            return 0
    done = 0
    end = head(session)
    while True:
        entries = list(session.scalars(_unsealed(end).limit(AT_ONCE)))
        if not entries:
            return done
        end = _chain(session, end, entries)
        done += len(entries)


def _chain(session: Session, end: Head, entries: list[AuditEntry]) -> Head:
    rows = []
    now = max(utcnow(), end.sealed_at or utcnow())
    for entry in entries:
        digest = link(end.hash, end.number + 1, now, entry)
        end = Head(end.number + 1, digest, now)
        rows.append(
            {
                "tenant_id": entry.tenant_id,
                "number": end.number,
                "entry_id": entry.id,
                "sealed_at": now,
                "hash": digest,
            }
        )
    session.connection().execute(AuditSeal.__table__.insert(), rows)  # type: ignore[attr-defined]
    _changed(session)
    return end


def _changed(session: Session) -> None:
    from zope.sqlalchemy import mark_changed  # noqa: PLC0415 - only where something was sealed

    manager = session.info.get("manager")
    if manager is not None:
        mark_changed(session, manager)


def _sealed() -> Any:
    return exists(select(AuditSeal.number).where(AuditSeal.entry_id == AuditEntry.id))


def verify(session: Session, expected: tuple[int, str] | None = None) -> Verdict:
    """Check the whole chain of the session's tenant.

    Args:
        expected: number and hash of a head that was exported; the chain must still hold it.

    """
    count, before, last = 0, START, None
    known = expected is None or expected == (0, START)
    for row_seal, entry in _links(session):
        number = row_seal.number
        if number != count + 1:
            return Verdict(count, 0, f"seal {count + 1} is missing", count + 1)
        if entry is None:
            return Verdict(
                count,
                0,
                f"the entry {row_seal.entry_id} under seal {number} is missing",
                number,
                row_seal.entry_id,
            )
        if link(before, number, row_seal.sealed_at, entry) != row_seal.hash:
            return Verdict(
                count,
                0,
                f"seal {number} does not fit entry {entry.id} or what stands before it",
                number,
                entry.id,
            )
        count, before, last = number, row_seal.hash, row_seal.sealed_at
        known = known or expected == (number, row_seal.hash)
    if not known and expected is not None:
        return Verdict(
            count, 0, f"seal {expected[0]} is not the one that was exported", expected[0]
        )
    waiting = int(
        session.scalar(select(func.count()).select_from(AuditEntry).where(~_sealed())) or 0
    )
    if last is not None and waiting:
        outside = session.scalar(
            select(func.min(AuditEntry.id)).where(~_sealed(), AuditEntry.at <= last - LONGEST)
        )
        if outside is not None:
            reason = f"entry {outside} stands outside the chain though others after it are sealed"
            return Verdict(count, waiting, reason, None, outside)
    return Verdict(count, waiting, None)


def _links(session: Session) -> Iterator[tuple[AuditSeal, AuditEntry | None]]:
    """Yield seals with their entries in the order of the chain; memory stays bounded."""
    after = 0
    while True:
        rows = session.execute(
            select(AuditSeal, AuditEntry)
            .outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
            .where(AuditSeal.number > after)
            .order_by(AuditSeal.number)
            .limit(AT_ONCE)
            # Rows of before must not stand in for what is stored now.
            .execution_options(populate_existing=True)
        ).all()
        if not rows:
            return
        for row_seal, entry in rows:
            after = row_seal.number
            yield row_seal, entry
        session.expunge_all()
