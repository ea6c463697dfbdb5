"""Deliveries come in: bytes first, then the row that names them."""

import re
from hashlib import sha256
from typing import NamedTuple

from pyramid.i18n import TranslationString
from pyramid.registry import Registry
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import utcnow
from stadtkern.exchange import keeping, queries
from stadtkern.exchange.errors import ExchangeRefused
from stadtkern.exchange.models import FAILED, RECEIVED, REFUSED, Delivery
from stadtkern.jobs import enqueue
from stadtkern.storage.limits import MEGABYTE
from stadtkern.storage.store import Readable, TooLarge
from stadtkern.web.i18n import _, as_stored

STAGE = "exchange.stage"
MAX_NAME = 200


class Received(NamedTuple):
    """A delivery, and whether its bytes are new here."""

    delivery: Delivery
    new: bool


def safe(name: str) -> str:
    """Return a file's name without folders and control characters."""
    last = re.split(r"[\\/]", name)[-1]
    return re.sub(r"[\x00-\x1f\x7f]", " ", last).strip()[-MAX_NAME:] or "delivery"


def receive(
    session: Session,
    registry: Registry,
    *,
    area: str,
    stream: Readable,
    name: str,
    source: str,
    account_id: int | None = None,
) -> Received:
    """Keep a delivery's bytes and have it read; the same bytes again change nothing.

    Its source may be told (``confirm``) once the session's transaction is committed. Raises
    ``ExchangeRefused`` for an empty and a too large one.
    """
    tenant_id = session.info["tenant_id"]
    most = keeping.maximum(registry)
    try:
        sha, size = keeping.store_of(registry, tenant_id).put(stream, maximum=most)
    except TooLarge as error:
        raise ExchangeRefused(
            _(
                "“${name}” is larger than ${n} MB. Your operator can raise the setting "
                "exchange.delivery_mb, or the sender can split it.",
                mapping={"name": safe(name), "n": most // MEGABYTE},
            ),
            "too_large",
        ) from error
    if not size:
        raise ExchangeRefused(
            _("“${name}” is empty. Please fetch it again.", mapping={"name": safe(name)}), "empty"
        )
    known = queries.delivery_by_sha(session, area, sha)
    if known is not None:
        return Received(known, new=False)
    row = Delivery(
        tenant_id=tenant_id,
        area=area,
        sha=sha,
        size=size,
        name=safe(name),
        source=source,
        account_id=account_id,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        # The same bytes from two sides at once: the other one was faster.
        known = queries.delivery_by_sha(session, area, sha)
        if known is None:
            raise
        return Received(known, new=False)
    audit.record(session, "exchange.receive", "exchange_delivery", row.id, content=sha.encode())
    enqueue(session, registry, STAGE, tenant_id=tenant_id, unique="stage")
    return Received(row, new=True)


def turn_away(
    session: Session, *, area: str, source: str, mark: str, name: str, message: TranslationString
) -> Delivery:
    """Note a file that its source has and that cannot be kept, so that people see it and why.

    ``mark``: what the source calls it. Once more it is the same delivery; when it was turned away
    last stands in ``staged_at``. Whoever asks for files passes those over that were turned away
    lately (``queries.turned_away``).
    """
    sha = marked(source, mark)
    row = queries.delivery_by_sha(session, area, sha)
    if row is None:
        row = Delivery(
            tenant_id=session.info["tenant_id"],
            area=area,
            sha=sha,
            size=0,
            name=safe(name),
            source=source,
            state=REFUSED,
        )
        session.add(row)
    row.reason = {"place": mark[:MAX_NAME]} | as_stored(message)
    row.staged_at = utcnow()
    session.flush()
    audit.record(session, "exchange.refuse", "exchange_delivery", row.id)
    return row


def marked(source: str, mark: str) -> str:
    """Return what stands for the hash of bytes that were never kept."""
    return sha256(f"{source}\0{mark}".encode()).hexdigest()


def confirm(row: Delivery) -> None:
    """Note that the source was told that a delivery is here; never before its own commit."""
    row.confirmed_at = row.confirmed_at or utcnow()


def again(session: Session, registry: Registry, row: Delivery) -> None:
    """Have a delivery read once more that was refused, such as after a new format has come.

    ``ExchangeRefused`` for one that was read: its records are here.
    """
    if row.state not in {REFUSED, FAILED}:
        raise ExchangeRefused(_("This delivery was read, or waits to be read."), "state")
    if not row.size:
        raise ExchangeRefused(
            _("Nothing of this delivery was kept. Please fetch it again."), "none"
        )
    row.state, row.reason, row.format = RECEIVED, None, None
    row.staged = row.total = row.known = row.unmapped = 0
    row.staged_at = None
    session.flush()
    audit.record(session, "exchange.again", "exchange_delivery", row.id)
    enqueue(session, registry, STAGE, tenant_id=row.tenant_id, unique="stage")
