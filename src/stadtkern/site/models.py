"""Reports on barriers: the municipality has six weeks to answer (HVBIT)."""

from datetime import datetime, timedelta

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

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
