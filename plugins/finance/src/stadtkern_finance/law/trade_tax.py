"""Trade tax (Gewerbesteuer): base amount, tax and prepayments (§§ 11, 16, 19 GewStG)."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from stadtkern_finance.i18n import _
from stadtkern_finance.law.explanation import Rule, Step
from stadtkern_finance.law.instalments import ZERO, Schedule, days, scheduled
from stadtkern_finance.law.periods import months_after
from stadtkern_finance.law.property_tax import multiplied
from stadtkern_finance.law.rates import PREPAYMENT_MINIMUM, TRADE_ALLOWANCE, TRADE_RATE_PERCENT
from stadtkern_finance.law.rounding import Rounding, down_to
from stadtkern_finance.law.wording import Fact

TAX = Rule(
    "trade_tax.tax",
    _("Trade tax: base amount ${messbetrag} × rate ${hebesatz} = ${result}"),
    "messbetrag × hebesatz ÷ 100",
    "§ 16 Abs. 1 GewStG",
    (("messbetrag", Fact.MONEY), ("hebesatz", Fact.PERCENT)),
)
PREPAYMENT_YEAR = Rule(
    "trade_tax.prepayment_year",
    _("Basis of the prepayments: base amount ${messbetrag} × rate ${hebesatz} = ${result}"),
    "messbetrag × hebesatz ÷ 100",
    "§ 19 Abs. 2 und 3 GewStG",
    (("messbetrag", Fact.MONEY), ("hebesatz", Fact.PERCENT)),
)
QUARTER = Rule(
    "trade_tax.prepayment_quarter",
    _("Each prepayment is a quarter of ${tax}: ${result}"),
    "tax ÷ 4",
    "§ 19 Abs. 2 und 5 GewStG",
    (("tax", Fact.MONEY),),
)
TOO_SMALL = Rule(
    "trade_tax.prepayment_too_small",
    _("A quarter of ${quarter} is below ${minimum}: no prepayments are set, ${result}"),
    "",
    "§ 19 Abs. 5 Satz 2 GewStG",
    (("quarter", Fact.MONEY), ("minimum", Fact.MONEY)),
)
PREPAYMENTS = Rule(
    "trade_tax.prepayments",
    _(
        "Of ${tax}, four prepayments of ${first} on 15 February, 15 May, 15 August and "
        "15 November; with the last of ${last} together ${result}"
    ),
    "",
    "§ 19 Abs. 1 GewStG",
    (("tax", Fact.MONEY), ("first", Fact.MONEY), ("last", Fact.MONEY)),
)
ROUNDED_PROFIT = Rule(
    "trade_tax.rounded_profit",
    _("Trade profit of ${profit}, rounded: ${result}"),
    "profit",
    "§ 11 Abs. 1 Satz 3 GewStG",
    (("profit", Fact.MONEY),),
)
ALLOWANCE = Rule(
    "trade_tax.allowance",
    _("Less the allowance of ${allowance}, to zero at most: ${rounded} leaves ${result}"),
    "max(rounded − allowance, 0)",
    "§ 11 Abs. 1 Satz 3 GewStG",
    (("rounded", Fact.MONEY), ("allowance", Fact.MONEY)),
)
MESSBETRAG = Rule(
    "trade_tax.messbetrag",
    _("Base amount: ${taxable} × ${percent} = ${result}"),
    "taxable × percent ÷ 100",
    "§ 11 Abs. 2, § 14 GewStG",
    (("taxable", Fact.MONEY), ("percent", Fact.PERCENT)),
)

_QUARTERS = 4
_ADAPTATION_MONTHS = 15


class Form(StrEnum):
    """What decides on the allowance (§ 11 (1) sentence 3 GewStG)."""

    PERSON = "person"
    """Natural persons and partnerships: 24,500 euros."""
    BODY = "body"
    """Certain bodies, associations among them: 5,000 euros."""
    COMPANY = "company"
    """All others: none."""


def messbetrag_steps(profit: Decimal, form: Form) -> tuple[Step, ...]:
    """Return the steps from a trade profit (euros, a loss negative) to the base amount.

    The last step's result is the base amount in full euros. It is the tax office that fixes it;
    this is a check. Full euros follow the practice of the tax offices.
    """
    rounded = down_to(profit, 100)
    allowance = TRADE_ALLOWANCE[form.value]
    taxable = max(rounded - allowance, ZERO)
    exact = taxable * TRADE_RATE_PERCENT / 100
    return (
        Step(ROUNDED_PROFIT, (profit,), rounded, Rounding.DOWN_TO_100, profit),
        Step(ALLOWANCE, (rounded, allowance), taxable),
        Step(
            MESSBETRAG,
            (taxable, TRADE_RATE_PERCENT),
            down_to(exact, 1),
            Rounding.DOWN_TO_EURO,
            exact,
        ),
    )


def trade_tax(messbetrag: Decimal, hebesatz: Decimal) -> Step:
    """Return the tax of a period in euros from the base amount (euros) and the rate (percent)."""
    return multiplied(TAX, messbetrag, hebesatz)


def prepayment_basis(messbetrag: Decimal, hebesatz: Decimal) -> Step:
    """Return what the prepayments of a year are quarters of, in euros.

    A base amount that the tax office sets for prepayments binds (§ 19 (3) sentence 3 GewStG).
    """
    return multiplied(PREPAYMENT_YEAR, messbetrag, hebesatz)


def prepayments(tax: Decimal, year: int) -> Schedule:
    """Return the prepayments of a year from the tax (euros) that they are to bring.

    Each is a quarter, floored to the full euro, and none is set below 50 euros.
    """
    exact = tax / _QUARTERS
    quarter = down_to(exact, 1)
    step = Step(QUARTER, (tax,), quarter, Rounding.DOWN_TO_EURO, exact)
    if quarter < PREPAYMENT_MINIMUM:
        return Schedule((), (step, Step(TOO_SMALL, (quarter, PREPAYMENT_MINIMUM), ZERO)))
    schedule = scheduled(PREPAYMENTS, tax, (quarter,) * _QUARTERS, days(year))
    return Schedule(schedule.instalments, (step, *schedule.steps))


def adaptable_until(year: int) -> date:
    """Return the last day on which a year's prepayments may be changed (§ 19 (3) GewStG).

    It is the end of the 15th month after the period.
    """
    return months_after(date(year, 12, 31), _ADAPTATION_MONTHS)


class Shares(NamedTuple):
    """A base amount split among municipalities (Zerlegung, §§ 28 to 33 GewStG), in euros."""

    total: Decimal
    shares: tuple[Decimal, ...]

    @property
    def missing(self) -> Decimal:
        """Return what the shares lack to the whole; 0 where the split is whole."""
        return self.total - sum(self.shares, ZERO)


def share_fits(own: Decimal, total: Decimal, others: Iterable[Decimal] = ()) -> bool:
    """Tell whether a municipality's own share, with the others that are known, fits the whole."""
    return own >= 0 and own + sum(others, ZERO) <= total
