"""Interest on arrears and refunds of trade tax (§§ 233a, 238, 239 AO)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from stadtkern_finance.i18n import _
from stadtkern_finance.law.explanation import Rule, Step
from stadtkern_finance.law.instalments import ZERO
from stadtkern_finance.law.periods import end_of_months, full_months, interest_days
from stadtkern_finance.law.rates import INTEREST_MINIMUM, INTEREST_PERCENT, INTEREST_START
from stadtkern_finance.law.rounding import Rounding, down_to, up_to_euro
from stadtkern_finance.law.wording import Fact

START = Rule(
    "interest.start",
    _("Interest on the tax of ${year} runs from ${result}"),
    "",
    "§ 233a Abs. 2 Satz 1 AO",
    (("year", Fact.NUMBER),),
    Fact.DATE,
)
PAID_LATER = Rule(
    "interest.paid_later",
    _("It was paid on ${paid} only; a refund bears interest from ${result}"),
    "max(start, paid)",
    "§ 233a Abs. 3 Satz 3 AO",
    (("paid", Fact.DATE),),
    Fact.DATE,
)
MONTHS = Rule(
    "interest.months",
    _("From ${start} to the end of ${effective}: full months ${result}"),
    "full_months(start, effective)",
    "§ 233a Abs. 2 Satz 3, § 238 Abs. 1 Satz 2 AO",
    (("start", Fact.DATE), ("effective", Fact.DATE)),
    Fact.NUMBER,
)
BASIS = Rule(
    "interest.basis",
    _("Amount that bears interest: ${amount}, rounded ${result}"),
    "amount",
    "§ 238 Abs. 2 AO",
    (("amount", Fact.MONEY),),
)
MONTHLY = Rule(
    "interest.monthly",
    _("${basis} × ${months} months × ${percent} = ${result}"),
    "basis × months × percent ÷ 100",
    "",
    (("basis", Fact.MONEY), ("months", Fact.NUMBER), ("percent", Fact.PERCENT)),
)
DAILY = Rule(
    "interest.daily",
    _(
        "From ${start} to ${end}, ${days} days of interest of which 30 are a month: "
        "${basis} × ${percent} a month = ${result}"
    ),
    "basis × days ÷ 30 × percent ÷ 100",
    "",
    (
        ("start", Fact.DATE),
        ("end", Fact.DATE),
        ("days", Fact.NUMBER),
        ("basis", Fact.MONEY),
        ("percent", Fact.PERCENT),
    ),
)
SUM_ARREARS = Rule(
    "interest.sum_arrears",
    _("Interest on arrears, rounded in the taxpayer's favour: ${result}"),
    "sum",
    "§ 239 Abs. 2 Satz 1 AO",
    (),
)
SUM_REFUND = Rule(
    "interest.sum_refund",
    _("Interest on the refund, rounded in the taxpayer's favour: ${result}"),
    "sum",
    "§ 239 Abs. 2 Satz 1 AO",
    (),
)
TOO_LITTLE = Rule(
    "interest.too_little",
    _("${rounded} is below ${minimum}: no interest is set, ${result}"),
    "",
    "§ 239 Abs. 2 Satz 2 AO",
    (("rounded", Fact.MONEY), ("minimum", Fact.MONEY)),
)

FIRST_YEAR = 2002
"""The first tax year for which rates and rounding in euros are known."""
_DAY = timedelta(days=1)
_DAYS_A_MONTH = 30


class InterestKind(StrEnum):
    """Who owes interest (codes NZ and EZ of XUnternehmen.Gewerbesteuer)."""

    ARREARS = "arrears"
    REFUND = "refund"


class Run(NamedTuple):
    """One claim that bears interest: its amount (euros, >= 0) from a day to the end of another."""

    amount: Decimal
    start: date
    effective: date


class RunInterest(NamedTuple):
    """The interest of one run, not rounded."""

    run: Run
    months: int
    basis: Decimal
    interest: Decimal
    steps: tuple[Step, ...]


class Interest(NamedTuple):
    """The interest of all runs of a notice: what is fixed, and how it came about (euros)."""

    kind: InterestKind
    runs: tuple[RunInterest, ...]
    unrounded: Decimal
    interest: Decimal
    steps: tuple[Step, ...]


def start_of_interest(year: int) -> Step:
    """Return the first day of interest on the tax of ``year``: 1 April of the second year after.

    For 2019 to 2024 later days hold (article 97 § 36 EGAO).
    """
    if year in INTEREST_START:
        day, law = INTEREST_START[year]
        return Step(START, (year,), day, law=law)
    return Step(START, (year,), date(year + 2, 4, 1))


def run_interest(run: Run) -> RunInterest:
    """Return the interest of one run, rates before and after 2019 added (§ 238 (1a), (1b) AO).

    Started months do not count. A run in which the rate changed is counted by days, 30 to a month,
    within its full months.
    """
    months = full_months(run.start, run.effective)
    basis = down_to(run.amount, 50)
    steps = [
        Step(MONTHS, (run.start, run.effective), months),
        Step(BASIS, (run.amount,), basis, Rounding.DOWN_TO_50, run.amount),
    ]
    interest = ZERO
    if months:
        parts = _parts(run.start, end_of_months(run.start, months))
        for start, end, percent, law in parts:
            if len(parts) == 1:
                part = basis * months * percent / 100
                steps.append(Step(MONTHLY, (basis, months, percent), part, law=law))
            else:
                days = interest_days(start, end)
                part = basis * days * percent / (100 * _DAYS_A_MONTH)
                values = (start, end, days, basis, percent)
                steps.append(Step(DAILY, values, part, law=f"{law}, § 238 Abs. 1b AO"))
            interest += part
    return RunInterest(run, months, basis, interest, tuple(steps))


def _parts(start: date, end: date) -> list[tuple[date, date, Decimal, str]]:
    """Return the stretches from ``start`` to ``end`` with one rate each."""
    parts = []
    for index, row in enumerate(INTEREST_PERCENT):
        later = INTEREST_PERCENT[index + 1 : index + 2]
        first = max(start, row.since)
        last = min(end, later[0].since - _DAY) if later else end
        if first <= last:
            parts.append((first, last, row.value, row.source))
    return parts


def interest_on(kind: InterestKind, runs: Sequence[Run]) -> Interest:
    """Return the interest of a notice: the runs' sum in full euros, fixed from 10 euros up.

    Rounded in the taxpayer's favour: arrears down, refunds up. Amounts are positive in both cases;
    ``kind`` says who owes.
    """
    found = tuple(run_interest(run) for run in runs)
    total = sum((one.interest for one in found), ZERO)
    steps = [step for one in found for step in one.steps]
    if kind is InterestKind.ARREARS:
        rounded = down_to(total, 1)
        steps.append(Step(SUM_ARREARS, (), rounded, Rounding.DOWN_TO_EURO, total))
    else:
        rounded = up_to_euro(total)
        steps.append(Step(SUM_REFUND, (), rounded, Rounding.UP_TO_EURO, total))
    if rounded < INTEREST_MINIMUM:
        steps.append(Step(TOO_LITTLE, (rounded, INTEREST_MINIMUM), ZERO))
        rounded = ZERO
    return Interest(kind, found, total, rounded, tuple(steps))


def interest_for_year(
    kind: InterestKind,
    year: int,
    amount: Decimal,
    effective: date,
    *,
    paid: date | None = None,
) -> Interest:
    """Return the interest on the difference of a year's trade tax (§ 233a AO).

    ``effective`` is the day on which the notice was announced; the run ends with it. A refund
    bears interest from the day of payment at the earliest (``paid``).
    """
    first = start_of_interest(year)
    steps = [first]
    start: date = first.result
    if paid is not None and kind is InterestKind.REFUND and paid > start:
        start = paid
        steps.append(Step(PAID_LATER, (paid,), start))
    found = interest_on(kind, (Run(amount, start, effective),))
    return found._replace(steps=(*steps, *found.steps))
