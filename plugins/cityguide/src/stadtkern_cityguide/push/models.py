"""Devices that asked for messages, the town's key to reach them, and what was sent."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import TenantScoped, utcnow
from stadtkern_cityguide.models import Base

EVENTS, WARNINGS = "events", "warnings"
TOPICS = (EVENTS, WARNINGS)


class PushKey(TenantScoped, Base):
    """A town's key pair for VAPID (RFC 8292); devices are bound to it."""

    __tablename__ = "cityguide_push_key"
    __audited__ = False
    __table_args__ = (UniqueConstraint("tenant_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public: Mapped[str] = mapped_column(String(100), doc="uncompressed point, base64url")
    sealed: Mapped[str] = mapped_column(Text, doc="the private key, sealed by the vault")

    @property
    def context(self) -> str:
        """Return what the vault binds the private key to."""
        return f"cityguide_push_key:{self.public}"


class Device(TenantScoped, Base):
    """One device's agreement. Who holds it is not known, and its address lies sealed."""

    __tablename__ = "cityguide_device"
    __audited__ = False
    __table_args__ = (UniqueConstraint("tenant_id", "mark"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mark: Mapped[str] = mapped_column(String(64), doc="keyed hash of the address")
    sealed: Mapped[str] = mapped_column(Text, doc="{endpoint, p256dh, auth}, sealed by the vault")
    events: Mapped[bool]
    warnings: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    @property
    def context(self) -> str:
        """Return what the vault binds the address to."""
        return f"cityguide_device:{self.mark}"


class Message(TenantScoped, Base):
    """What an editor has sent, and how far sending is."""

    __tablename__ = "cityguide_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(String(300))
    path: Mapped[str] = mapped_column(String(900), doc="the page that a press opens")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    reached: Mapped[int] = mapped_column(default=0, doc="devices whose service took it")
    failed: Mapped[int] = mapped_column(default=0)
    last_device: Mapped[int] = mapped_column(default=0, doc="where sending goes on")
    finished_at: Mapped[datetime | None]
