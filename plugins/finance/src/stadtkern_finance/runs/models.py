"""Tables of annual runs."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import TenantScoped, utcnow
from stadtkern_finance.models import Base

CALCULATING, STOPPED, CALCULATED, PROPOSED, WRITING, DONE, DISCARDED = (
    *("calculating", "stopped", "calculated", "proposed", "writing", "done", "discarded"),
)
ENDED = (DONE, DISCARDED)

PROPERTY, PREPAYMENTS = "property", "prepayments"
"""What a run works out: a year's property tax, or its prepayments of trade tax."""

UNCHANGED, CHANGED, NEW, ASSESSED, NO_RATE, NO_BASE, NONE_SET = (
    *("unchanged", "changed", "new", "assessed", "no_rate", "no_base", "none_set"),
)
"""Of a row. ``new``: nothing to compare with; ``assessed``: this year's tax stands already;
``none_set``: prepayments would be too small, and there were none."""
TO_WRITE = (UNCHANGED, CHANGED, NEW)

WAITING, WRITTEN, OVERTAKEN = "waiting", "written", "overtaken"
"""Of a row's writing. ``overtaken``: the account was changed after it was worked out."""


class Run(TenantScoped, Base):
    """One annual run: how far it is, who started, proposed and released it."""

    __tablename__ = "finance_run"
    __table_args__ = (
        UniqueConstraint("tenant_id", "open_year"),
        Index(
            "ix_finance_run_tenant_id_open_prepayments",
            "tenant_id",
            "open_prepayments",
            unique=True,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    year: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12), default=PROPERTY)
    open_year: Mapped[int | None] = mapped_column(
        doc="of property tax: the year until it has ended, one at a time"
    )
    open_prepayments: Mapped[int | None] = mapped_column(doc="the same, of prepayments")
    state: Mapped[str] = mapped_column(String(12), default=CALCULATING)
    after: Mapped[int] = mapped_column(default=0, doc="the last account that was worked out")
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    written_after: Mapped[int] = mapped_column(default=0, doc="the last account that was written")
    written: Mapped[int] = mapped_column(default=0)
    overtaken: Mapped[int] = mapped_column(default=0)
    rows_hash: Mapped[str] = mapped_column(String(64), default="", doc="what is released")
    started_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    released_by: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    started_at: Mapped[datetime] = mapped_column(default=utcnow)
    released_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    def open(self) -> None:
        """Take the year's place, so that no other run of its kind begins."""
        if self.kind == PREPAYMENTS:
            self.open_prepayments = self.year
        else:
            self.open_year = self.year

    def end(self, state: str) -> None:
        """Note that it has ended, and make room for another one of its year."""
        self.state, self.ended_at = state, utcnow()
        self.open_year = self.open_prepayments = None


class RunRow(TenantScoped, Base):
    """One account of a run: what its tax of the year comes to, beside what it was."""

    __tablename__ = "finance_run_row"
    __audited__ = False  # worked out from accounts and rates; the run is audited
    __table_args__ = (UniqueConstraint("run_id", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("finance_run.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(
        ForeignKey("finance_account.id", ondelete="CASCADE"), index=True
    )
    tax_kind: Mapped[str] = mapped_column(String(40))
    messbetrag_cent: Mapped[int | None] = mapped_column(BigInteger)
    percent: Mapped[int | None]
    amount_cent: Mapped[int | None] = mapped_column(BigInteger, doc="tax of the year")
    before_cent: Mapped[int | None] = mapped_column(BigInteger, doc="tax of the year before")
    standing_cent: Mapped[int | None] = mapped_column(
        BigInteger, doc="tax of this year that stands already and is replaced"
    )
    basis: Mapped[str] = mapped_column(
        String(12), default="", doc="of prepayments: prepayment, tax or stock"
    )
    basis_year: Mapped[int | None] = mapped_column(doc="the year of that notice")
    outcome: Mapped[str] = mapped_column(String(12))
    writing: Mapped[str] = mapped_column(String(12), default=WAITING)
