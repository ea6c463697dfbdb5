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
from stadtkern_finance.stock.rates import order
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
    """Tell whether a resolution came after 30 June of the year that it is to begin in.

    § 25 (3) sentence 1 GrStG, § 16 (3) sentence 1 GewStG: a rate is fixed or changed until 30 June
    of a calendar year with effect from that year's beginning. 30 June itself is in time.
    """
    return resolved_on > date(first_year, *LAST_DAY)


def check(
    tax: str, first_year: int, percent: int, resolved_on: date | None, before: int | None
) -> None:
    """Refuse what § 25 (3) GrStG and § 16 (3) and (4) GewStG do not allow.

    ``before``: the rate as it was fixed last, for the same year or an earlier one. After 30 June a
    rate may still be fixed for the same year where it does not exceed that (sentence 2 of both);
    once the year is over it may not be fixed at all. Whether a raise came in time only its day
    tells: without the day it is refused.
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
    law = "§ 16 Abs. 3 GewStG" if tax == TRADE else "§ 25 Abs. 3 GrStG"
    raised = before is not None and percent > before
    if resolved_on is None:
        if raised:
            text = _(
                "The rate is raised: enter the day of the resolution. A raise counts only if it "
                "was resolved until 30 June (${law}).",
                mapping={"law": law},
            )
            raise ResolutionRefused("resolved_on", text)
        return
    if not too_late(first_year, resolved_on):
        return
    if resolved_on.year > first_year:
        text = _(
            "Resolved when ${year} was over: a rate is fixed within the year that it begins in "
            "(${law}). Enter it from ${next} on.",
            mapping={"year": first_year, "next": resolved_on.year, "law": law},
        )
        raise ResolutionRefused("resolved_on", text)
    if before is None or raised:
        text = _(
            "Resolved after 30 June ${year}: for ${year} the rate cannot be raised any more "
            "(${law}). Enter it from ${next} on.",
            mapping={"year": first_year, "next": first_year + 1, "law": law},
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

    A year can have a further one that was resolved later: it counts, and what it may be follows
    from the one before. ``ResolutionRefused`` for what the law forbids, and for one that was not
    resolved later than the one that stands.
    """
    own = [row for row in queries.rates(session) if row.tax == tax]
    same = max((row for row in own if row.first_year == first_year), key=order, default=None)
    if same is not None:
        if same.percent == percent:
            return False
        if resolved_on is None or resolved_on <= (same.resolved_on or date.min):
            text = _(
                "There is a resolution for this tax from ${year} on already: ${percent} %. A "
                "further one for the same year needs a later day; take the other back first if it "
                "was a slip.",
                mapping={"year": first_year, "percent": same.percent},
            )
            raise ResolutionRefused("first_year", text)
    before = in_force(tax, first_year, own, settings)
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
