"""What another rate would bring, worked out over all accounts by the database. Changes nothing."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from stadtkern_finance.i18n import _
from stadtkern_finance.law.rates import LOWEST_TRADE_HEBESATZ
from stadtkern_finance.models import TaxAccount
from stadtkern_finance.records.schema import (
    HIGHEST_HEBESATZ,
    PREPAYMENT,
    PROPERTY_KINDS,
    TRADE,
)
from stadtkern_finance.stock import queries
from stadtkern_finance.stock.rates import percent as in_force

TAXES = (*PROPERTY_KINDS, TRADE)
EDGES = (0, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000)
"""Cents by which a year's tax changes: the upper ends of the classes; the last is open."""


class NoRate(Exception):  # noqa: N818 - what is missing
    """No rate is in force in the year: there is nothing to compare with."""

    def __init__(self, year: int) -> None:
        super().__init__(year)
        self.message = _(
            "No rate (Hebesatz) is in force for this tax in ${year}. Please enter the council's "
            "resolution first.",
            mapping={"year": year},
        )


class Class(NamedTuple):
    """Accounts whose tax changes by about as much.

    More than ``over`` cents and up to ``up_to`` cents (None: open), whatever the direction.
    """

    over: int
    up_to: int | None
    accounts: int
    today_cent: int
    simulated_cent: int

    @property
    def difference_cent(self) -> int:
        """Return by how much the class changes together."""
        return self.simulated_cent - self.today_cent


class Neutral(NamedTuple):
    """The whole rate that comes nearest to a revenue, and what it brings."""

    target_cent: int
    percent: int
    amount_cent: int

    @property
    def difference_cent(self) -> int:
        """Return what it brings more or less than wanted."""
        return self.amount_cent - self.target_cent


class Simulation(NamedTuple):
    """A tax at the rate in force and at another one; cents."""

    tax: str
    year: int
    percent_today: int
    percent: int
    accounts: int
    left_out: int
    """Accounts without a base amount."""
    messbetrag_cent: int
    today_cent: int
    simulated_cent: int
    assessed_cent: int
    """What the accounts were assessed at last."""
    classes: tuple[Class, ...]
    neutral: Neutral | None

    @property
    def difference_cent(self) -> int:
        """Return what the other rate brings more or less."""
        return self.simulated_cent - self.today_cent

    def as_json(self) -> dict[str, Any]:
        """Return it for programs: euros as decimal strings."""
        made: dict[str, Any] = {
            "tax": self.tax,
            "year": self.year,
            "percent_today": self.percent_today,
            "percent": self.percent,
            "accounts": self.accounts,
            "left_out": self.left_out,
            "messbetrag": plain(self.messbetrag_cent),
            "today": plain(self.today_cent),
            "simulated": plain(self.simulated_cent),
            "difference": plain(self.difference_cent),
            "classes": [
                {
                    "over": plain(one.over),
                    "up_to": None if one.up_to is None else plain(one.up_to),
                    "accounts": one.accounts,
                    "today": plain(one.today_cent),
                    "simulated": plain(one.simulated_cent),
                    "difference": plain(one.difference_cent),
                }
                for one in self.classes
            ],
            "neutral": None,
        }
        if self.neutral is not None:
            made["neutral"] = {
                "revenue": plain(self.neutral.target_cent),
                "percent": self.neutral.percent,
                "amount": plain(self.neutral.amount_cent),
                "difference": plain(self.neutral.difference_cent),
            }
        return made


def plain(cents: int) -> str:
    """Return cents as a decimal string in euros."""
    return str(Decimal(cents).scaleb(-2))


def kinds_of(tax: str) -> tuple[str, ...]:
    """Return the kinds of accounts that a tax's rate counts for."""
    return (TRADE, PREPAYMENT) if tax == TRADE else (tax,)


def lowest(tax: str) -> int:
    """Return the least rate that the law allows."""
    return LOWEST_TRADE_HEBESATZ if tax == TRADE else 0


def _taxed(percent: int) -> Any:
    """Return base amount times rate in cents as SQL, half a cent rounded up, as ``to_cents``."""
    return (TaxAccount.messbetrag_cent * percent + 50) // 100


def _of(tax: str) -> tuple[Any, ...]:
    return (TaxAccount.tax_kind.in_(kinds_of(tax)), TaxAccount.messbetrag_cent >= 0)


def revenue(session: Session, tax: str, percent: int) -> int:
    """Return what a rate brings over all accounts of a tax, in cents."""
    return int(session.scalar(select(func.sum(_taxed(percent))).where(*_of(tax))) or 0)


def neutral(session: Session, tax: str, target_cent: int) -> Neutral:
    """Return the whole rate whose revenue is nearest to a target; of two alike the lower one.

    Revenue never falls as the rate rises: found by halving, some fifteen statements.
    """
    low, high = lowest(tax), HIGHEST_HEBESATZ
    while low < high:
        middle = (low + high) // 2
        if revenue(session, tax, middle) >= target_cent:
            high = middle
        else:
            low = middle + 1
    above = Neutral(target_cent, low, revenue(session, tax, low))
    if low == lowest(tax):
        return above
    below = Neutral(target_cent, low - 1, revenue(session, tax, low - 1))
    return min(below, above, key=lambda one: abs(one.difference_cent))


def simulate(
    session: Session,
    settings: Mapping[str, Any],
    tax: str,
    percent: int,
    *,
    year: int,
    target_cent: int | None = None,
) -> Simulation:
    """Compare a rate with the one in force in a year, over all accounts of a tax.

    ``target_cent``: the revenue to which the neutral rate is looked for; else what the accounts
    were assessed at last. Prepayments of trade tax count with base amount times rate, before they
    are rounded to quarters. ``NoRate`` where none is in force.
    """
    today = in_force(tax, year, queries.rates(session), settings)
    if today is None:
        raise NoRate(year)
    before, after = _taxed(today), _taxed(percent)
    place = case(*((func.abs(after - before) <= edge, n) for n, edge in enumerate(EDGES)), else_=-1)
    rows = session.execute(
        select(
            place.label("class_"),
            func.count().label("accounts"),
            func.sum(TaxAccount.messbetrag_cent).label("messbetrag"),
            func.sum(before).label("today"),
            func.sum(after).label("simulated"),
            func.sum(TaxAccount.amount_cent).label("assessed"),
        )
        .where(*_of(tax))
        .group_by("class_")
    ).all()
    whole = session.scalar(
        select(func.count(TaxAccount.id)).where(TaxAccount.tax_kind.in_(kinds_of(tax)))
    )
    accounts = sum(row.accounts for row in rows)
    assessed = sum(int(row.assessed or 0) for row in rows)
    target = assessed if target_cent is None else target_cent
    return Simulation(
        tax,
        year,
        today,
        percent,
        accounts,
        (whole or 0) - accounts,
        sum(int(row.messbetrag) for row in rows),
        sum(int(row.today) for row in rows),
        sum(int(row.simulated) for row in rows),
        assessed,
        _classes(rows),
        neutral(session, tax, target) if target and accounts else None,
    )


def _classes(rows: Sequence[Any]) -> tuple[Class, ...]:
    """Return all classes from the first to the last that has accounts."""
    found = {row.class_ % (len(EDGES) + 1): row for row in rows}
    made = []
    for place in range(max(found, default=-1) + 1):
        row = found.get(place)
        made.append(
            Class(
                0 if place == 0 else EDGES[place - 1],
                EDGES[place] if place < len(EDGES) else None,
                0 if row is None else row.accounts,
                0 if row is None else int(row.today),
                0 if row is None else int(row.simulated),
            )
        )
    return tuple(made)
