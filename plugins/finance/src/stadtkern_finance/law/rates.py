"""Rates, limits and days that laws set, each with the time for which it holds and its source.

A change of law is a new row, never a changed one: what was calculated must come out again.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")


class Dated(NamedTuple, Generic[Value]):
    """One value, the first day on which it holds, and the paragraph that says so."""

    since: date
    value: Value
    source: str


class RateUnknown(ValueError):  # noqa: N818  # a refusal in the words of the table
    """A day lies before all that a table knows; ``since`` is its first day."""

    def __init__(self, since: date) -> None:
        super().__init__(since.isoformat())
        self.since = since


def in_force(table: Sequence[Dated[Value]], day: date) -> Dated[Value]:
    """Return the row of ``table`` (oldest first) that holds on ``day``; raise RateUnknown."""
    for row in reversed(table):
        if row.since <= day:
            return row
    raise RateUnknown(table[0].since)


INTEREST_PERCENT = (
    Dated(date(2002, 1, 1), Decimal("0.5"), "§ 238 Abs. 1 Satz 1 AO"),
    Dated(date(2019, 1, 1), Decimal("0.15"), "§ 238 Abs. 1a AO"),
)
"""Percent for each full month of interest on arrears and refunds (§ 233a AO)."""

INTEREST_START = {
    2019: (date(2021, 10, 1), "Art. 97 § 36 EGAO"),
    2020: (date(2022, 10, 1), "Art. 97 § 36 EGAO"),
    2021: (date(2023, 10, 1), "Art. 97 § 36 EGAO"),
    2022: (date(2024, 9, 1), "Art. 97 § 36 EGAO"),
    2023: (date(2025, 7, 1), "Art. 97 § 36 EGAO"),
    2024: (date(2026, 6, 1), "Art. 97 § 36 EGAO"),
}
"""First day of interest by year of the tax, where it is not 1 April of the second year after."""

INTEREST_MINIMUM = Decimal(10)
"""Euros; less is not fixed (§ 239 (2) sentence 2 AO)."""

SURCHARGE_PERCENT = (Dated(date(2004, 1, 1), Decimal(1), "§ 240 Abs. 1 Satz 1 AO"),)
"""Percent for each month begun; before 2004 the days of grace were others."""

GRACE_DAYS = 3
"""§ 240 (3) sentence 1 AO since 1 January 2004."""

LETTER_DAYS = (
    Dated(date(2002, 1, 1), 3, "§ 122 Abs. 2 Nr. 1 AO a. F."),
    Dated(date(2025, 1, 1), 4, "§ 122 Abs. 2 Nr. 1 AO"),
)
"""Days after posting on which a letter counts as announced, by the day of posting."""

CONSENT_DAYS = (
    Dated(date(2017, 1, 1), 3, "§ 122a Abs. 4 AO a. F."),
    Dated(date(2025, 1, 1), 4, "§ 122a Abs. 4 AO"),
)
"""Days after the message that a notice is ready, where the taxpayer has agreed to such notices."""

RULE_DAYS = (Dated(date(2027, 1, 1), 4, "§ 122a Abs. 4 AO in der ab 2027 geltenden Fassung"),)
"""Days after a notice was provided, where electronic notices are the rule."""

TRADE_RATE_PERCENT = Decimal("3.5")
"""Steuermesszahl (§ 11 (2) GewStG) since 2008."""

TRADE_ALLOWANCE = {"person": Decimal(24_500), "body": Decimal(5_000), "company": Decimal(0)}
"""Euros (§ 11 (1) sentence 3 GewStG): natural persons and partnerships; certain bodies; others."""

PREPAYMENT_MINIMUM = Decimal(50)
"""Euros a quarter; less is not fixed (§ 19 (5) sentence 2 GewStG)."""

LOWEST_TRADE_HEBESATZ = 200
"""Percent (§ 16 (4) sentence 2 GewStG)."""

QUARTER_DAYS = ((2, 15), (5, 15), (8, 15), (11, 15))
"""Month and day (§ 28 (1) GrStG, § 19 (1) sentence 1 GewStG)."""

WHOLE_YEAR_LIMIT = Decimal(15)
"""Euros; up to here a town may ask for the year's tax on 15 August (§ 28 (2) no. 1 GrStG)."""

HALF_YEAR_LIMIT = Decimal(30)
"""Euros; up to here it may ask for halves in February and August (§ 28 (2) no. 2 GrStG)."""
