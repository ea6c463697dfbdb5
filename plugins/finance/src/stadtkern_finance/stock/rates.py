"""Hebesätze: resolutions of the council by tax and year."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from stadtkern_finance.models import Rate

SETTING = {
    "grundsteuer_a": "rate_a",
    "grundsteuer_b": "rate_b",
    "gewerbesteuer": "rate_trade",
}
PREPAYMENT, TRADE = "gewerbesteuer_vorauszahlung", "gewerbesteuer"


def order(row: Rate) -> tuple[int, date]:
    """Return by what resolutions on one tax follow each other."""
    return row.first_year, row.resolved_on or date.min


def percent(
    tax_kind: str, year: int, resolutions: Sequence[Rate], settings: Mapping[str, Any]
) -> int | None:
    """Return the rate in force in a year; None where the council has set none.

    The newest resolution that begins in the year or before counts, of several for one first year
    the one that was resolved last; where there is none for the tax, the settings' rate from the
    day on that they name.
    """
    tax = TRADE if tax_kind == PREPAYMENT else tax_kind
    own = [row for row in resolutions if row.tax == tax]
    found = max((row for row in own if row.first_year <= year), key=order, default=None)
    if found is not None or own:
        return None if found is None else found.percent
    since = settings.get("rates_valid_from")
    if since is not None and date(year, 1, 1) < _as_day(since):
        return None
    value = settings.get(SETTING.get(tax, ""))
    return int(value) if value else None


def _as_day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
