"""All SQL of messages to devices. Built once at import, with bind parameters."""

from collections.abc import Collection, Sequence

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.orm import Session

from stadtkern_cityguide.push.models import EVENTS, Device, Message, PushKey

CHUNK = 50
"""Devices between two commits of a job."""

LATEST = 30
"""Messages that the back office lists."""

_KEY = select(PushKey)
_PUBLIC = select(PushKey.public)
_DEVICE = select(Device).where(Device.mark == bindparam("mark"))
_COUNTS = select(
    func.count().filter(Device.events.is_(True)), func.count().filter(Device.warnings.is_(True))
).select_from(Device)
_NUMBER = select(func.count()).select_from(Device)
_NEXT = select(Device).where(Device.id > bindparam("after")).order_by(Device.id).limit(CHUNK)
_MESSAGES = select(Message).order_by(Message.id.desc()).limit(LATEST)


def key(session: Session) -> PushKey | None:
    """Return the town's key."""
    return session.scalars(_KEY).first()


def public_key(session: Session) -> str | None:
    """Return the public part of the town's key; None before it is made."""
    return session.scalars(_PUBLIC).first()


def device(session: Session, mark: str) -> Device | None:
    """Return a device by the keyed hash of its address."""
    return session.scalars(_DEVICE, {"mark": mark}).first()


def counts(session: Session) -> tuple[int, int]:
    """Return how many devices want events, and how many want warnings."""
    events, warnings = session.execute(_COUNTS).one()
    return int(events), int(warnings)


def number(session: Session) -> int:
    """Return how many devices there are."""
    return int(session.scalar(_NUMBER) or 0)


def next_devices(session: Session, topic: str, after: int) -> Sequence[Device]:
    """Return the next devices that want a topic, behind the one with this number."""
    wants = Device.events if topic == EVENTS else Device.warnings
    return session.scalars(_NEXT.where(wants.is_(True)), {"after": after}).all()


def forget(session: Session, ids: Collection[int]) -> None:
    """Forget devices whose services say that they are gone."""
    if ids:
        session.execute(
            delete(Device)
            .where(Device.id.in_(sorted(ids)))
            .execution_options(synchronize_session=False)
        )


def messages(session: Session) -> Sequence[Message]:
    """Return the latest messages, newest first."""
    return session.scalars(_MESSAGES).all()
