"""The outbox: what is to be sent, was captured or failed."""

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, true
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import Base, TenantScoped, utcnow


class MailMessage(TenantScoped, Base):
    """One mail. Its text is wiped once it has been sent: codes and reports are personal data."""

    __tablename__ = "mail_message"
    __audited__ = False  # the outbox is a record by itself; what made us write a mail is audited

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str | None] = mapped_column(Text)
    status: Mapped[str] = mapped_column(
        String(16), default="waiting", doc="waiting, captured, sent or failed"
    )
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str | None] = mapped_column(String(200), doc="kind of the last error")
    headers: Mapped[dict[str, Any] | None] = mapped_column(doc="further ones; wiped with the text")
    keep: Mapped[bool] = mapped_column(
        default=True, server_default=true(), doc="False: the row goes as soon as it has been sent"
    )
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    sent_at: Mapped[datetime | None]
