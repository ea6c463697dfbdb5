"""Who has a node's form open: a lease that ends by itself.

A help against double work, nothing more: what keeps an update from being lost is the version that
every write names. So a lease may always be taken over, and no save asks for one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from stadtkern.accounts.models import Account
from stadtkern.content.models import EditLock, Node
from stadtkern.db import utcnow

LEASE = timedelta(minutes=5)
"""How long a form counts as open after it was last heard of."""


@dataclass(frozen=True)
class Holder:
    """Who holds the lease, and since when; ``token`` tells forms of one person apart."""

    account_id: int
    name: str
    since: datetime
    token: str


def holder(session: Session, node_id: int) -> Holder | None:
    """Return who has the node's form open now."""
    row = session.execute(
        select(EditLock.account_id, Account.name, EditLock.taken_at, EditLock.token)
        .join(Account, Account.id == EditLock.account_id)
        .where(EditLock.node_id == node_id, EditLock.expires_at > utcnow())
    ).first()
    return None if row is None else Holder(*row)


def take(
    session: Session, node_id: int, account_id: int, token: str, *, over: bool = False
) -> Holder | None:
    """Take or prolong the lease for the form ``token``; return who holds it afterwards.

    A lease of somebody else stands, unless ``over`` takes it away. Another form of the same
    person gives way: whoever reloads a page must not lock themselves out.
    """
    return _write(session, node_id, account_id, token, mine=True, others=over)


def renew(session: Session, node_id: int, account_id: int, token: str) -> Holder | None:
    """Prolong the lease of the form ``token``; return who holds it afterwards.

    Unlike ``take`` this leaves it to a newer form of the same person.
    """
    return _write(session, node_id, account_id, token, mine=False, others=False)


def release(session: Session, node_id: int, account_id: int, *, token: str | None = None) -> None:
    """Give the lease back; only that of the form ``token``, if one is named."""
    statement = delete(EditLock).where(
        EditLock.node_id == node_id, EditLock.account_id == account_id
    )
    if token is not None:
        statement = statement.where(EditLock.token == token)
    session.execute(statement.execution_options(synchronize_session=False))


def _write(
    session: Session, node_id: int, account_id: int, token: str, *, mine: bool, others: bool
) -> Holder | None:
    # The node's row is the queue: two first leases at once would both find none.
    if session.scalar(select(Node.id).where(Node.id == node_id).with_for_update()) is None:
        return None
    row = session.scalars(
        select(EditLock)
        .where(EditLock.node_id == node_id)
        .execution_options(populate_existing=True)
    ).first()
    now = utcnow()
    if row is None:
        row = EditLock(
            tenant_id=session.info["tenant_id"],
            node_id=node_id,
            account_id=account_id,
            token=token,
            taken_at=now,
            expires_at=now + LEASE,
        )
        session.add(row)
    elif row.token == token and row.account_id == account_id:
        row.expires_at = now + LEASE
    elif row.expires_at <= now or (mine and row.account_id == account_id) or others:
        row.account_id, row.token = account_id, token
        row.taken_at, row.expires_at = now, now + LEASE
    session.flush()
    return holder(session, node_id)
