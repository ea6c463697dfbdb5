"""From an ``AssessmentRecord``, a rate and dates to an assessment that explains itself."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from stadtkern_finance.i18n import _
from stadtkern_finance.law import property_tax, trade_tax
from stadtkern_finance.law.explanation import LANGUAGES, Step
from stadtkern_finance.law.instalments import (
    ExtraCents,
    Instalment,
    Payment,
    Schedule,
    Terms,
    property_tax_schedule,
)
from stadtkern_finance.law.interest import Interest, InterestKind, interest_for_year
from stadtkern_finance.law.rates import LOWEST_TRADE_HEBESATZ
from stadtkern_finance.law.settlement import (
    Change,
    Settlement,
    after_announcement,
    change,
    final_settlement,
    origin_step,
)
from stadtkern_finance.law.wording import plain
from stadtkern_finance.records.model import AssessmentRecord
from stadtkern_finance.records.reading import euros, refused
from stadtkern_finance.records.schema import HIGHEST_HEBESATZ, PREPAYMENT

PREPAYMENT_LAW = "§ 19 Abs. 3 und 4 GewStG"


class Assessment(NamedTuple):
    """What a record comes to: the amount of the year, when it is due, and every step to it."""

    record: AssessmentRecord
    hebesatz: Decimal
    year: int | None
    amount: Decimal
    schedule: Schedule | None
    change: Change | None
    settlement: Settlement | None
    interest: Interest | None
    steps: tuple[Step, ...]

    @property
    def payments(self) -> tuple[Instalment, ...]:
        """Return what is to be paid or paid back, by the notice and its day where one is given."""
        if self.settlement is not None:
            return self.settlement.payments
        return self.schedule.instalments if self.schedule is not None else ()

    def as_json(self, languages: tuple[str, ...] = LANGUAGES) -> dict[str, Any]:
        """Return the assessment for programs: euros as decimal strings, days as ISO 8601."""
        made: dict[str, Any] = {
            "tax_kind": self.record.tax_kind,
            "year": self.year,
            "messbetrag": plain(self.record.messbetrag),
            "hebesatz": plain(self.hebesatz),
            "amount": plain(self.amount),
            "instalments": [instalment_json(one) for one in self._instalments()],
            "payments": [instalment_json(one) for one in self.payments],
        }
        for name in ("aktenzeichen", "steuernummer13", "vorgangs_id"):
            value = self.record.fields.get(name)
            if value is not None:
                made[name] = value
        if self.change is not None:
            made["change"] = {
                name: plain(getattr(self.change, name))
                for name in ("reversal", "new", "difference")
            }
        if self.interest is not None:
            made["interest"] = {
                "kind": self.interest.kind.value,
                "months": self.interest.runs[0].months,
                "basis": plain(self.interest.runs[0].basis),
                "interest": plain(self.interest.interest),
            }
        made["explanation"] = [step.as_json(languages) for step in self.steps]
        return made

    def _instalments(self) -> tuple[Instalment, ...]:
        return self.schedule.instalments if self.schedule is not None else ()


def instalment_json(one: Instalment) -> dict[str, Any]:
    """Return an instalment for programs."""
    return {
        "kind": one.kind.value,
        "amount": plain(one.amount),
        "due": None if one.due is None else one.due.isoformat(),
        "named": None if one.named is None else one.named.isoformat(),
    }


def calculate(record: AssessmentRecord, beside: Mapping[str, Any]) -> Assessment:
    """Return the assessment of a checked record with the checked facts ``beside`` it.

    Raises BadInput where a fact does not go with the tax: a rate that the law forbids, prepayments
    of a property tax, a year before the record holds.
    """
    hebesatz = _hebesatz(record, beside["hebesatz"])
    year = _year(record, beside)
    announced = _day(beside.get("announced_at"))
    if record.is_property_tax:
        return _property_tax(record, hebesatz, year, announced, beside)
    if beside.get("payment", Payment.QUARTERS) != Payment.QUARTERS or beside.get("small_amounts"):
        raise refused(
            "payment",
            _("is set for a trade tax"),
            _("no wish for payment: only property tax has one"),
        )
    if record.tax_kind == PREPAYMENT:
        return _prepayments(record, hebesatz, year, announced, beside)
    return _trade_tax(record, hebesatz, year, announced, beside)


def _hebesatz(record: AssessmentRecord, given: Any) -> Decimal:
    rate = Decimal(given)
    rate = Decimal(int(rate)) if rate == rate.to_integral_value() else rate
    if record.is_trade_tax and (rate < LOWEST_TRADE_HEBESATZ or rate != int(rate)):
        raise refused(
            "hebesatz",
            _("has the value “${value}”", mapping={"value": plain(rate)}),
            _(
                "a whole number from ${low} to ${high} for trade tax (§ 16 (4) GewStG)",
                mapping={"low": LOWEST_TRADE_HEBESATZ, "high": HIGHEST_HEBESATZ},
            ),
        )
    return rate


def _year(record: AssessmentRecord, beside: Mapping[str, Any]) -> int | None:
    own = record.year
    given = beside.get("year")
    if given is None:
        return own
    since = record.fields.get("effective_from")
    if record.is_property_tax and since is not None and int(given) < int(since[:4]):
        raise refused(
            "year",
            _("has the value “${value}”", mapping={"value": given}),
            _("a year from ${low} on, when the record begins to hold", mapping={"low": since[:4]}),
        )
    named = record.fields.get("year")
    if named is not None and int(named) != int(given):
        raise refused(
            "year",
            _("has the value “${value}”", mapping={"value": given}),
            _("the record's own year ${year}", mapping={"year": named}),
        )
    return int(given)


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _previous(beside: Mapping[str, Any]) -> Decimal | None:
    given = beside.get("previous")
    return None if given is None else euros(given["amount"])


def _without_prepayments(beside: Mapping[str, Any]) -> None:
    if beside.get("prepayments") is not None:
        raise refused(
            "prepayments",
            _("is set for a tax that has none"),
            _("prepayments only with tax_kind gewerbesteuer"),
        )


def _property_tax(
    record: AssessmentRecord,
    hebesatz: Decimal,
    year: int | None,
    announced: date | None,
    beside: Mapping[str, Any],
) -> Assessment:
    _without_prepayments(beside)
    tax = property_tax.property_tax(record.messbetrag, hebesatz)
    small = bool(beside.get("small_amounts"))
    extra = ExtraCents(beside.get("extra_cents", ExtraCents.FIRST))
    terms = Terms(small, Payment(beside.get("payment", Payment.QUARTERS)), extra)
    schedule = None if year is None else property_tax_schedule(tax.result, year, terms)
    old = _previous(beside)
    before = None
    if old is not None and year is not None:
        old_payment = Payment(beside["previous"].get("payment", terms.payment))
        before = property_tax_schedule(old, year, terms._replace(payment=old_payment))
    return _assembled(record, hebesatz, year, (tax,), schedule, before, announced, old)


def _prepayments(
    record: AssessmentRecord,
    hebesatz: Decimal,
    year: int | None,
    announced: date | None,
    beside: Mapping[str, Any],
) -> Assessment:
    _without_prepayments(beside)
    tax = trade_tax.prepayment_basis(record.messbetrag, hebesatz)
    schedule = None if year is None else trade_tax.prepayments(tax.result, year)
    old = _previous(beside)
    before = None if old is None or year is None else trade_tax.prepayments(old, year)
    return _assembled(
        record, hebesatz, year, (tax,), schedule, before, announced, old, law=PREPAYMENT_LAW
    )


def _assembled(
    record: AssessmentRecord,
    hebesatz: Decimal,
    year: int | None,
    steps: tuple[Step, ...],
    schedule: Schedule | None,
    before: Schedule | None,
    announced: date | None,
    old: Decimal | None,
    *,
    law: str | None = None,
) -> Assessment:
    """Put together a tax with instalments, what it changes and what the notice makes due."""
    amount = steps[0].result
    changed = None if old is None else change(old, amount)
    settled = None
    if schedule is not None:
        steps += schedule.steps
        if announced is not None:
            settled = after_announcement(schedule, before, announced, law=law)
    if changed is not None:
        steps += changed.steps
    if settled is not None:
        steps += settled.steps
    return Assessment(record, hebesatz, year, amount, schedule, changed, settled, None, steps)


def _trade_tax(
    record: AssessmentRecord,
    hebesatz: Decimal,
    year: int | None,
    announced: date | None,
    beside: Mapping[str, Any],
) -> Assessment:
    tax = trade_tax.trade_tax(record.messbetrag, hebesatz)
    old = _previous(beside)
    changed = None if old is None else change(old, tax.result)
    given = beside.get("prepayments") or {"due": 0, "paid": 0}
    settled = final_settlement(
        tax.result, due=euros(given["due"]), paid=euros(given["paid"]), announced=announced
    )
    origin = [
        origin_step(name, values, euros(result)) for name, values, result in given.get("from", ())
    ]
    steps = (tax, *(changed.steps if changed else ()), *origin, *settled.steps)
    interest = None
    if announced is not None and year is not None and "set" in given:
        # What bears interest is the difference to the prepayments set, paid or not.
        open_ = tax.result - euros(given["set"])
        kind = InterestKind.ARREARS if open_ > 0 else InterestKind.REFUND
        interest = interest_for_year(kind, year, abs(open_), announced)
        steps += interest.steps
    return Assessment(record, hebesatz, year, tax.result, None, changed, settled, interest, steps)
