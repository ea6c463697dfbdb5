"""Questions to the webhooks' tables."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.orm import Session

from stadtkern.content import Node
from stadtkern.content.queries import prefixes
from stadtkern.notify.webhooks.models import WebhookDelivery, WebhookEndpoint

LISTENING, TOLD = "webhook_endpoints", "webhook_told"


def endpoints(session: Session) -> list[WebhookEndpoint]:
    """Return all receivers of the town, by name."""
    return list(
        session.scalars(select(WebhookEndpoint).order_by(WebhookEndpoint.name, WebhookEndpoint.id))
    )


def listening(session: Session, event: str) -> list[int]:
    """Return the ids of the active receivers of an event; asked once a transaction."""
    transaction = session.get_transaction()
    known = session.info.get(LISTENING)
    if known is None or known[0] is not transaction:
        rows = session.execute(
            select(WebhookEndpoint.id, WebhookEndpoint.events).where(
                WebhookEndpoint.active.is_(True)
            )
        ).all()
        known = (transaction, rows)
        session.info[LISTENING] = known
    return [row.id for row in known[1] if event in row.events]


def is_new(session: Session, event: str, data: Mapping[str, Any]) -> bool:
    """Tell whether an event with these data has not been told yet in this transaction."""
    transaction = session.get_transaction()
    began, told = session.info.get(TOLD, (None, set()))
    if began is not transaction:
        told = set()
        session.info[TOLD] = (transaction, told)
    what = (event, *sorted(data.items()))
    if what in told:
        return False
    told.add(what)
    return True


def forget_listening(session: Session) -> None:
    """Look anew for receivers: they were changed in this transaction."""
    session.info.pop(LISTENING, None)


def locked(session: Session, delivery_id: int) -> WebhookDelivery | None:
    """Return a delivery with its row locked."""
    return session.scalars(
        select(WebhookDelivery)
        .where(WebhookDelivery.id == delivery_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()


def one(session: Session, endpoint_id: int, *, lock: bool = False) -> WebhookEndpoint | None:
    """Return a receiver; with ``lock`` its row is locked until the commit."""
    statement = select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalars(statement).first()


def log(
    session: Session, endpoint_id: int, *, state: str = "", limit: int, offset: int = 0
) -> tuple[Sequence[WebhookDelivery], int]:
    """Return a receiver's deliveries, newest first, and how many there are."""
    where = [WebhookDelivery.endpoint_id == endpoint_id]
    if state:
        where.append(WebhookDelivery.state == state)
    total = int(session.scalar(select(func.count(WebhookDelivery.id)).where(*where)) or 0)
    rows = session.scalars(
        select(WebhookDelivery)
        .where(*where)
        .order_by(WebhookDelivery.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
    return rows, total


def recent(session: Session, *, state: str = "", limit: int) -> Sequence[Any]:
    """Return the town's deliveries, newest first, each with its receiver's name."""
    statement = (
        select(WebhookDelivery, WebhookEndpoint.name)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .order_by(WebhookDelivery.id.desc())
        .limit(limit)
    )
    if state:
        statement = statement.where(WebhookDelivery.state == state)
    return session.execute(statement).all()


def delete_before(session: Session, moment: datetime, *, limit: int) -> int:
    """Delete up to ``limit`` deliveries that are older; return how many."""
    ids = session.scalars(
        select(WebhookDelivery.id).where(WebhookDelivery.created_at < moment).limit(limit)
    ).all()
    if not ids:
        return 0
    result: CursorResult[Any] = session.execute(  # type: ignore[assignment]
        delete(WebhookDelivery)
        .where(WebhookDelivery.id.in_(ids))
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)


def retired(session: Session, now: datetime) -> list[WebhookEndpoint]:
    """Return receivers whose old secret signs no more."""
    return list(
        session.scalars(
            select(WebhookEndpoint).where(
                WebhookEndpoint.old_secret.is_not(None), WebhookEndpoint.old_until <= now
            )
        )
    )


def open_above(session: Session, path: str) -> bool:
    """Tell whether all above an address is public: else nobody sees what stands there."""
    above = prefixes(path)[:-1]
    if not above:
        return True
    number = session.scalar(
        select(func.count(Node.id)).where(
            Node.path.in_(above), Node.state == "published", Node.deleted_at.is_(None)
        )
    )
    return number == len(above)
