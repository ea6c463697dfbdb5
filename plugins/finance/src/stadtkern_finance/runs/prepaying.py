"""What the prepayments of trade tax of a year come to, account by account (§ 19 GewStG)."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from stadtkern_finance.law.rounding import from_cents
from stadtkern_finance.law.trade_tax import prepayment_basis, prepayments
from stadtkern_finance.models import Rate, TaxAccount
from stadtkern_finance.records.schema import PREPAYMENT, TRADE
from stadtkern_finance.runs.models import (
    ASSESSED,
    CHANGED,
    NEW,
    NO_BASE,
    NO_RATE,
    NONE_SET,
    UNCHANGED,
)
from stadtkern_finance.stock import queries as stocked
from stadtkern_finance.stock.rates import percent

STOCK = "stock"
"""Where a base amount comes from that no notice of ours tells."""
NAMES = {PREPAYMENT: "prepayment", TRADE: "tax"}
OWN = "run-"
"""Begins the reference of what a run has written: it is no notice of the tax office."""


class Facts(NamedTuple):
    """What an account's prepayments of a year rest on; cents."""

    messbetrag: int | None
    basis: str
    basis_year: int | None
    before: int | None
    """What was set for the year before, four prepayments together."""
    standing: int | None
    """What is set for this year already."""
    standing_basis: int | None
    """What that is four quarters of, not rounded."""


def set_for(basis_cent: int, year: int) -> int:
    """Return what four prepayments of a year come to: quarters in full euros, none below 50."""
    return _cents(from_cents(basis_cent), year)


def _cents(basis: Decimal, year: int) -> int:
    """Return four prepayments of a year in cents; ``basis`` is what they are quarters of."""
    return int(prepayments(basis, year).total * 100)


def facts(row: TaxAccount, year: int, known: Sequence[Any]) -> Facts:
    """Return what an account's prepayments rest on.

    The base amount that the tax office has set for the year's prepayments binds (§ 19 (3) sentence
    3 GewStG). Without one it is that of its latest notice for this or an earlier year, of a tax or
    of prepayments (§ 19 (2) GewStG: the last assessment), and without any notice that of the stock.
    ``known``: the account's assessments of trade tax in the order of their booking.
    """
    notices = [
        one
        for one in known
        if not one.reference.startswith(OWN) and (one.year is None or one.year <= year)
    ]
    latest = max(
        notices,
        key=lambda one: (
            one.tax_kind == PREPAYMENT and one.year == year,
            one.notice_date or date.min,
            one.id,
        ),
        default=None,
    )
    standing = _set_at(row, year, known)
    last = _set_at(row, year - 1, known)
    if latest is None:
        base = (row.messbetrag_cent, STOCK, row.year)
    else:
        base = (latest.messbetrag_cent, NAMES[latest.tax_kind], latest.year)
    return Facts(
        *base,
        None if last is None else set_for(last, year - 1),
        None if standing is None else set_for(standing, year),
        standing,
    )


def _set_at(row: TaxAccount, year: int, known: Sequence[Any]) -> int | None:
    """Return what the prepayments of a year are quarters of; the stock's word where it is ours."""
    for one in reversed(known):
        if one.tax_kind == PREPAYMENT and one.year == year:
            return int(one.amount_cent)
    return row.amount_cent if row.tax_kind == PREPAYMENT and row.year == year else None


def of(session: Session, rows: Sequence[TaxAccount], year: int) -> dict[int, Facts]:
    """Return the facts of accounts: one statement, however many."""
    known = stocked.trade_assessments(session, rows)
    return {row.id: facts(row, year, known.get(row.number or row.id, ())) for row in rows}


def one(
    row: TaxAccount, found: Facts, year: int, rates: Sequence[Rate], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the columns of one account: amounts are what the four prepayments come to."""
    rate = percent(PREPAYMENT, year, rates, settings)
    made: dict[str, Any] = {
        "account_id": row.id,
        "tax_kind": PREPAYMENT,
        "messbetrag_cent": found.messbetrag,
        "percent": rate,
        "amount_cent": None,
        "before_cent": found.before,
        "standing_cent": found.standing,
        "basis": found.basis,
        "basis_year": found.basis_year,
    }
    if found.messbetrag is None:
        return made | {"outcome": NO_BASE}
    if rate is None:
        return made | {"outcome": NO_RATE}
    basis = prepayment_basis(from_cents(found.messbetrag), Decimal(rate)).result
    amount = _cents(basis, year)
    return made | {"amount_cent": amount, "outcome": _outcome(amount, found)}


def _outcome(amount: int, found: Facts) -> str:
    if found.standing == amount:
        return ASSESSED
    if found.standing is not None:
        return CHANGED
    if not amount and not found.before:
        return NONE_SET
    if found.before is None:
        return NEW
    return UNCHANGED if amount == found.before else CHANGED
