"""The council's resolutions on rates: which may be entered, and which may be taken back."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern_finance.i18n import _
from stadtkern_finance.law.rates import LOWEST_TRADE_HEBESATZ
from stadtkern_finance.models import Rate, StoredAssessment
from stadtkern_finance.records.schema import HIGHEST_HEBESATZ, PROPERTY_KINDS, TRADE
from stadtkern_finance.stock import queries
from stadtkern_finance.stock.rates import percent as in_force

TAXES = (*PROPERTY_KINDS, TRADE)
FIRST_YEAR, LAST_YEAR = 1995, 2099
LAST_DAY = (6, 30)
"""Month and day until which a resolution works back to 1 January."""


class ResolutionRefused(Exception):  # noqa: N818 - the word that people read
    """A resolution that the law does not allow; ``field`` is where, ``message`` why."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def too_late(first_year: int, resolved_on: date) -> bool:
    """Tell whether a resolution came after 30 June of the year that it is to begin in."""
    return resolved_on > date(first_year, *LAST_DAY)


def check(
    tax: str, first_year: int, percent: int, resolved_on: date | None, before: int | None
) -> None:
    """Refuse what § 25 (3) GrStG and § 16 (3) and (4) GewStG do not allow.

    ``before``: the rate of the year before. After 30 June a rate may still be kept or lowered for
    the same year, never raised.
    """
    lowest = LOWEST_TRADE_HEBESATZ if tax == TRADE else 0
    if not lowest <= percent <= HIGHEST_HEBESATZ:
        text = _(
            "The rate must be a whole number from ${low} to ${high}${law}.",
            mapping={
                "low": lowest,
                "high": HIGHEST_HEBESATZ,
                "law": " (§ 16 Abs. 4 GewStG)" if lowest else "",
            },
        )
        raise ResolutionRefused("percent", text)
    if resolved_on is None or not too_late(first_year, resolved_on):
        return
    if resolved_on.year > first_year or before is None or percent > before:
        text = _(
            "Resolved after 30 June ${year}: for ${year} the rate cannot be raised any more "
            "(${law}). Enter it from ${next} on.",
            mapping={
                "year": first_year,
                "next": max(first_year + 1, resolved_on.year),
                "law": "§ 16 Abs. 3 GewStG" if tax == TRADE else "§ 25 Abs. 3 GrStG",
            },
        )
        raise ResolutionRefused("resolved_on", text)


def resolve(
    session: Session,
    settings: Mapping[str, Any],
    *,
    tax: str,
    first_year: int,
    percent: int,
    resolved_on: date | None,
) -> bool:
    """Store a resolution; False where just this one stands already.

    ``ResolutionRefused`` for what the law forbids, and where another one stands for that year.
    """
    own = [row for row in queries.rates(session) if row.tax == tax]
    same = next((row for row in own if row.first_year == first_year), None)
    if same is not None:
        if same.percent == percent:
            return False
        text = _(
            "There is a resolution for this tax from ${year} on already: ${percent} %. Take it "
            "back first if it was a slip.",
            mapping={"year": first_year, "percent": same.percent},
        )
        raise ResolutionRefused("first_year", text)
    before = in_force(tax, first_year - 1, own, settings)
    check(tax, first_year, percent, resolved_on, before)
    session.add(Rate(tax=tax, first_year=first_year, percent=percent, resolved_on=resolved_on))
    session.flush()
    return True


def is_used(session: Session, row: Rate) -> bool:
    """Tell whether taxes were assessed by a resolution."""
    kinds = (row.tax, "gewerbesteuer_vorauszahlung") if row.tax == TRADE else (row.tax,)
    found = select(StoredAssessment.id).where(
        StoredAssessment.tax_kind.in_(kinds),
        StoredAssessment.year >= row.first_year,
        StoredAssessment.hebesatz == str(row.percent),
    )
    return session.scalar(found.limit(1)) is not None


def take_back(session: Session, number: int) -> Rate:
    """Delete a resolution by which nothing was assessed; ``LookupError`` if there is none."""
    row = session.scalar(select(Rate).where(Rate.id == number))
    if row is None:
        raise LookupError(number)
    if is_used(session, row):
        text = _(
            "Taxes were assessed by this resolution: it stays. Enter a new one for the year from "
            "which another rate counts."
        )
        raise ResolutionRefused("percent", text)
    session.delete(row)
    session.flush()
    return row
