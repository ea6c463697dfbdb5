"""Tables of the finance interface: accounts with their history, rates, assessments.

Cents are whole numbers; a record of the exchange room is named by its id only as long as it is
kept there.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from stadtkern.db import JSONBody, TenantScoped, UTCDateTime, metadata, utcnow


class Base(DeclarativeBase):
    """Base of the finance interface's tables."""

    metadata = metadata
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UTCDateTime,
        dict[str, Any]: JSONBody,
        list[Any]: JSONBody,
    }


class TaxAccount(TenantScoped, Base):
    """What is taxed, under the Kassenzeichen that the treasury knows it by."""

    __tablename__ = "finance_account"
    __audit_content__ = False  # names and addresses of owners
    __table_args__ = (
        UniqueConstraint("tenant_id", "kassenzeichen"),
        Index("ix_finance_account_tenant_id_number", "tenant_id", "number"),
        Index("ix_finance_account_tenant_id_place_key", "tenant_id", "place_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Not indexed by itself: the indexes above begin with it.
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    kassenzeichen: Mapped[str] = mapped_column(String(40))
    tax_kind: Mapped[str] = mapped_column(String(40))
    number: Mapped[str] = mapped_column(String(30), doc="file or tax number, digits only")
    place: Mapped[dict[str, Any]] = mapped_column(default=dict, doc="where the plot lies")
    place_key: Mapped[str] = mapped_column(String(200), default="", doc="the same, to compare")
    owners: Mapped[list[Any]] = mapped_column(default=list, doc="as in AssessmentRecord.parties")
    messbetrag_cent: Mapped[int | None] = mapped_column(BigInteger, doc="the last one booked")
    notice_date: Mapped[date | None] = mapped_column(doc="of the last notice booked")
    year: Mapped[int | None] = mapped_column(doc="of the last assessment")
    amount_cent: Mapped[int | None] = mapped_column(BigInteger, doc="tax of that year")
    changed_at: Mapped[datetime] = mapped_column(default=utcnow)


class AccountAlias(TenantScoped, Base):
    """A number that an account had before, or that others call it by."""

    __tablename__ = "finance_alias"
    __table_args__ = (UniqueConstraint("tenant_id", "number", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(
        ForeignKey("finance_account.id", ondelete="CASCADE"), index=True
    )
    number: Mapped[str] = mapped_column(String(30))
    until: Mapped[date | None] = mapped_column(doc="the day on which it was replaced")


class Rate(TenantScoped, Base):
    """A council's resolution: the Hebesatz of one tax from a year on.

    A year can have several, each resolved later than the one before: the last one counts.
    """

    __tablename__ = "finance_rate"
    __table_args__ = (UniqueConstraint("tenant_id", "tax", "first_year", "resolved_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    tax: Mapped[str] = mapped_column(String(40), doc="grundsteuer_a, _b, _c or gewerbesteuer")
    first_year: Mapped[int]
    percent: Mapped[int]
    resolved_on: Mapped[date | None] = mapped_column(doc="day of the resolution")


class StoredAssessment(TenantScoped, Base):
    """What a released notice came to; never changed, a correction is a further row."""

    __tablename__ = "finance_assessment"
    __table_args__ = (UniqueConstraint("tenant_id", "reference"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(
        ForeignKey("finance_account.id", ondelete="CASCADE"), index=True
    )
    reference: Mapped[str] = mapped_column(String(60), doc="of its dispatch: booked once")
    record_id: Mapped[int | None] = mapped_column(
        ForeignKey("exchange_record.id", ondelete="SET NULL"), index=True
    )
    tax_kind: Mapped[str] = mapped_column(String(40))
    year: Mapped[int | None]
    messbetrag_cent: Mapped[int] = mapped_column(BigInteger)
    hebesatz: Mapped[str] = mapped_column(String(10), doc="percent")
    amount_cent: Mapped[int] = mapped_column(BigInteger)
    before_cent: Mapped[int | None] = mapped_column(
        BigInteger, doc="what it replaces: reversed by as much, then booked anew"
    )
    instalments: Mapped[list[Any]] = mapped_column(default=list, doc="[amount, due day or null]")
    notice_date: Mapped[date | None]
    booked_at: Mapped[datetime] = mapped_column(default=utcnow)
