"""Tables of the privacy room: holds, reports of the nightly run, certificates."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import Base, TenantScoped, utcnow

PERSON = "person"


class LegalHold(TenantScoped, Base):
    """That data of a person, or one object, must not be deleted, whatever rules say."""

    __tablename__ = "legal_hold"
    __audit_content__ = False  # a person's address and what happened, though sealed
    __table_args__ = (Index("ix_legal_hold_tenant_id_kind", "tenant_id", "kind", "subject"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    token: Mapped[str] = mapped_column(String(32), doc="what its words are sealed for")
    kind: Mapped[str] = mapped_column(String(60), doc="person, or the object's table")
    subject: Mapped[str] = mapped_column(String(80), doc="keyed hash of the address, or an id")
    subject_account: Mapped[int | None] = mapped_column(doc="of a person who has an account")
    sealed_mail: Mapped[str | None] = mapped_column(String(500), doc="sealed; of a person")
    sealed_reason: Mapped[str | None] = mapped_column(Text, doc="sealed")
    until: Mapped[date | None] = mapped_column(doc="the last day; None: until it is lifted")
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="SET NULL"), doc="who placed it"
    )
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    lifted_at: Mapped[datetime | None]

    @property
    def context(self) -> str:
        """Return what its words are sealed for."""
        return f"hold:{self.token}"


class RetentionRun(TenantScoped, Base):
    """What one run of the retention rules has done."""

    __tablename__ = "retention_run"
    __audited__ = False  # a report; what it deletes is audited
    __table_args__ = (UniqueConstraint("tenant_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60), doc="the job's id: taken up again, it goes on")
    started_at: Mapped[datetime] = mapped_column(default=utcnow)
    finished_at: Mapped[datetime | None]
    results: Mapped[dict[str, Any]] = mapped_column(
        default=dict, doc="{rule: {days, erased, held, problem}}"
    )


class PrivacyCertificate(TenantScoped, Base):
    """The proof of an erasure, without a word of whom it was about."""

    __tablename__ = "privacy_certificate"
    __table_args__ = (UniqueConstraint("tenant_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20))
    person: Mapped[str] = mapped_column(String(64), doc="keyed hash of the mail address")
    account_id: Mapped[int | None] = mapped_column(
        ForeignKey("account.id", ondelete="SET NULL"), doc="who erased"
    )
    document: Mapped[dict[str, Any]] = mapped_column(default=dict)
    digest: Mapped[str] = mapped_column(String(64), doc="sha256 of the document, canonical JSON")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
