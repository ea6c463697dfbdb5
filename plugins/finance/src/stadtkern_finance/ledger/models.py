"""Tables of bookings: lines, batches, where those go, what is answered, profiles, mandates."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, event, inspect
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import JSONBody, TenantScoped, utcnow
from stadtkern_finance.models import Base

ACCEPTED, REJECTED, SETTLED = "accepted", "rejected", "settled"
"""Answers to a line; ``settled``: a person has dealt with what was rejected."""
RENDERED, DELIVERED = "rendered", "delivered"
ACKNOWLEDGED, PARTIALLY_REJECTED = "acknowledged", "partially_rejected"
FOLDER, SFTP, HTTPS = "folder", "sftp", "https"
FACTS = ("account_id", "line_id", "reference", "year", "amount_cent", "facts")


class StoredProfile(TenantScoped, Base):
    """One version of a town's profile: how a batch becomes a file. Earlier versions stay."""

    __tablename__ = "finance_profile"
    __table_args__ = (UniqueConstraint("tenant_id", "name", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(default=1)
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
    state: Mapped[str] = mapped_column(String(20), default=RENDERED)
    way: Mapped[str] = mapped_column(String(10), default="", doc="by which it is delivered, if any")
    attempts: Mapped[int] = mapped_column(default=0, doc="of delivering it")
    error: Mapped[str] = mapped_column(String(60), default="", doc="code of the last failure")
    answer_problem: Mapped[dict[str, Any] | None] = mapped_column(
        JSONBody, doc="why the answer to its delivery is no receipt: a message"
    )
    delivered_at: Mapped[datetime | None]


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


class SentBefore(TenantScoped, Base):
    """A line that was rejected in an earlier batch and goes out once more in a later one."""

    __tablename__ = "finance_sent_before"
    __table_args__ = (UniqueConstraint("tenant_id", "line_id", "batch_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    line_id: Mapped[int] = mapped_column(ForeignKey("finance_line.id", ondelete="CASCADE"))
    batch_id: Mapped[int] = mapped_column(
        ForeignKey("finance_batch.id", ondelete="CASCADE"), index=True
    )
    reason: Mapped[str] = mapped_column(String(500), doc="the receiver's words")
    answered_at: Mapped[datetime]


class StoredReceipt(TenantScoped, Base):
    """A receipt as it came: the same bytes are read once."""

    __tablename__ = "finance_receipt"
    __audit_content__ = False  # words of another system about people's accounts
    __table_args__ = (UniqueConstraint("tenant_id", "sha"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(200))
    sha: Mapped[str] = mapped_column(String(64), doc="SHA-256 of the file")
    data: Mapped[str] = mapped_column(Text, doc="the file, Base64")
    received_at: Mapped[datetime] = mapped_column(default=utcnow)
    accepted: Mapped[int]
    rejected: Mapped[int]
    known: Mapped[int] = mapped_column(doc="answers that were known before")


class Way(TenantScoped, Base):
    """How batches reach the accounting system: one a town."""

    __tablename__ = "finance_way"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(10), doc="folder, sftp or https")
    host: Mapped[str] = mapped_column(String(255), default="")
    port: Mapped[int] = mapped_column(default=22)
    user: Mapped[str] = mapped_column(String(100), default="")
    folder: Mapped[str] = mapped_column(String(300), default="", doc="on the SFTP server")
    host_key: Mapped[str] = mapped_column(String(60), default="", doc="SHA256:… of the server")
    url: Mapped[str] = mapped_column(String(2000), default="")
    secret: Mapped[str] = mapped_column(Text, default="", doc="sealed: password, key or token")
    changed_at: Mapped[datetime] = mapped_column(default=utcnow)

    @property
    def context(self) -> str:
        """Return what its secret is sealed for."""
        return "finance-way"


class Mandate(TenantScoped, Base):
    """Somebody's mandate to collect what is due on an account (SEPA direct debit)."""

    __tablename__ = "finance_mandate"
    __audit_content__ = False  # bank accounts
    __table_args__ = (UniqueConstraint("tenant_id", "account_id", "reference"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(
        ForeignKey("finance_account.id", ondelete="CASCADE"), index=True
    )
    reference: Mapped[str] = mapped_column(String(35))
    signed: Mapped[date]
    holder: Mapped[str] = mapped_column(String(70), default="", doc="empty: the owner")
    iban: Mapped[str] = mapped_column(String(300), doc="sealed")
    iban_end: Mapped[str] = mapped_column(String(4), doc="its last four characters, to be shown")
    sequence: Mapped[str] = mapped_column(String(4), doc="FRST, RCUR, OOFF or FNAL")
    ended: Mapped[date | None] = mapped_column(doc="revoked, or replaced by another one")
    reason: Mapped[str] = mapped_column(String(500), default="", doc="by what a clerk entered it")
    end_reason: Mapped[str] = mapped_column(String(500), default="", doc="why a clerk ended it")

    @property
    def context(self) -> str:
        """Return what its account number is sealed for."""
        return f"finance-mandate:{self.reference}"


class Collection(TenantScoped, Base):
    """That a mandate was used for the direct debits of a batch, once their file was written."""

    __tablename__ = "finance_collection"
    __table_args__ = (UniqueConstraint("tenant_id", "batch_id", "mandate_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    batch_id: Mapped[int] = mapped_column(
        ForeignKey("finance_batch.id", ondelete="CASCADE"), index=True
    )
    mandate_id: Mapped[int] = mapped_column(
        ForeignKey("finance_mandate.id", ondelete="CASCADE"), index=True
    )
    last_day: Mapped[date] = mapped_column(doc="the last day on which something is collected")
    written_at: Mapped[datetime] = mapped_column(default=utcnow)
