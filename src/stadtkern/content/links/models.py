"""What is known of addresses elsewhere that pages link to."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import Base, TenantScoped


class LinkCheck(TenantScoped, Base):
    """The last look at one external address; one row a tenant and address."""

    __tablename__ = "link_check"
    __audited__ = False  # what a nightly look has found, no deed
    __table_args__ = (UniqueConstraint("tenant_id", "url_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # Not indexed by itself: the unique constraint begins with it.
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    url_hash: Mapped[str] = mapped_column(String(64), doc="sha256, because addresses are long")
    url: Mapped[str] = mapped_column(String(2000))
    status: Mapped[int | None] = mapped_column(doc="of HTTP; None where there was no answer")
    problem: Mapped[str] = mapped_column(String(20), default="", doc="the guard's code")
    failures: Mapped[int] = mapped_column(default=0, doc="one after another")
    failing_since: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    ignored: Mapped[bool] = mapped_column(default=False, doc="an editor knows better")
