"""Tables of the webhooks: who receives, and what was sent."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import Base, TenantScoped, utcnow

WAITING, DELIVERED, FAILED, DROPPED = "waiting", "delivered", "failed", "dropped"
STATES = (WAITING, DELIVERED, FAILED, DROPPED)
"""Dropped: not sent, since the receiver or the plugin is switched off."""


class WebhookEndpoint(TenantScoped, Base):
    """An address that gets messages, with the secret by which it knows that they are ours."""

    __tablename__ = "webhook_endpoint"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    url: Mapped[str] = mapped_column(String(2000))
    events: Mapped[list[str]] = mapped_column(default=list)
    active: Mapped[bool] = mapped_column(default=True)
    secret: Mapped[str] = mapped_column(String(300), doc="sealed")
    old_secret: Mapped[str | None] = mapped_column(String(300), doc="sealed; signs along")
    old_until: Mapped[datetime | None] = mapped_column(doc="so long the old secret signs along")
    failing_since: Mapped[datetime | None] = mapped_column(doc="nothing got through since")
    stopped_at: Mapped[datetime | None] = mapped_column(doc="switched off by itself")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    @property
    def context(self) -> str:
        """Return what its secrets are sealed for."""
        return f"webhook:{self.id}"


class WebhookDelivery(TenantScoped, Base):
    """One message to one receiver, and what became of it. Nothing of the answer is kept."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (Index("ix_webhook_delivery_created", "tenant_id", "created_at"),)
    __audited__ = False  # a log of what leaves by itself; its cause stands in the audit

    id: Mapped[int] = mapped_column(primary_key=True)
    endpoint_id: Mapped[int] = mapped_column(
        ForeignKey("webhook_endpoint.id", ondelete="CASCADE"), index=True
    )
    message_id: Mapped[str] = mapped_column(String(40), doc="the same at every attempt")
    event: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text, doc="the JSON that is signed and sent")
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0, doc="attempts since it was last set going")
    status: Mapped[int | None] = mapped_column(doc="HTTP status of the last answer")
    problem: Mapped[str] = mapped_column(String(30), default="", doc="code, see web.targets")
    milliseconds: Mapped[int | None] = mapped_column(doc="that the last attempt took")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    tried_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None] = mapped_column(doc="when it is tried again")
