"""Writes of messages to devices: agreements come and go, messages are queued."""

import json

from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.jobs import enqueue
from stadtkern.tenants import bump_generation
from stadtkern.vault import blind_index, open_, seal
from stadtkern_cityguide.push import queries
from stadtkern_cityguide.push.models import EVENTS, WARNINGS, Device, Message, PushKey
from stadtkern_cityguide.push.sealing import Address, address_of, new_key

SEND = "cityguide.push"
MAX_DEVICES = 50_000
"""Of a town; nobody may fill the table with made-up ones."""


class Full(Exception):  # noqa: N818
    """A town has as many devices as it may."""


def ensure_key(session: Session, registry: Registry, tenant_id: int) -> None:
    """Make the town's key where it has none; pages that name it are made anew."""
    if queries.key(session) is not None:
        return
    public, private = new_key()
    row = PushKey(public=public)
    row.sealed = seal(session, registry, tenant_id, private, row.context)
    session.add(row)
    session.flush()
    bump_generation(session, registry["tenants"], tenant_id, "plugins")


def agree(
    session: Session, registry: Registry, tenant_id: int, address: Address, topics: set[str]
) -> None:
    """Keep what a device wants; nothing wanted: forget it. The same twice is once."""
    mark = blind_index(session, registry, tenant_id, address.endpoint, "cityguide_device")
    known = queries.device(session, mark)
    if not topics:
        if known is not None:
            session.delete(known)
        return
    if known is None and queries.number(session) >= MAX_DEVICES:
        raise Full
    row = known or Device(mark=mark)
    row.sealed = seal(session, registry, tenant_id, address.as_bytes(), row.context)
    row.events, row.warnings = EVENTS in topics, WARNINGS in topics
    session.add(row)
    session.flush()


def address(session: Session, registry: Registry, row: Device) -> Address:
    """Return a device's address."""
    plain = open_(session, registry, row.tenant_id, row.sealed, row.context)
    return address_of(json.loads(plain))


def send(session: Session, registry: Registry, tenant_id: int, message: Message) -> None:
    """Store a message and queue its sending, in the caller's transaction."""
    session.add(message)
    session.flush()
    enqueue(session, registry, SEND, tenant_id=tenant_id, message=message.id)
