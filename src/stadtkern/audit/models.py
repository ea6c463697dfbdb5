"""Entries, and the chain of seals over them. Both are only ever added to (``APPEND_ONLY``)."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import Base, TenantScoped

COUNT = BigInteger().with_variant(Integer(), "sqlite")
"""Counts up for as long as the installation lives; SQLite counts only plain integers by itself."""


class AuditEntry(TenantScoped, Base):
    """That somebody did something to an object. No foreign keys: entries outlive what they name."""

    __tablename__ = "audit_entry"
    __audited__ = False  # it is the audit
    __table_args__ = (
        Index("ix_audit_entry_tenant_id_at", "tenant_id", "at"),
        Index("ix_audit_entry_tenant_id_kind_subject", "tenant_id", "kind", "subject"),
        Index("ix_audit_entry_tenant_id_actor_id", "tenant_id", "actor_id"),
    )

    id: Mapped[int] = mapped_column(COUNT, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(doc="account; None: a visitor, a job, a command")
    origin: Mapped[str] = mapped_column(String(16), doc="web, job or command")
    deed: Mapped[str] = mapped_column(String(60), doc="<kind>.<verb>")
    kind: Mapped[str] = mapped_column(String(60), doc="table, or what the deed is about")
    subject: Mapped[str] = mapped_column(String(80), doc="id of the object; * for a bulk statement")
    content: Mapped[str | None] = mapped_column(String(64), doc="sha256 of the content afterwards")


class AuditSeal(TenantScoped, Base):
    """One link of a tenant's chain: the hash over the link before and one entry."""

    __tablename__ = "audit_seal"
    __audited__ = False  # it is the audit
    __table_args__ = (Index("uq_audit_seal_entry_id", "entry_id", unique=True),)

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(COUNT, primary_key=True, doc="1, 2, 3 … without gaps")
    entry_id: Mapped[int] = mapped_column(COUNT)
    sealed_at: Mapped[datetime]
    hash: Mapped[str] = mapped_column(String(64))
