"""Tables of bookings: lines, the batches in which they go out, profiles of a town."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, event, inspect
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import TenantScoped, utcnow
from stadtkern_finance.models import Base

ACCEPTED, REJECTED = "accepted", "rejected"
FACTS = ("account_id", "line_id", "reference", "year", "amount_cent", "facts")


class StoredProfile(TenantScoped, Base):
    """A profile of this town: how a batch becomes a file."""

    __tablename__ = "finance_profile"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text, doc="YAML")
    changed_at: Mapped[datetime] = mapped_column(default=utcnow)


class StoredBatch(TenantScoped, Base):
    """Lines that go out together; what is needed to write the same file once more."""

    __tablename__ = "finance_batch"
    __table_args__ = (UniqueConstraint("tenant_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    number: Mapped[int]
    town: Mapped[str] = mapped_column(String(200), doc="the municipality's name at that time")
    zone: Mapped[str] = mapped_column(String(60), doc="of the day in the file")
    created_at: Mapped[datetime]
    profile: Mapped[str] = mapped_column(String(60))
    profile_text: Mapped[str] = mapped_column(Text, doc="the profile as it was")
    count: Mapped[int]
    debit_cent: Mapped[int] = mapped_column(BigInteger)
    credit_cent: Mapped[int] = mapped_column(BigInteger)
    lines_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    prev_hash: Mapped[str] = mapped_column(String(64))
    file_sha: Mapped[str] = mapped_column(String(64), doc="of the file as it was first written")


class BookedLine(TenantScoped, Base):
    """A booking; its facts never change, a correction is its reversal and a new one."""

    __tablename__ = "finance_line"
    __audited__ = False  # worked out from the assessment, which is audited
    __table_args__ = (
        UniqueConstraint("tenant_id", "line_id"),
        Index("ix_finance_line_tenant_id_batch_id", "tenant_id", "batch_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Not indexed by itself: the indexes above begin with it.
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(
        ForeignKey("finance_account.id", ondelete="CASCADE"), index=True
    )
    batch_id: Mapped[int | None] = mapped_column(
        ForeignKey("finance_batch.id", ondelete="SET NULL"), index=True, doc="null: to be exported"
    )
    line_id: Mapped[str] = mapped_column(String(20), doc="made of the facts: booked once")
    reference: Mapped[str] = mapped_column(String(60), doc="of the assessment")
    year: Mapped[int]
    amount_cent: Mapped[int] = mapped_column(BigInteger)
    facts: Mapped[dict[str, Any]] = mapped_column(doc="a BookingLine")
    answer: Mapped[str | None] = mapped_column(String(10), doc="accepted or rejected")
    reason: Mapped[str] = mapped_column(String(500), default="", doc="the receiver's words")
    answered_at: Mapped[datetime | None]


@event.listens_for(BookedLine, "before_update")
def _append_only(_mapper: Any, _connection: Any, row: BookedLine) -> None:
    """Refuse to change what was booked."""
    state = inspect(row)
    for name in FACTS:
        if state.attrs[name].history.has_changes():
            message = f"The booking {row.line_id} stands: {name} does not change."
            raise ValueError(message)
