"""Surcharge for late payment (Säumniszuschlag, § 240 AO)."""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from stadtkern_finance.i18n import _
from stadtkern_finance.law.deadlines import on_working_day
from stadtkern_finance.law.explanation import Rule, Step
from stadtkern_finance.law.instalments import ZERO
from stadtkern_finance.law.periods import started_months
from stadtkern_finance.law.rates import GRACE_DAYS, SURCHARGE_PERCENT, in_force
from stadtkern_finance.law.rounding import Rounding, down_to, to_cents
from stadtkern_finance.law.wording import Fact

CHEQUE_DAYS = 3
"""A cheque counts as paid three days after it came in (§ 224 (2) no. 1 AO)."""

CHEQUE = Rule(
    "late_payment.cheque",
    _("The cheque came in on ${paid} and counts as paid three days later, on ${result}"),
    "paid + 3 days",
    "§ 224 Abs. 2 Nr. 1 AO",
    (("paid", Fact.DATE),),
    Fact.DATE,
)
DEBIT = Rule(
    "late_payment.direct_debit",
    _("With a direct debit mandate the amount counts as paid when due, on ${result}"),
    "due",
    "§ 224 Abs. 2 Nr. 3 AO",
    (),
    Fact.DATE,
)
GRACE = Rule(
    "late_payment.grace",
    _("Three days of grace for transfers after ${due} end on ${result}"),
    "due + 3 days",
    "§ 240 Abs. 3 Satz 1 AO",
    (("due", Fact.DATE),),
    Fact.DATE,
)
NO_GRACE = Rule(
    "late_payment.no_grace",
    _("Cash and cheques have no days of grace: what counts is the day when due, ${result}"),
    "due",
    "§ 240 Abs. 3 Satz 2 AO",
    (),
    Fact.DATE,
)
IN_TIME = Rule(
    "late_payment.in_time",
    _("Paid on ${paid}, not after ${last}: surcharge ${result}"),
    "",
    "§ 240 Abs. 3 AO",
    (("paid", Fact.DATE), ("last", Fact.DATE)),
)
MONTHS = Rule(
    "late_payment.months",
    _("Late from the day after ${due} to ${paid}: months begun ${result}"),
    "started_months(due, paid)",
    "§ 240 Abs. 1 Satz 1 AO",
    (("due", Fact.DATE), ("paid", Fact.DATE)),
    Fact.NUMBER,
)
BASIS = Rule(
    "late_payment.basis",
    _("Amount in arrears: ${amount}, rounded ${result}"),
    "amount",
    "§ 240 Abs. 1 Satz 1 AO",
    (("amount", Fact.MONEY),),
)
SURCHARGE = Rule(
    "late_payment.surcharge",
    _("${basis} × ${months} months begun × ${percent} = ${result}"),
    "basis × months × percent ÷ 100",
    "",
    (("basis", Fact.MONEY), ("months", Fact.NUMBER), ("percent", Fact.PERCENT)),
)


class Method(StrEnum):
    """How a debt was paid (§ 224 (2) AO)."""

    TRANSFER = "transfer"
    CASH = "cash"
    CHEQUE = "cheque"
    DIRECT_DEBIT = "direct_debit"


class Surcharge(NamedTuple):
    """A surcharge in euros; ``grace_end`` is None where there are no days of grace."""

    due: date
    grace_end: date | None
    months: int
    basis: Decimal
    surcharge: Decimal
    steps: tuple[Step, ...]


def surcharge_for(amount: Decimal, due: date, paid: date, method: Method) -> Surcharge:
    """Return the surcharge on ``amount`` (euros, >= 0) that was due on one day and paid on another.

    Both the day when due and the end of the grace move to a working day. Months are counted from
    the day when due, not from the end of the grace, and every month begun counts whole. Raises
    RateUnknown for days before 2004.
    """
    when = on_working_day(due)
    steps = list(when.steps)
    rate = in_force(SURCHARGE_PERCENT, when.day)
    if method is Method.CHEQUE:
        counted = paid + timedelta(days=CHEQUE_DAYS)
        steps.append(Step(CHEQUE, (paid,), counted))
        paid = counted
    elif method is Method.DIRECT_DEBIT:
        paid = min(paid, when.day)
        steps.append(Step(DEBIT, (), when.day))
    grace_end: date | None = None
    last = when.day
    if method in {Method.TRANSFER, Method.DIRECT_DEBIT}:
        named = when.day + timedelta(days=GRACE_DAYS)
        grace = on_working_day(named)
        steps += [Step(GRACE, (when.day,), named), *grace.steps]
        grace_end = last = grace.day
    else:
        steps.append(Step(NO_GRACE, (), last))
    basis = down_to(amount, 50)
    if paid <= last:
        steps.append(Step(IN_TIME, (paid, last), ZERO))
        return Surcharge(when.day, grace_end, 0, basis, ZERO, tuple(steps))
    months = started_months(when.day, paid)
    result = to_cents(basis * months * rate.value / 100)
    steps += [
        Step(MONTHS, (when.day, paid), months),
        Step(BASIS, (amount,), basis, Rounding.DOWN_TO_50, amount),
        Step(SURCHARGE, (basis, months, rate.value), result, law=rate.source),
    ]
    return Surcharge(when.day, grace_end, months, basis, result, tuple(steps))
