"""What a new notice changes: reversal and new amount, back payments, refunds, final payment."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from stadtkern_finance.i18n import _
from stadtkern_finance.law.deadlines import month_after
from stadtkern_finance.law.explanation import Rule, Step
from stadtkern_finance.law.instalments import ZERO, Instalment, Kind, Schedule
from stadtkern_finance.law.wording import Fact

DIFFERENCE = Rule(
    "settlement.difference",
    _("The earlier assessment of ${previous} is taken back, ${new} is set: difference ${result}"),
    "new − previous",
    "§ 175 Abs. 1 Satz 1 Nr. 1 AO",
    (("previous", Fact.MONEY), ("new", Fact.MONEY)),
)
BACK_PAYMENT = Rule(
    "settlement.back_payment",
    _(
        "For days that had passed when the notice was announced on ${announced}: ${new} instead "
        "of ${previous}, still to be paid ${result}"
    ),
    "new − previous",
    "§ 30 Abs. 1, § 31 GrStG",
    (("announced", Fact.DATE), ("new", Fact.MONEY), ("previous", Fact.MONEY)),
)
REFUND = Rule(
    "settlement.refund",
    _(
        "For days that had passed when the notice was announced on ${announced}: ${new} instead "
        "of ${previous}, overpaid ${result}, to be set off or paid back"
    ),
    "previous − new",
    "§ 30 Abs. 2 GrStG",
    (("announced", Fact.DATE), ("new", Fact.MONEY), ("previous", Fact.MONEY)),
)
CREDITED = Rule(
    "settlement.credited",
    _("Trade tax ${tax} less prepayments made of ${paid}: ${result}"),
    "tax − paid",
    "§ 20 Abs. 1 GewStG",
    (("tax", Fact.MONEY), ("paid", Fact.MONEY)),
)
AT_ONCE = Rule(
    "settlement.at_once",
    _("Of it at once, as of prepayments of ${due} that were due ${paid} were made: ${result}"),
    "min(tax − paid, max(due − paid, 0))",
    "§ 20 Abs. 2 GewStG",
    (("due", Fact.MONEY), ("paid", Fact.MONEY)),
)
FINAL = Rule(
    "settlement.final",
    _("The rest one month after the notice was announced: ${result}"),
    "tax − paid − at_once",
    "§ 20 Abs. 2 GewStG",
    (),
)
OVERPAID = Rule(
    "settlement.overpaid",
    _("More was paid than is due: ${result} to be set off or paid back"),
    "paid − tax",
    "§ 20 Abs. 3 GewStG",
    (),
)
KNOWN_DUE = Rule(
    "settlement.known_due",
    _("Prepayments of ${set} were set for the year; due until ${announced}: ${result}"),
    "",
    "§ 19 Abs. 1 GewStG",
    (("set", Fact.MONEY), ("announced", Fact.DATE)),
)
KNOWN_EARLIER = Rule(
    "settlement.known_earlier",
    _("By the earlier notice all of its tax was due on ${day}: ${result}"),
    "",
    "§ 20 Abs. 2 GewStG",
    (("day", Fact.DATE),),
)
KNOWN_PAID = Rule(
    "settlement.known_paid",
    _("What was due counts as paid; arrears stay due by the earlier notices: ${result}"),
    "",
    "",
    (),
)
SAID_DUE = Rule("settlement.said_due", _("Due until now, as entered: ${result}"), "", "", ())
SAID_PAID = Rule("settlement.said_paid", _("Paid until now, as entered: ${result}"), "", "", ())
MONTH_LAW = "§ 108 Abs. 1 AO, § 188 Abs. 2 BGB"
"""How the month after an announcement is counted."""


class Change(NamedTuple):
    """A correction as it is booked: the old amount reversed, the new one set (euros)."""

    reversal: Decimal
    new: Decimal
    difference: Decimal
    steps: tuple[Step, ...]


class Settlement(NamedTuple):
    """What is to be paid or paid back after a notice, in the order of the days."""

    payments: tuple[Instalment, ...]
    steps: tuple[Step, ...]

    @property
    def total(self) -> Decimal:
        """Return the sum of all payments; refunds count as negative."""
        return sum((one.amount for one in self.payments), ZERO)


def change(previous: Decimal, new: Decimal) -> Change:
    """Return the booking of a correction: reversal + new = difference, always."""
    difference = new - previous
    return Change(-previous, new, difference, (Step(DIFFERENCE, (previous, new), difference),))


def after_announcement(
    new: Schedule, previous: Schedule | None, announced: date, *, law: str | None = None
) -> Settlement:
    """Return what is to be paid once a notice of property tax was announced.

    ``previous`` is what was due before by the earlier notice, None without one. Days up to the
    announcement are settled together: a month later, or as a refund (§§ 30, 31 GrStG). The others
    stay as they are. What comes out, with what was due before, is the year's tax. ``law`` names
    another paragraph, for prepayments of trade tax.
    """
    had = _until(previous.instalments if previous else (), announced)
    should = _until(new.instalments, announced)
    difference = should - had
    payments: list[Instalment] = []
    steps: list[Step] = []
    if difference > 0:
        due = month_after(announced, MONTH_LAW)
        payments.append(Instalment(difference, due.day, due.named, Kind.BACK_PAYMENT))
        steps += [Step(BACK_PAYMENT, (announced, should, had), difference, law=law), *due.steps]
    elif difference < 0:
        payments.append(Instalment(difference, None, None, Kind.REFUND))
        steps.append(Step(REFUND, (announced, should, had), -difference, law=law))
    payments += [one for one in new.instalments if one.due is None or one.due > announced]
    return Settlement(tuple(payments), tuple(steps))


def _until(instalments: Sequence[Instalment], day: date) -> Decimal:
    return sum((one.amount for one in instalments if one.due and one.due <= day), ZERO)


def origin_step(name: str, values: Sequence[str], result: Decimal) -> Step:
    """Return the step that says where a figure of a settlement came from.

    ``name`` is a rule's name without ``settlement.``, ``values`` its inputs: euros as decimal
    strings, days as ISO 8601.
    """
    rule = ORIGINS[name]
    read = [
        date.fromisoformat(value) if kind is Fact.DATE else Decimal(value)
        for (_name, kind), value in zip(rule.inputs, values, strict=True)
    ]
    return Step(rule, tuple(read), result)


ORIGINS = {
    rule.name.partition(".")[2]: rule
    for rule in (KNOWN_DUE, KNOWN_EARLIER, KNOWN_PAID, SAID_DUE, SAID_PAID)
}
"""Where figures of a settlement come from: out of the house's own books, or a clerk's word."""


def final_settlement(
    tax: Decimal, *, due: Decimal, paid: Decimal, announced: date | None
) -> Settlement:
    """Return how a trade tax (euros) is settled with its prepayments (§ 20 GewStG).

    ``due`` are the prepayments that were due by the announcement, ``paid`` what was paid on them.
    Their lack is payable at once, the rest a month after the announcement; without its day the
    rest has no due day yet.
    """
    open_ = tax - paid
    steps = [Step(CREDITED, (tax, paid), open_)]
    if open_ < 0:
        steps.append(Step(OVERPAID, (), -open_))
        return Settlement((Instalment(open_, None, None, Kind.REFUND),), tuple(steps))
    payments = []
    at_once = min(open_, max(due - paid, ZERO))
    if at_once:
        steps.append(Step(AT_ONCE, (due, paid), at_once))
        payments.append(Instalment(at_once, announced, announced, Kind.OVERDUE_PREPAYMENT))
    rest = open_ - at_once
    if rest:
        steps.append(Step(FINAL, (), rest))
        day = month_after(announced, MONTH_LAW) if announced else None
        steps += day.steps if day else ()
        payments.append(
            Instalment(
                rest,
                day.day if day else None,
                day.named if day else None,
                Kind.FINAL_PAYMENT,
            )
        )
    return Settlement(tuple(payments), tuple(steps))
