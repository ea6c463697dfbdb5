"""What people have typed and not saved yet, kept for them alone.

One row a person and place (a node's form, or the form for a new node of a type below one). It holds
the form's controls as they were posted and is gone with the next real save.
"""

import json
from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from stadtkern.accounts.models import Account
from stadtkern.content.errors import ContentRefused
from stadtkern.content.models import Autosave
from stadtkern.db import utcnow
from stadtkern.web.i18n import _

KEPT_FOR = timedelta(days=30)
MAX_PLACES = 40
"""Forms of one person that are kept; the oldest gives way."""
MAX_BYTES = 2_000_000
"""Of one form, as JSON."""


def place_of(node_id: int, type_name: str | None = None) -> str:
    """Return the name of a place: a node's form, or that of a new one of a type below it."""
    return f"node:{node_id}" if type_name is None else f"add:{node_id}:{type_name}"


def find(session: Session, account_id: int, place: str) -> Autosave | None:
    """Return what was kept, unless it is too old."""
    return session.scalars(
        select(Autosave).where(
            Autosave.account_id == account_id,
            Autosave.place == place,
            Autosave.saved_at > utcnow() - KEPT_FOR,
        )
    ).first()


def keep(
    session: Session,
    account_id: int,
    place: str,
    controls: Iterable[tuple[str, str]],
    *,
    base_version: int,
) -> Autosave:
    """Keep a form's controls; ``ContentRefused`` if they are too many to be kept in between."""
    pairs = [[name, value] for name, value in controls]
    if len(json.dumps(pairs)) > MAX_BYTES:
        raise ContentRefused(
            _("This page is too large to be kept while you type. Please save it now and then.")
        )
    # The person's row is the queue: two windows must not both make the first row.
    session.execute(select(Account.id).where(Account.id == account_id).with_for_update())
    row = session.scalars(
        select(Autosave).where(Autosave.account_id == account_id, Autosave.place == place)
    ).first()
    if row is None:
        _make_room(session, account_id)
        row = Autosave(account_id=account_id, place=place)
        session.add(row)
    row.base_version, row.controls, row.saved_at = base_version, pairs, utcnow()
    session.flush()
    return row


def drop(session: Session, account_id: int, place: str) -> None:
    """Forget what was kept."""
    session.execute(
        delete(Autosave)
        .where(Autosave.account_id == account_id, Autosave.place == place)
        .execution_options(synchronize_session=False)
    )


def drop_old(session: Session) -> int:
    """Forget what nobody has come back for; return how many forms."""
    result = session.execute(
        delete(Autosave)
        .where(Autosave.saved_at <= utcnow() - KEPT_FOR)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]


def _make_room(session: Session, account_id: int) -> None:
    drop_old(session)
    count = session.scalar(
        select(func.count()).select_from(Autosave).where(Autosave.account_id == account_id)
    )
    if int(count or 0) < MAX_PLACES:
        return
    oldest = (
        select(Autosave.id)
        .where(Autosave.account_id == account_id)
        .order_by(Autosave.saved_at, Autosave.id)
        .limit(int(count or 0) - MAX_PLACES + 1)
    )
    session.execute(
        delete(Autosave).where(Autosave.id.in_(oldest)).execution_options(synchronize_session=False)
    )
