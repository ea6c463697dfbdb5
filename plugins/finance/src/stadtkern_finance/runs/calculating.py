"""What a year's tax comes to, account by account, and how it differs from the year before."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from stadtkern_finance.law.property_tax import property_tax
from stadtkern_finance.law.rounding import from_cents
from stadtkern_finance.models import Rate, TaxAccount
from stadtkern_finance.runs import prepaying, queries
from stadtkern_finance.runs.models import (
    ASSESSED,
    CHANGED,
    NEW,
    NO_BASE,
    NO_RATE,
    NONE_SET,
    PREPAYMENTS,
    PROPERTY,
    UNCHANGED,
    Run,
)
from stadtkern_finance.stock import queries as stocked
from stadtkern_finance.stock.rates import percent

BATCH = 500
"""Accounts of one transaction."""
TOP = 20
"""Differences that are listed."""


class Terms(NamedTuple):
    """What counts for a whole year: resolutions and the settings' rates."""

    year: int
    rates: Sequence[Rate]
    settings: Mapping[str, Any]
    kind: str = PROPERTY

    @classmethod
    def of(
        cls, session: Session, settings: Mapping[str, Any], year: int, kind: str = PROPERTY
    ) -> "Terms":
        """Return them as they stand."""
        return cls(year, stocked.rates(session), settings, kind)


def calculated(session: Session, terms: Terms, rows: Sequence[TaxAccount]) -> list[dict[str, Any]]:
    """Return the columns of run rows for accounts: one statement, however many."""
    if terms.kind == PREPAYMENTS:
        found = prepaying.of(session, rows, terms.year)
        return [
            prepaying.one(row, found[row.id], terms.year, terms.rates, terms.settings)
            for row in rows
        ]
    earlier = queries.assessed(session, [row.id for row in rows], terms.year - 1)
    return [one(row, terms, earlier) for row in rows]


def one(row: TaxAccount, terms: Terms, earlier: Mapping[int, int]) -> dict[str, Any]:
    """Return the columns of one account; ``earlier``: last year's assessments in cents."""
    last = row.amount_cent if row.year == terms.year - 1 else earlier.get(row.id)
    standing = row.amount_cent if row.year == terms.year else None
    rate = percent(row.tax_kind, terms.year, terms.rates, terms.settings)
    made: dict[str, Any] = {
        "account_id": row.id,
        "tax_kind": row.tax_kind,
        "messbetrag_cent": row.messbetrag_cent,
        "percent": rate,
        "amount_cent": None,
        "before_cent": last,
        "standing_cent": standing,
    }
    if row.messbetrag_cent is None:
        return made | {"outcome": NO_BASE}
    if rate is None:
        return made | {"outcome": NO_RATE}
    amount = in_cents(row.messbetrag_cent, rate)
    if standing == amount:
        outcome = ASSESSED
    elif last is None and standing is None:
        outcome = NEW
    else:
        outcome = UNCHANGED if amount == last and standing is None else CHANGED
    return made | {"amount_cent": amount, "outcome": outcome}


def in_cents(messbetrag_cent: int, rate: int) -> int:
    """Return the tax of a year in cents."""
    return int(property_tax(from_cents(messbetrag_cent), Decimal(rate)).result * 100)


@dataclass
class Summary:
    """A run in numbers: rows by outcome, sums in cents, what changes most."""

    year: int
    kind: str = PROPERTY
    numbers: dict[str, int] = field(default_factory=dict)
    before_cent: int = 0
    amount_cent: int = 0
    difference_cent: int = 0
    """Of the accounts that have both."""
    top: list[tuple[str, int, int]] = field(default_factory=list)
    """Kassenzeichen, last year's and this year's cents."""

    def add(self, kassenzeichen: str, made: Mapping[str, Any]) -> None:
        """Count one more row."""
        outcome, last, amount = made["outcome"], made["before_cent"], made["amount_cent"]
        self.numbers[outcome] = self.numbers.get(outcome, 0) + 1
        self.before_cent += last or 0
        self.amount_cent += amount or 0
        if last is not None and amount is not None and last != amount:
            self.difference_cent += amount - last
            self.top.append((kassenzeichen, last, amount))
            if len(self.top) > BATCH:
                self._shorten()

    def _shorten(self) -> None:
        self.top.sort(key=lambda one: -abs(one[2] - one[1]))
        del self.top[TOP:]

    def as_json(self) -> dict[str, Any]:
        """Return it for programs: euros as decimal strings."""
        self._shorten()
        return {
            "year": self.year,
            "kind": self.kind,
            "accounts": sum(self.numbers.values()),
            **{
                name: self.numbers.get(name, 0)
                for name in (UNCHANGED, CHANGED, NEW, ASSESSED, NO_RATE, NO_BASE, NONE_SET)
            },
            "before": str(from_cents(self.before_cent)),
            "amount": str(from_cents(self.amount_cent)),
            "difference": str(from_cents(self.difference_cent)),
            "top": [
                {
                    "kassenzeichen": name,
                    "before": str(from_cents(last)),
                    "amount": str(from_cents(amount)),
                    "difference": str(from_cents(amount - last)),
                }
                for name, last, amount in self.top
            ],
        }


def preview(session: Session, terms: Terms) -> Summary:
    """Work a year out without storing anything."""
    found = Summary(terms.year, terms.kind)
    for rows in _chunks(session, terms.kind):
        for row, made in zip(rows, calculated(session, terms, rows), strict=True):
            found.add(row.kassenzeichen, made)
        session.expunge_all()
    return found


def _chunks(session: Session, kind: str) -> Iterator[Sequence[TaxAccount]]:
    after = 0
    while rows := queries.objects(session, after, BATCH, kind):
        after = rows[-1].id
        yield rows


def summary(session: Session, run: Run) -> Summary:
    """Return a stored run in numbers: two statements."""
    found = Summary(run.year, run.kind)
    for row in queries.sums(session, run.id):
        found.numbers[row.outcome] = found.numbers.get(row.outcome, 0) + row.number
        found.before_cent += int(row.before)
        found.amount_cent += int(row.amount)
        found.difference_cent += int(row.change)
    found.top = [
        (account.kassenzeichen, row.before_cent, row.amount_cent)
        for row, account in queries.top(session, run.id, TOP)
    ]
    return found
