"""Reading entries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from stadtkern.audit.models import AuditEntry


@dataclass(frozen=True)
class Wanted:
    """What to look for; None and empty: everything.

    ``about``: kinds and an id, whose objects' entries are wanted; ``person``: an account's id,
    whose own deeds count as well as those done to it (kinds in ``person_kinds``).
    """

    about: tuple[list[str], str] | None = None
    person: tuple[int, list[str]] | None = None
    actor_id: int | None = None
    kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Found:
    """One page of entries, newest first, and how many there are in all."""

    rows: list[AuditEntry]
    total: int


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[Any] = []
    if wanted.about is not None:
        kinds, subject = wanted.about
        found += [AuditEntry.kind.in_(kinds), AuditEntry.subject == subject]
    if wanted.person is not None:
        number, kinds = wanted.person
        found.append(
            or_(
                AuditEntry.actor_id == number,
                and_(AuditEntry.kind.in_(kinds), AuditEntry.subject == str(number)),
            )
        )
    if wanted.actor_id is not None:
        found.append(AuditEntry.actor_id == wanted.actor_id)
    if wanted.kind is not None:
        found.append(AuditEntry.kind == wanted.kind)
    if wanted.since is not None:
        found.append(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        found.append(AuditEntry.at < wanted.until)
    return found


def find(session: Session, wanted: Wanted, *, page: int = 1, size: int = 50) -> Found:
    """Return a page of the tenant's entries, newest first."""
    conditions = _conditions(wanted)
    total = session.scalar(select(func.count()).select_from(AuditEntry).where(*conditions))
    rows = session.scalars(
        select(AuditEntry)
        .where(*conditions)
        .order_by(AuditEntry.id.desc())
        .limit(size)
        .offset((page - 1) * size)
    )
    return Found(list(rows), int(total or 0))


def actors(session: Session) -> list[int]:
    """Return the accounts that have done something here."""
    return list(
        session.scalars(
            select(AuditEntry.actor_id).where(AuditEntry.actor_id.is_not(None)).distinct()
        )
    )


def kinds_used(session: Session) -> list[str]:
    """Return the kinds of objects that entries are about."""
    return sorted(session.scalars(select(AuditEntry.kind).distinct()))
