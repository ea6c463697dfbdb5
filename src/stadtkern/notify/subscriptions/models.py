"""Tables of the subscriptions: who gets mails, about what, and what is new."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import Base, TenantScoped, utcnow

SECTION, TYPE, SEARCH = "section", "type", "search"
NOW, DAILY, WEEKLY = "now", "daily", "weekly"
FREQUENCIES = (NOW, DAILY, WEEKLY)
MOST_WORDS = 200


class Subscriber(TenantScoped, Base):
    """A mail address that gets mails, or has been asked whether it wants them."""

    __tablename__ = "subscriber"
    __table_args__ = (UniqueConstraint("tenant_id", "mail_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # Not indexed by itself: the unique constraint begins with it.
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    mail: Mapped[str] = mapped_column(String(600), doc="sealed")
    mail_hash: Mapped[str] = mapped_column(String(64), doc="keyed: to find the address by")
    locale: Mapped[str] = mapped_column(String(12), doc="in which mails are written")
    nonce: Mapped[str] = mapped_column(String(32), doc="its key is made of")
    key_hash: Mapped[str] = mapped_column(
        String(64), index=True, doc="of the key that ends all its subscriptions"
    )
    code_hash: Mapped[str | None] = mapped_column(
        String(64), index=True, doc="of the code by which its subscriptions are managed"
    )
    code_until: Mapped[datetime | None]
    refusals: Mapped[int] = mapped_column(
        default=0, server_default="0", doc="mails with news, one after the other, not taken"
    )
    refused_since: Mapped[datetime | None] = mapped_column(doc="when the first of those was")
    suspended_at: Mapped[datetime | None] = mapped_column(doc="since when no mails are written")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    @property
    def context(self) -> str:
        """Return what its address is sealed for."""
        return f"subscriber:{self.mail_hash}"


class Subscription(TenantScoped, Base):
    """What somebody wants to hear of, and how often; it counts once it has been confirmed."""

    __tablename__ = "subscription"
    __table_args__ = (Index("ix_subscription_frequency", "tenant_id", "frequency", "confirmed_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # Not indexed by itself: the index above begins with it.
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    subscriber_id: Mapped[int] = mapped_column(
        ForeignKey("subscriber.id", ondelete="CASCADE"), index=True
    )
    kind: Mapped[str] = mapped_column(String(10), doc="section, type or search")
    node_id: Mapped[int | None] = mapped_column(
        ForeignKey("node.id", ondelete="CASCADE"), index=True, doc="of a section"
    )
    type: Mapped[str] = mapped_column(String(60), default="", doc="of a type, or within a search")
    words: Mapped[str] = mapped_column(String(MOST_WORDS), default="", doc="of a search")
    language: Mapped[str] = mapped_column(String(12), doc="of the pages")
    frequency: Mapped[str] = mapped_column(String(10), doc="now, daily or weekly")
    nonce: Mapped[str] = mapped_column(String(32), doc="its key is made of")
    key_hash: Mapped[str] = mapped_column(String(64), index=True, doc="of the key that ends it")
    code_hash: Mapped[str | None] = mapped_column(
        String(64), index=True, doc="of the code that confirms it"
    )
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    confirmed_at: Mapped[datetime | None]
    told_until: Mapped[datetime | None] = mapped_column(
        doc="what was new until then has been mailed"
    )

    @property
    def about(self) -> tuple[str, int | None, str, str, str]:
        """Return what it is about: equal for two that tell the same."""
        return self.kind, self.node_id, self.type, self.words, self.language


class SubscriptionNotice(TenantScoped, Base):
    """A page that has gone public while somebody was subscribed to something."""

    __tablename__ = "subscription_notice"
    __audited__ = False  # derived from publishing, which is audited
    __table_args__ = (UniqueConstraint("tenant_id", "node_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # Not indexed by itself: the unique constraint begins with it.
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    node_id: Mapped[int] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"), index=True)
    made_at: Mapped[datetime] = mapped_column(default=utcnow)
    at: Mapped[datetime | None] = mapped_column(
        doc="since when everybody can see it; None as long as something above it is hidden"
    )
