"""All SQL of feedback and of what has arrived from devices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

from stadtkern.content import Node
from stadtkern_cityguide.feedback.models import OPEN, Arrived, Feedback

PAGE_SIZE = 50

_COUNTS = select(Feedback.status, func.count()).group_by(Feedback.status)
_OPEN = select(func.count()).select_from(Feedback).where(Feedback.status == OPEN)
_LISTED = (
    select(Feedback, Node.title, Node.path, Node.deleted_at)
    .outerjoin(Node, Node.id == Feedback.node_id)
    .where(Feedback.status == bindparam("status"))
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_WAITING = _LISTED.order_by(Feedback.id)
_LATEST = _LISTED.order_by(Feedback.id.desc())
_ADDRESSED = select(Feedback).where(Feedback.sealed.is_not(None)).order_by(Feedback.id)
_ARRIVED = select(Arrived).where(Arrived.key_hash == bindparam("key_hash"))


def counts(session: Session) -> dict[str, int]:
    """Return how many there are in each state that has any."""
    return {status: int(number) for status, number in session.execute(_COUNTS)}


def waiting(session: Session) -> int:
    """Return how many nobody has seen to."""
    return int(session.scalar(_OPEN) or 0)


def listed(session: Session, status: str, page: int) -> Sequence[Any]:
    """Return one page: open ones in the order of their coming, others the newest first."""
    statement = _WAITING if status == OPEN else _LATEST
    bounds = {"limit": PAGE_SIZE, "offset": (page - 1) * PAGE_SIZE}
    return session.execute(statement, {"status": status} | bounds).all()


def addressed(session: Session) -> Sequence[Feedback]:
    """Return all that still hold a mail address."""
    return session.scalars(_ADDRESSED).all()


def arrived(session: Session, key_hash: str) -> Arrived | None:
    """Return what came under a key before."""
    return session.scalars(_ARRIVED, {"key_hash": key_hash}).first()


def forget(session: Session, before: datetime) -> None:
    """Forget keys of deeds that arrived before a moment (UTC)."""
    session.execute(
        delete(Arrived)
        .where(Arrived.created_at < before)
        .execution_options(synchronize_session=False)
    )
