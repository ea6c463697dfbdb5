"""Tables of the exchange room: what came in, what was found in it, released and sent on."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import Base, TenantScoped, utcnow

RECEIVED, STAGING, STAGED, REFUSED, FAILED = "received", "staging", "staged", "refused", "failed"
"""Of a delivery. ``refused``: it cannot be read as a whole; ``failed``: reading it broke."""
ENDED = (STAGED, REFUSED, FAILED)

OPEN, ASIDE, PROPOSED, RELEASED, DONE, REJECTED = (
    *("open", "aside", "proposed", "released", "done", "rejected"),
)
"""Of a record. ``aside``: not ours; ``rejected``: a person has said that it is not to go on."""

ERROR, WARNING, HINT = "error", "warning", "hint"
GREEN = "green"
"""In lists: neither an error nor a warning."""
WEIGHTS = {"": 0, HINT: 1, WARNING: 2, ERROR: 3}

VOID = "void"
"""Of a release: the record was changed after it."""
WAITING, SENT, DEAD = "waiting", "sent", "dead"
"""Of a dispatch. ``sent`` without a receipt: the target answers later."""
ACCEPTED = "accepted"
"""Of a receipt; else ``rejected``."""


class Delivery(TenantScoped, Base):
    """Bytes as they came, and how far reading them is. The bytes are never changed."""

    __tablename__ = "exchange_delivery"
    __table_args__ = (
        UniqueConstraint("tenant_id", "area", "sha"),
        Index("ix_exchange_delivery_tenant_id_state", "tenant_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    area: Mapped[str] = mapped_column(String(40))
    sha: Mapped[str] = mapped_column(String(64), doc="sha256 of the bytes")
    size: Mapped[int] = mapped_column(BigInteger, doc="bytes")
    name: Mapped[str] = mapped_column(String(200), doc="of the file, as its sender called it")
    source: Mapped[str] = mapped_column(String(40), doc="upload, command or a port's name")
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    format: Mapped[str | None] = mapped_column(String(60), doc="None until it was recognised")
    state: Mapped[str] = mapped_column(String(12), default=RECEIVED)
    staged: Mapped[int] = mapped_column(default=0, doc="records of it that were read so far")
    total: Mapped[int] = mapped_column(default=0, doc="as far as its format can tell beforehand")
    known: Mapped[int] = mapped_column(default=0, doc="records of it that were here already")
    unmapped: Mapped[int] = mapped_column(
        default=0, doc="records of it with elements that no mapping knows: has the format changed?"
    )
    reason: Mapped[dict[str, Any] | None] = mapped_column(doc="why and where it was refused")
    received_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
    staged_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None] = mapped_column(
        doc="when its source was told that it is here; after our commit"
    )


class Record(TenantScoped, Base):
    """One business fact of a delivery: as it was read, as it is understood, what it would do."""

    __tablename__ = "exchange_record"
    __audit_content__ = False  # facts about persons
    __table_args__ = (
        UniqueConstraint("tenant_id", "format", "key"),
        Index("ix_exchange_record_tenant_id_state_severity", "tenant_id", "state", "severity"),
        Index("ix_exchange_record_tenant_id_subject", "tenant_id", "subject"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Not indexed by itself: the indexes above begin with it.
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("exchange_delivery.id", ondelete="CASCADE"), index=True
    )
    area: Mapped[str] = mapped_column(String(40))
    format: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(160), doc="the same fact twice has the same key")
    entry: Mapped[str] = mapped_column(Text, doc="file within the delivery that it stands in")
    number: Mapped[int] = mapped_column(doc="its place in that file, from 1")
    kind: Mapped[str] = mapped_column(String(40), doc="a word of the format")
    subject: Mapped[str] = mapped_column(String(120), doc="what it is about, to be searched for")
    summary: Mapped[str] = mapped_column(String(300), doc="a line of the work list")
    state: Mapped[str] = mapped_column(String(12), default=OPEN)
    severity: Mapped[str] = mapped_column(String(8), default="", doc="the worst finding's")
    payload: Mapped[dict[str, Any]] = mapped_column(doc="canonical; corrected by people")
    content_hash: Mapped[str] = mapped_column(String(64), doc="of the payload as it was read")
    decisions: Mapped[dict[str, Any]] = mapped_column(default=dict, doc="what people chose")
    proposal: Mapped[dict[str, Any]] = mapped_column(default=dict, doc="what releasing it does")
    payload_hash: Mapped[str] = mapped_column(
        String(64), doc="of payload, decisions and proposal: what is released"
    )
    unmapped: Mapped[int] = mapped_column(default=0, doc="elements that no mapping knows, kept")
    edited_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    version: Mapped[int] = mapped_column(default=1, doc="who writes names the one that they saw")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    changed_at: Mapped[datetime] = mapped_column(default=utcnow)


class Finding(TenantScoped, Base):
    """Something about a record that a person should know: where, what, and a way to mend it."""

    __tablename__ = "exchange_finding"
    __audited__ = False  # worked out from the record, which is audited
    __table_args__ = (Index("ix_exchange_finding_tenant_id_code", "tenant_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    record_id: Mapped[int] = mapped_column(
        ForeignKey("exchange_record.id", ondelete="CASCADE"), index=True
    )
    severity: Mapped[str] = mapped_column(String(8))
    read: Mapped[bool] = mapped_column(doc="found while reading, else while checking")
    code: Mapped[str] = mapped_column(String(60))
    field: Mapped[str] = mapped_column(String(300))
    message: Mapped[dict[str, Any]] = mapped_column(doc="domain, text and values of a message")
    mends: Mapped[list[Any]] = mapped_column(default=list, doc="ways to mend it by one click")


class Batch(TenantScoped, Base):
    """Many records without a warning, proposed together; a sample of them is looked at."""

    __tablename__ = "exchange_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    area: Mapped[str] = mapped_column(String(40))
    size: Mapped[int]
    sample: Mapped[list[Any]] = mapped_column(doc="ids of records, drawn when it was proposed")
    state: Mapped[str] = mapped_column(String(12), default=PROPOSED)
    proposer_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    releaser_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    proposed_at: Mapped[datetime] = mapped_column(default=utcnow)
    decided_at: Mapped[datetime | None]


class Release(TenantScoped, Base):
    """That one person has proposed exactly this, and what another one has decided."""

    __tablename__ = "exchange_release"

    id: Mapped[int] = mapped_column(primary_key=True)
    record_id: Mapped[int] = mapped_column(
        ForeignKey("exchange_record.id", ondelete="CASCADE"), index=True
    )
    batch_id: Mapped[int | None] = mapped_column(
        ForeignKey("exchange_batch.id", ondelete="SET NULL"), index=True
    )
    payload_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12), default=PROPOSED)
    proposer_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    releaser_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    note: Mapped[str] = mapped_column(String(500), default="")
    proposed_at: Mapped[datetime] = mapped_column(default=utcnow)
    decided_at: Mapped[datetime | None]


class Dispatch(TenantScoped, Base):
    """A released record on its way to one target, and the target's receipt."""

    __tablename__ = "exchange_dispatch"
    __table_args__ = (
        UniqueConstraint("tenant_id", "record_id", "target", "payload_hash"),
        Index("ix_exchange_dispatch_tenant_id_target_state", "tenant_id", "target", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    record_id: Mapped[int] = mapped_column(
        ForeignKey("exchange_record.id", ondelete="CASCADE"), index=True
    )
    target: Mapped[str] = mapped_column(String(60))
    payload_hash: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(12), default=WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=utcnow)
    error: Mapped[str | None] = mapped_column(String(200), doc="class of the last error")
    receipt: Mapped[str | None] = mapped_column(String(12))
    reference: Mapped[str] = mapped_column(String(200), default="", doc="the target's own name")
    note: Mapped[str] = mapped_column(String(500), default="", doc="the target's reason")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    sent_at: Mapped[datetime | None]
    receipted_at: Mapped[datetime | None]
