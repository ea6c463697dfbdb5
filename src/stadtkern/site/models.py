"""Reports on barriers (six weeks to answer, HVBIT), and addresses that show nothing."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.content.models import PATH
from stadtkern.db import Base, TenantScoped, utcnow

ANSWER_WITHIN = timedelta(weeks=6)


class BarrierReport(TenantScoped, Base):
    """One report; the mail address is wiped with the answer."""

    __tablename__ = "barrier_report"
    __audit_content__ = False  # a visitor's words and address
    __table_args__ = (UniqueConstraint("tenant_id", "reference"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(20))
    page: Mapped[str] = mapped_column(String(1000), default="")
    description: Mapped[str] = mapped_column(Text)
    mail: Mapped[str | None] = mapped_column(String(254))
    status: Mapped[str] = mapped_column(String(16), default="open", doc="open or answered")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    due_at: Mapped[datetime] = mapped_column(default=lambda: utcnow() + ANSWER_WITHIN)
    answered_at: Mapped[datetime | None]


class MissedPath(TenantScoped, Base):
    """An address that visitors asked for in vain: the path alone, counted."""

    __tablename__ = "missed_path"

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True
    )
    path: Mapped[str] = mapped_column(PATH, primary_key=True)
    hits: Mapped[int] = mapped_column(default=0)
    first_at: Mapped[datetime] = mapped_column(default=utcnow)
    last_at: Mapped[datetime] = mapped_column(default=utcnow)
    ignored: Mapped[bool] = mapped_column(default=False)
