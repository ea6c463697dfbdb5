"""When the tax of a year is due and in which parts (§ 28 GrStG, § 19 GewStG)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from stadtkern_finance.i18n import _
from stadtkern_finance.law.deadlines import Day, on_working_day
from stadtkern_finance.law.explanation import Rule, Step
from stadtkern_finance.law.rates import HALF_YEAR_LIMIT, QUARTER_DAYS, WHOLE_YEAR_LIMIT
from stadtkern_finance.law.rounding import CENT, Rounding, from_cents
from stadtkern_finance.law.wording import Fact

ZERO = Decimal("0.00")


class Payment(StrEnum):
    """What the owner has applied for."""

    QUARTERS = "quarters"
    """Nothing: the law's own days."""
    ONCE = "once"
    """The year's tax on 1 July (§ 28 (3) GrStG); applied for by 30 September before."""


class ExtraCents(StrEnum):
    """Where cents go that do not divide; no law says it, the town chooses."""

    FIRST = "first"
    LAST = "last"


class Kind(StrEnum):
    """Why an amount is due."""

    INSTALMENT = "instalment"
    BACK_PAYMENT = "back_payment"
    """For days that had passed when the notice was announced."""
    OVERDUE_PREPAYMENT = "overdue_prepayment"
    FINAL_PAYMENT = "final_payment"
    REFUND = "refund"


class Instalment(NamedTuple):
    """An amount in euros with the day on which it is due.

    ``named`` is the day that the law names, before it was moved to a working day. A refund has a
    negative amount and, like a payment that is due at once, no day of its own.
    """

    amount: Decimal
    due: date | None
    named: date | None
    kind: Kind = Kind.INSTALMENT


class Terms(NamedTuple):
    """How a town and an owner have settled what the law leaves open."""

    small_amounts: bool = False
    """The town asks for small amounts once or twice a year (§ 28 (2) GrStG)."""
    payment: Payment = Payment.QUARTERS
    extra_cents: ExtraCents = ExtraCents.FIRST


class Schedule(NamedTuple):
    """Instalments of one year, which add up to ``total``, and the steps that explain them."""

    instalments: tuple[Instalment, ...]
    steps: tuple[Step, ...]

    @property
    def total(self) -> Decimal:
        """Return the sum of all instalments."""
        return sum((one.amount for one in self.instalments), ZERO)


def _rule(name: str, text: object, law: str) -> Rule:
    inputs = (("tax", Fact.MONEY), ("first", Fact.MONEY), ("last", Fact.MONEY))
    return Rule(f"instalments.{name}", text, "", law, inputs)


QUARTERS = _rule(
    "quarters",
    _(
        "${tax} in quarters, due on 15 February, 15 May, 15 August and 15 November; "
        "the first ${first}, the last ${last}, together ${result}"
    ),
    "§ 28 Abs. 1 GrStG",
)
HALVES = _rule(
    "halves",
    _(
        "Small amount of up to 30 euros: ${tax} in halves, ${first} on 15 February and ${last} "
        "on 15 August, together ${result}"
    ),
    "§ 28 Abs. 2 Nr. 2 GrStG",
)
WHOLE = _rule(
    "whole",
    _("Small amount of up to 15 euros: ${tax} in one sum of ${result} on 15 August"),
    "§ 28 Abs. 2 Nr. 1 GrStG",
)
ONCE = _rule(
    "once",
    _("On the owner's application ${tax} in one sum of ${result} on 1 July"),
    "§ 28 Abs. 3 GrStG",
)
NOTHING = _rule("nothing", _("No tax, so nothing is due: ${result}"), "")


def split(amount: Decimal, parts: int, extra: ExtraCents = ExtraCents.FIRST) -> tuple[Decimal, ...]:
    """Return ``amount`` (euros, >= 0) in ``parts`` that differ by one cent at most.

    Their sum is the amount; cents over go to the first or the last parts.
    """
    share, over = divmod(int(amount / CENT), parts)
    more = [share + 1] * over
    less = [share] * (parts - over)
    cents = more + less if extra is ExtraCents.FIRST else less + more
    return tuple(from_cents(one) for one in cents)


@lru_cache(maxsize=1024)
def days(year: int, named: tuple[tuple[int, int], ...] = QUARTER_DAYS) -> tuple[Day, ...]:
    """Return the days of a year, given as month and day, on which something is due."""
    return tuple(on_working_day(date(year, month, day)) for month, day in named)


def property_tax_schedule(tax: Decimal, year: int, terms: Terms = Terms()) -> Schedule:  # noqa: B008  # immutable
    """Return the instalments of a year's property tax of ``tax`` euros, at least 0.

    Small amounts come first: the application for one sum replaces quarters and halves, not the
    whole sum in August (§ 28 (3) sentence 1 GrStG).
    """
    if not tax:
        return Schedule((), (Step(NOTHING, (tax, ZERO, ZERO), ZERO),))
    on: tuple[tuple[int, int], ...]
    if terms.small_amounts and tax <= WHOLE_YEAR_LIMIT:
        rule, on = WHOLE, ((8, 15),)
    elif terms.payment is Payment.ONCE:
        rule, on = ONCE, ((7, 1),)
    elif terms.small_amounts and tax <= HALF_YEAR_LIMIT:
        rule, on = HALVES, ((2, 15), (8, 15))
    else:
        rule, on = QUARTERS, QUARTER_DAYS
    return scheduled(rule, tax, split(tax, len(on), terms.extra_cents), days(year, on))


def scheduled(
    rule: Rule,
    tax: Decimal,
    amounts: Sequence[Decimal],
    on: Sequence[Day],
    *,
    law: str | None = None,
) -> Schedule:
    """Return ``amounts`` due on the days ``on``, explained by ``rule``."""
    total = sum(amounts, ZERO)
    step = Step(rule, (tax, amounts[0], amounts[-1]), total, Rounding.EXACT, law=law)
    steps = [step]
    instalments = []
    for amount, day in zip(amounts, on, strict=True):
        instalments.append(Instalment(amount, day.day, day.named))
        steps += day.steps
    return Schedule(tuple(instalments), tuple(steps))
