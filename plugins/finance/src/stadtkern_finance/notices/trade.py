"""From an assessment of trade tax to its message of XUnternehmen.Gewerbesteuer."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import ROUND_FLOOR, Decimal

from stadtkern_finance.calculation import Assessment
from stadtkern_finance.i18n import _
from stadtkern_finance.law import interest as law_of_interest
from stadtkern_finance.law.deadlines import month_after
from stadtkern_finance.law.instalments import ZERO, Instalment, days
from stadtkern_finance.law.instalments import Kind as Reason
from stadtkern_finance.law.interest import Interest, InterestKind, RunInterest
from stadtkern_finance.law.rounding import CENT, from_cents
from stadtkern_finance.law.settlement import MONTH_LAW
from stadtkern_finance.law.trade_tax import prepayments
from stadtkern_finance.notices.facts import NoticeFacts
from stadtkern_finance.notices.towns import Town
from stadtkern_finance.notices.xunternehmen.markings import marking
from stadtkern_finance.notices.xunternehmen.model import (
    Assessed,
    Demand,
    Head,
    InterestBlock,
    InterestItem,
    InterestRun,
    Kind,
    Mandate,
    Message,
    Paid,
    Period,
    PrepaymentBlock,
    Reference,
    TaxBlock,
)
from stadtkern_finance.records.reading import refused
from stadtkern_finance.records.schema import PREPAYMENT


def trade_message(assessment: Assessment, facts: NoticeFacts, town: Town) -> Message:
    """Return the message for an assessment of trade tax or of prepayments.

    Prepayments go as 0003, a tax as 0001, with interest as 0010; while insolvency proceedings are
    open all go as calculation 0021. Raises BadInput where the record names no year or tax number.
    """
    record = assessment.record
    tax_number = record.fields.get("steuernummer13")
    if tax_number is None:
        raise refused(
            "steuernummer13", _("is missing"), _("${count} digits", mapping={"count": 13})
        )
    if assessment.year is None:
        raise refused("year", _("is missing"), _("the year that the notice is for"))
    flags = record.fields.get("flags") or {}
    insolvency = facts.insolvency_opened is not None
    if flags.get("insolvent") and not insolvency:
        expected = _("the day when proceedings were opened")
        raise refused("insolvency_opened", _("is missing"), expected)
    made = _Blocks(assessment, assessment.year, insolvency=insolvency)
    interest = made.interest()
    if insolvency:
        kind = Kind.INSOLVENCY
    elif record.tax_kind == PREPAYMENT:
        kind = Kind.PREPAYMENT
    else:
        kind = Kind.GENERIC if interest else Kind.TAX
    mandate = None
    if facts.mandate is not None and town.creditor_id is not None:
        mandate = Mandate(facts.mandate, town.creditor_id)
    return Message(
        kind=kind,
        head=Head(facts.message_id, datetime.combine(facts.day, time())),
        reference=Reference(
            facts.day,
            facts.as_of,
            tax_number,
            facts.booking_number,
            court_reference=facts.court_reference if insolvency else None,
            insolvency_opened=facts.insolvency_opened,
        ),
        municipality=replace(town.municipality, mandate=mandate),
        taxpayer=facts.taxpayer,
        recipient=replace(facts.recipient, represents=None),
        remedy=None if insolvency else town.remedy(facts.day),
        addressees=() if facts.addressee is None else (facts.addressee,),
        recipient_mandant=record.fields.get("mandant"),
        taxes=() if record.tax_kind == PREPAYMENT else (made.tax(),),
        interest=interest,
        prepayments=made.prepayments() if record.tax_kind == PREPAYMENT else (),
        markings=tuple(marking(code, facts.marking_day) for code in flags.get("markings", ())),
    )


@dataclass(frozen=True, slots=True)
class _Blocks:
    assessment: Assessment
    year: int
    insolvency: bool

    @property
    def manner(self) -> str:
        if self.assessment.change is not None:
            return "AE"
        return "EB" if self.insolvency else "EF"

    @property
    def base_notice(self) -> date | None:
        day = self.assessment.record.fields.get("notice_date")
        return None if day is None else date.fromisoformat(day)

    def assessed(
        self,
        duty: str,
        period: Period,
        amount: Decimal,
        previous: Decimal | None,
        demands: tuple[Demand, ...] = (),
        paid: Decimal = ZERO,
    ) -> Assessed:
        """Return what is assessed with what the record says of its origin."""
        fields = self.assessment.record.fields
        demands = () if self.insolvency else demands
        shown = () if self.insolvency or not paid else (Paid(-paid, "Vorauszahlungen"),)
        basis = "IST" if shown else "SOLL"
        return Assessed(
            duty,
            self.manner,
            period,
            amount,
            previous=previous,
            basis=basis if self.insolvency or demands or shown else None,
            paid=shown,
            demands=demands,
            transferticket=fields.get("transferticket"),
            mandant=fields.get("mandant"),
        )

    def tax(self) -> TaxBlock:
        """Return the tax of the year with what it leaves to be paid."""
        assessment = self.assessment
        settlement = assessment.settlement
        change = assessment.change
        paid = ZERO if settlement is None else assessment.amount - settlement.total
        demands = tuple(Demand(one.amount, one.due) for one in assessment.payments)
        before = assessment.record.fields.get("previous_messbetrag_cent")
        return TaxBlock(
            self.assessed(
                "GB" if self.insolvency else "GV",
                Period(self.year),
                assessment.amount,
                None if change is None else -change.reversal,
                demands,
                paid,
            ),
            assessment.record.messbetrag,
            assessment.hebesatz,
            messbetrag_before=None if change is None or before is None else from_cents(before),
            base_notice=self.base_notice,
        )

    def interest(self) -> tuple[InterestBlock, ...]:
        """Return the interest of the year; nothing where none is fixed."""
        found = self.assessment.interest
        if found is None or not found.interest:
            return ()
        arrears = found.kind is InterestKind.ARREARS
        sign = 1 if arrears else -1
        items = _items(found, "NZ" if arrears else "EZ", sign)
        amount = found.interest * sign
        due = month_after(found.runs[0].run.effective, MONTH_LAW).day if arrears else None
        assessed = self.assessed("ZS", Period(self.year), amount, None, (Demand(amount, due),))
        # The tax may have changed; this interest is assessed for the first time.
        assessed = replace(assessed, manner="EB" if self.insolvency else "EF")
        total = sum((one.effective for one in items), ZERO)
        return (InterestBlock(assessed, items, total),)

    def prepayments(self) -> tuple[PrepaymentBlock, ...]:
        """Return what the year's prepayments are set at, then each of them for itself."""
        assessment = self.assessment
        new = _quarters(assessment.schedule.instalments if assessment.schedule else ())
        change = assessment.change
        old = (
            None
            if change is None
            else _quarters(prepayments(-change.reversal, self.year).instalments)
        )
        blocks = [
            PrepaymentBlock(
                self.assessed(
                    "JB" if self.insolvency else "JV",
                    Period(self.year),
                    sum(new, ZERO),
                    None if old is None else sum(old, ZERO),
                ),
                assessment.record.messbetrag,
                assessment.hebesatz,
            )
        ]
        if not any(new) and not (old and any(old)):
            return tuple(blocks)
        demanded = self._demanded()
        for place, day in enumerate(days(self.year)):
            amount = ZERO if self.insolvency else new[place]
            assessed = self.assessed(
                "VZ",
                Period(self.year, quarter=place + 1),
                amount,
                None if old is None else old[place],
                demanded.get(place, ()),
            )
            blocks.append(PrepaymentBlock(assessed, dates=(day.day,) if self.insolvency else ()))
        return tuple(blocks)

    def _demanded(self) -> dict[int, tuple[Demand, ...]]:
        """Return the demand of each quarter; what is settled together goes with the last passed."""
        places = {day.day: place for place, day in enumerate(days(self.year))}
        found: dict[int, tuple[Demand, ...]] = {}
        together = None
        for one in self.assessment.payments:
            if one.kind is Reason.INSTALMENT and one.due is not None:
                found[places[one.due]] = (Demand(one.amount, one.due),)
            else:
                together = Demand(one.amount, one.due)
        if together is not None:
            found[min(found, default=len(places)) - 1] = (together,)
        return found


