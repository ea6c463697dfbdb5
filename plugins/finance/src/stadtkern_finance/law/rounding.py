"""Rounding, each way with the name under which an explanation says it."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum

CENT = Decimal("0.01")
EURO = Decimal(1)


class Rounding(StrEnum):
    """How an amount was brought to its last digits."""

    EXACT = "exact"
    """Nothing was rounded."""
    CENTS = "cents"
    """To the nearest cent, half a cent away from zero (DIN 1333)."""
    DOWN_TO_EURO = "down_to_euro"
    """To the full euro below."""
    UP_TO_EURO = "up_to_euro"
    """To the full euro above."""
    DOWN_TO_50 = "down_to_50"
    """To the next lower amount that 50 euros divide."""
    DOWN_TO_100 = "down_to_100"
    """To the next lower amount that 100 euros divide."""


def to_cents(amount: Decimal) -> Decimal:
    """Return an amount with two decimal places, half a cent rounded away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def down_to(amount: Decimal, step: int) -> Decimal:
    """Return the largest multiple of ``step`` euros that is not above ``amount``, in cents."""
    return ((amount / step).to_integral_value(ROUND_FLOOR) * step).quantize(CENT)


def up_to_euro(amount: Decimal) -> Decimal:
    """Return the smallest amount in full euros that is not below ``amount``, in cents."""
    return amount.to_integral_value(ROUND_CEILING).quantize(CENT)


def from_cents(cents: int) -> Decimal:
    """Return whole cents as euros with two decimal places."""
    return Decimal(cents).scaleb(-2)
