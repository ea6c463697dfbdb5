"""Property tax (Grundsteuer): base amount times rate, for a calendar year (§§ 25, 27 GrStG)."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from stadtkern_finance.i18n import _
from stadtkern_finance.law.explanation import Rule, Step
from stadtkern_finance.law.rounding import CENT, Rounding, down_to, to_cents
from stadtkern_finance.law.wording import Fact

TAX = Rule(
    "property_tax.tax",
    _("Tax of the year: base amount ${messbetrag} × rate ${hebesatz} = ${result}"),
    "messbetrag × hebesatz ÷ 100",
    "§ 25 Abs. 1, § 27 Abs. 1 GrStG",
    (("messbetrag", Fact.MONEY), ("hebesatz", Fact.PERCENT)),
)
HINT = Rule(
    "property_tax.hint",
    _(
        "Base amount to be expected: area amounts of ${areas} × factor ${factor} = ${result}. "
        "Only a hint: the tax office's base amount binds"
    ),
    "areas × factor",
    "§§ 4 bis 7 HGrStG; § 182 Abs. 1 AO",
    (("areas", Fact.MONEY), ("factor", Fact.NUMBER)),
)

LAND_AMOUNT = Decimal("0.04")
"""Euros a square metre of land (§ 5 HGrStG)."""
BUILDING_AMOUNT = Decimal("0.50")
"""Euros a square metre of living or used space (§ 5 HGrStG)."""
_EXPONENT = Decimal("0.3")
_FULL = Decimal(100)


def property_tax(messbetrag: Decimal, hebesatz: Decimal) -> Step:
    """Return the tax of a year in euros from the base amount (euros) and the rate (percent).

    Where the rate has decimals, fractions of a cent are rounded to the nearest cent: no law says
    how, and half a cent decides nothing but the sum's last digit.
    """
    return multiplied(TAX, messbetrag, hebesatz)


def multiplied(rule: Rule, messbetrag: Decimal, hebesatz: Decimal) -> Step:
    """Return base amount times rate as a step of ``rule``."""
    exact = (messbetrag * hebesatz).scaleb(-2)
    result = to_cents(exact)
    if result == exact:
        return Step(rule, (messbetrag, hebesatz), result)
    return Step(rule, (messbetrag, hebesatz), result, Rounding.CENTS, exact)


class Area(NamedTuple):
    """A part of a plot: square metres, euros for each, and its Messzahl in percent."""

    square_metres: Decimal
    amount: Decimal
    messzahl: Decimal = _FULL


def land_factor(local: Decimal, average: Decimal) -> Decimal:
    """Return (local land value ÷ average land value) to the power of 0.3, with two decimals."""
    if local <= 0 or average <= 0:
        raise ValueError("land values are above zero")
    return ((local / average) ** _EXPONENT).quantize(CENT, ROUND_HALF_UP)


def expected_messbetrag(areas: Iterable[Area], factor: Decimal) -> Step:
    """Return the base amount that Hessian law leads one to expect, floored to the full euro.

    For a check of plausibility only: the tax office's base amount binds the municipality
    (§§ 171 (10), 182, 184 AO).
    """
    total = sum(
        (area.square_metres * area.amount * area.messzahl / _FULL for area in areas), Decimal(0)
    )
    exact = total * factor
    return Step(HINT, (to_cents(total), factor), down_to(exact, 1), Rounding.DOWN_TO_EURO, exact)
