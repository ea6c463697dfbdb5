"""What was due and paid on a trade tax before its notice, as far as the house's books tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern_finance.issuing.models import StoredNotice
from stadtkern_finance.law.deadlines import month_after
from stadtkern_finance.law.instalments import ZERO
from stadtkern_finance.law.rounding import from_cents
from stadtkern_finance.law.settlement import MONTH_LAW
from stadtkern_finance.law.wording import plain
from stadtkern_finance.models import StoredAssessment, TaxAccount
from stadtkern_finance.records.schema import PREPAYMENT, TRADE
from stadtkern_finance.stock import queries as stocked


@dataclass(frozen=True, slots=True)
class Figures:
    """Euros that were due and count as paid, each with the steps that say where it came from."""

    due: Decimal
    paid: Decimal
    origin: tuple[tuple[str, tuple[str, ...], str], ...]


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was set and assessed for an account and year before, as booked here."""

    prepayments: tuple[tuple[Decimal, date | None], ...]
    tax: Decimal | None = None
    """Of an earlier notice of the tax itself."""
    tax_due: date | None = None
    """When that was due in full; None where no notice of it was made."""

    @property
    def set(self) -> Decimal:
        """Return the prepayments of the year together."""
        return sum((amount for amount, _due in self.prepayments), ZERO)

    def is_sure(self, day: date) -> bool:
        """Tell whether the books leave no doubt: an earlier tax was due by then, or there is none.

        One whose notice is on its way, or was never made, may be paid in part: a clerk must say.
        """
        return self.tax is None or (self.tax_due is not None and self.tax_due <= day)

    def until(self, day: date) -> Figures:
        """Return what was due until a notice is announced on a day.

        What was paid only the treasury's program knows. All that was due counts as paid: where it
        was not, the arrears stay due by the notices that they were asked for with.
        """
        due = sum((one for one, on in self.prepayments if on is not None and on <= day), ZERO)
        origin: list[tuple[str, tuple[str, ...], str]] = []
        if self.prepayments:
            values = (plain(self.set), day.isoformat())
            origin.append(("known_due", values, plain(due)))
        if self.tax is not None and self.tax_due is not None and self.tax_due <= day:
            due = self.tax
            origin.append(("known_earlier", (self.tax_due.isoformat(),), plain(due)))
        origin.append(("known_paid", (), plain(due)))
        return Figures(due, due, tuple(origin))


def known(
    session: Session, rows: Sequence[tuple[StoredAssessment, TaxAccount]]
) -> dict[int, Earlier]:
    """Return by assessment of trade tax what was booked for its year before.

    Two statements, however many; an assessment that nothing was booked before is left out.
    """
    wanted = [(one, account) for one, account in rows if one.tax_kind == TRADE]
    if not wanted:
        return {}
    booked = stocked.trade_assessments(session, [account for _one, account in wanted])
    earlier = {
        one.id: [
            other
            for other in booked.get(account.number or account.id, ())
            if other.id < one.id and other.year == one.year
        ]
        for one, account in wanted
    }
    taxes = {other.id for others in earlier.values() for other in others if other.tax_kind == TRADE}
    days = _due_days(session, taxes)
    return {number: _earlier(others, days) for number, others in earlier.items() if others}


def _due_days(session: Session, assessments: set[int]) -> dict[int, date]:
    """Return when the taxes of earlier notices were due: a month after their announcement."""
    if not assessments:
        return {}
    rows = session.execute(
        select(StoredNotice.assessment_id, StoredNotice.announced_at, StoredNotice.facts).where(
            StoredNotice.assessment_id.in_(assessments)
        )
    )
    return {
        row.assessment_id: month_after(day, MONTH_LAW).day
        for row in rows
        if (day := _announced(row)) is not None
    }


def _announced(row: Any) -> date | None:
    told: date | None = row.announced_at
    text = (row.facts.get("beside") or {}).get("announced_at")
    return told if told is not None or text is None else date.fromisoformat(text)


def _earlier(others: Sequence[StoredAssessment], days: Mapping[int, date]) -> Earlier:
    parts: tuple[tuple[Decimal, date | None], ...] = ()
    tax, due = None, None
    for one in others:
        if one.tax_kind == PREPAYMENT:
            parts = tuple(
                (Decimal(amount), None if day is None else date.fromisoformat(day))
                for amount, day in one.instalments
            )
        else:
            tax, due = from_cents(one.amount_cent), days.get(one.id)
    return Earlier(parts, tax, due)