def _quarters(instalments: tuple[Instalment, ...]) -> tuple[Decimal, ...]:
    amounts = tuple(one.amount for one in instalments)
    return amounts or (ZERO,) * 4


def _items(found: Interest, code: str, sign: int) -> tuple[InterestItem, ...]:
    """Return an item a rate: their sum in cents rounds to the same euros as the exact one."""
    runs = [one for run in found.runs for one in _runs(run)]
    left = (found.unrounded * sign).quantize(CENT, ROUND_FLOOR)
    items = []
    for place, run in enumerate(runs, 1):
        amount = (run.unrounded * sign).quantize(CENT, ROUND_FLOOR) if place < len(runs) else left
        left -= amount
        items.append(InterestItem(code, "OFFEN", amount, amount, replace(run, unrounded=amount)))
    return tuple(items)


def _runs(found: RunInterest) -> list[InterestRun]:
    """Return a run's stretches of one rate each, from the steps that explain it."""
    made = []
    for step in found.steps:
        if step.rule is law_of_interest.MONTHLY:
            basis, months, percent = step.values
            made.append(
                InterestRun(
                    basis,
                    found.run.start,
                    found.run.effective,
                    percent,
                    step.result,
                    months=months,
                    basis_unrounded=found.run.amount,
                    whole_rate=months * percent,
                )
            )
        elif step.rule is law_of_interest.DAILY:
            start, end, number, basis, percent = step.values
            made.append(
                InterestRun(
                    basis,
                    start,
                    end,
                    percent,
                    step.result,
                    days=number,
                    basis_unrounded=found.run.amount,
                )
            )
    return made
