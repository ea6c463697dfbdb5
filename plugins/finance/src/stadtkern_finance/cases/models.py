"""Tables of what clerks keep beside accounts, and of who stands in for whom."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import TenantScoped, utcnow
from stadtkern_finance.models import Base

OPEN, GRANTED, REJECTED, WITHDRAWN = "open", "granted", "rejected", "withdrawn"
"""Of an objection."""
DECISIONS = (GRANTED, REJECTED, WITHDRAWN)


def _account() -> Mapped[int]:
    key = ForeignKey("finance_account.id", ondelete="CASCADE")
    return mapped_column(key, index=True)


def _person(**kw: Any) -> Mapped[int | None]:
    return mapped_column(ForeignKey("account.id", ondelete="SET NULL"), **kw)


class Note(TenantScoped, Base):
    """Words about an account."""

    __tablename__ = "finance_note"
    __audit_content__ = False  # facts about persons

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = _account()
    text: Mapped[str] = mapped_column(String(2_000))
    author_id: Mapped[int | None] = _person()
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class FollowUp(TenantScoped, Base):
    """Wiedervorlage: what somebody has to look at again on a day."""

    __tablename__ = "finance_follow_up"
    __audit_content__ = False  # facts about persons
    __table_args__ = (Index("ix_finance_follow_up_tenant_id_day", "tenant_id", "done_at", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    account_id: Mapped[int] = _account()
    day: Mapped[date]
    text: Mapped[str] = mapped_column(String(500))
    person_id: Mapped[int | None] = _person(doc="whose it is; null: everybody's")
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = _person()
    instead_of: Mapped[int | None] = _person(doc="in whose name it was done by a deputy")


class OwnerChange(TenantScoped, Base):
    """That an object has other owners from a day on; both are kept."""

    __tablename__ = "finance_owner_change"
    __audit_content__ = False  # names and addresses of owners

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = _account()
    day: Mapped[date]
    first_year: Mapped[int] = mapped_column(doc="whose tax the new owners owe (§§ 9, 10 GrStG)")
    before: Mapped[list[Any]]
    after: Mapped[list[Any]]
    applied_at: Mapped[datetime | None]
    created_by: Mapped[int | None] = _person()
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Objection(TenantScoped, Base):
    """Widerspruch: when it came, whether in time, what was decided."""

    __tablename__ = "finance_objection"
    __audit_content__ = False  # facts about persons

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = _account()
    posted_on: Mapped[date] = mapped_column(doc="when the notice was posted")
    until: Mapped[date] = mapped_column(doc="the last day for it, worked out from that")
    received_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(12), default=OPEN)
    decision: Mapped[str] = mapped_column(String(2_000), default="")
    decided_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    @property
    def late(self) -> bool:
        """Return whether it came after the last day."""
        return self.received_on > self.until


class Suspension(TenantScoped, Base):
    """Aussetzung der Vollziehung: an amount that is not collected for some time."""

    __tablename__ = "finance_suspension"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = _account()
    amount_cent: Mapped[int] = mapped_column(BigInteger)
    first_day: Mapped[date]
    last_day: Mapped[date | None] = mapped_column(doc="null: until it is lifted")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Deputy(TenantScoped, Base):
    """That somebody stands in for somebody else for some days."""

    __tablename__ = "finance_deputy"
    __table_args__ = (Index("ix_finance_deputy_tenant_id_deputy_id", "tenant_id", "deputy_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    deputy_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    first_day: Mapped[date]
    last_day: Mapped[date]


class ReleaseLimit(TenantScoped, Base):
    """Up to which tax of a year a person may release, or a role; without both: all others."""

    __tablename__ = "finance_release_limit"
    __table_args__ = (
        UniqueConstraint("tenant_id", "person_id"),
        UniqueConstraint("tenant_id", "role"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    role: Mapped[str | None] = mapped_column(String(60))
    cents: Mapped[int | None] = mapped_column(BigInteger, doc="null: without a limit")
