"""Tables of notices: letterheads by day, the notices, the piles that go to the post."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import TenantScoped, utcnow
from stadtkern_finance.models import Base

PROBLEM, MADE, PILED, ORDERED, SENT = "problem", "made", "piled", "ordered", "sent"
"""Of a notice: what keeps it from being made is named; it waits to be sent; it lies in a pile; it
was handed to ELSTER-Transfer; it was posted or provided."""
POST, ELECTRONIC = "post", "electronic"
"""How a notice goes out."""
MAKING, READY, POSTED, BROKEN = "making", "ready", "posted", "broken"
"""Of a pile."""


class Letterhead(TenantScoped, Base):
    """How letters look and which legal text they carry, from a day on."""

    __tablename__ = "finance_letterhead"
    __table_args__ = (UniqueConstraint("tenant_id", "valid_from"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    valid_from: Mapped[date]
    facts: Mapped[dict[str, Any]] = mapped_column(doc="the fields of its form")
    changed_at: Mapped[datetime] = mapped_column(default=utcnow)


class Pile(TenantScoped, Base):
    """Letters that go to the post together, with their totals."""

    __tablename__ = "finance_pile"
    __table_args__ = (UniqueConstraint("tenant_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    number: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default=MAKING)
    letters: Mapped[int]
    pages: Mapped[int] = mapped_column(default=0, doc="without the sheets with codes")
    amount_cent: Mapped[int] = mapped_column(BigInteger, doc="what its letters ask for")
    hash: Mapped[str] = mapped_column(String(64), default="", doc="over number and sha256 of each")
    file_sha: Mapped[str | None] = mapped_column(
        String(64), doc="of the archive; thrown away when it is posted, for it holds codes"
    )
    file_size: Mapped[int] = mapped_column(BigInteger, default=0)
    posted_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class StoredNotice(TenantScoped, Base):
    """The notice of one assessment: its files by sha256, and the way that it goes."""

    __tablename__ = "finance_notice"
    __audit_content__ = False  # names, addresses and amounts of persons
    __table_args__ = (
        UniqueConstraint("tenant_id", "assessment_id"),
        Index("ix_finance_notice_tenant_id_state", "tenant_id", "state"),
        Index("ix_finance_notice_tenant_id_number", "tenant_id", "number"),
        Index("ix_finance_notice_tenant_id_code_hash", "tenant_id", "code_hash"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Not indexed by itself: the indexes above begin with it.
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    assessment_id: Mapped[int] = mapped_column(
        ForeignKey("finance_assessment.id", ondelete="CASCADE"), index=True
    )
    letterhead_id: Mapped[int | None] = mapped_column(
        ForeignKey("finance_letterhead.id", ondelete="SET NULL"), index=True
    )
    pile_id: Mapped[int | None] = mapped_column(
        ForeignKey("finance_pile.id", ondelete="SET NULL"), index=True
    )
    number: Mapped[str] = mapped_column(String(40), doc="Kassenzeichen as it was printed")
    state: Mapped[str] = mapped_column(String(10))
    way: Mapped[str] = mapped_column(String(12), default=POST)
    day: Mapped[date]
    message_id: Mapped[str] = mapped_column(String(36))
    stem: Mapped[str] = mapped_column(String(160), default="", doc="of its files' names")
    pdf_sha: Mapped[str | None] = mapped_column(String(64))
    xml_sha: Mapped[str | None] = mapped_column(String(64))
    pages: Mapped[int] = mapped_column(default=0)
    amount_cent: Mapped[int] = mapped_column(BigInteger, default=0, doc="what it asks for in all")
    facts: Mapped[dict[str, Any]] = mapped_column(
        default=dict, doc="record, what stands beside it, notice: prints the same once more"
    )
    given: Mapped[dict[str, Any]] = mapped_column(default=dict, doc="what a clerk has added")
    problems: Mapped[list[Any]] = mapped_column(default=list, doc="why it could not be made")
    code_hash: Mapped[str | None] = mapped_column(String(64), doc="of the code for its download")
    code_until: Mapped[datetime | None]
    code_used_at: Mapped[datetime | None] = mapped_column(doc="when it was first used")
    ordered_at: Mapped[datetime | None]
    order_note: Mapped[str] = mapped_column(
        String(60), default="", doc="how far ELSTER-Transfer is, or why it refused"
    )
    sent_on: Mapped[date | None] = mapped_column(doc="posted, or provided electronically")
    regime: Mapped[str] = mapped_column(String(20), default="")
    announced_at: Mapped[date | None]
    objection_until: Mapped[date | None]
    made_at: Mapped[datetime | None]
    changed_at: Mapped[datetime] = mapped_column(default=utcnow)
