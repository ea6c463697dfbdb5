"""Deliveries as they come in, and how far each is read."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    delete,
    func,
    select,
    update,
)
from sqlalchemy.orm import Session

from stadtkern.exchange.models import (
    ENDED,
    RECEIVED,
    REFUSED,
    STAGED,
    STAGING,
    Delivery,
    Record,
)
from stadtkern.exchange.queries.quiet import QUIET


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


def count_drifted(session: Session, area: str, since: datetime) -> int:
    """Return how many deliveries since a moment hold elements that no mapping knows."""
    return (
        session.scalar(
            select(func.count(Delivery.id)).where(
                Delivery.area == area,
                Delivery.received_at >= since,
                Delivery.state == STAGED,
                Delivery.unmapped > 0,
            )
        )
        or 0
    )


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


def unread(session: Session) -> bool:
    """Tell whether a delivery is not read to its end."""
    waiting = select(Delivery.id).where(Delivery.state.in_((RECEIVED, STAGING)))
    return session.scalar(waiting.limit(1)) is not None


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


def turned_away(session: Session, area: str, source: str, since: datetime) -> set[str]:
    """Return the marks, as hashes, of what of a source was turned away since then."""
    return set(
        session.scalars(
            select(Delivery.sha).where(
                Delivery.area == area,
                Delivery.source == source,
                Delivery.state == REFUSED,
                Delivery.size == 0,
                Delivery.staged_at >= since,
            )
        )
    )


def shas(session: Session) -> set[str]:
    """Return the hashes of all bytes that deliveries name."""
    return set(session.scalars(select(Delivery.sha)))


def forget_records(session: Session, delivery_id: int) -> None:
    """Delete all that was read of a delivery that is refused as a whole."""
    session.execute(
        delete(Record).where(Record.delivery_id == delivery_id).execution_options(**QUIET)
    )


def ended(state: str) -> bool:
    """Tell whether a delivery in this state is read to its end."""
    return state in ENDED
