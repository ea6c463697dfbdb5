"""Vectors of tax law: amounts, interest, surcharges, deadlines, and what always holds of them."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from dateutil.easter import easter
from hypothesis import given
from hypothesis import strategies as st

from stadtkern_finance.law import calendar, instalments, interest, periods, property_tax, trade_tax
from stadtkern_finance.law.announcement import Regime, announce, electronic_regime
from stadtkern_finance.law.explanation import LANGUAGES, explained
from stadtkern_finance.law.instalments import ExtraCents, Kind, Payment, Terms
from stadtkern_finance.law.interest import InterestKind, Run, interest_for_year
from stadtkern_finance.law.late_payment import Method, surcharge_for
from stadtkern_finance.law.rates import RateUnknown
from stadtkern_finance.law.rounding import from_cents
from stadtkern_finance.law.settlement import after_announcement, change, final_settlement
from stadtkern_finance.law.trade_tax import Form

cents = st.integers(0, 10**10).map(from_cents)
years = st.integers(2004, 2060)
days = st.dates(date(2004, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("messbetrag", "hebesatz", "tax"),
    [("150.00", "420", "630.00"), ("175.00", "250", "437.50"), ("0.01", "33.5", "0.00")],
)
def test_property_tax(messbetrag: str, hebesatz: str, tax: str) -> None:
    step = property_tax.property_tax(Decimal(messbetrag), Decimal(hebesatz))
    assert str(step.result) == tax


def test_a_prepayment_block_multiplies_likewise() -> None:
    assert str(trade_tax.prepayment_basis(Decimal("35.00"), Decimal(420)).result) == "147.00"


@pytest.mark.parametrize(
    ("profit", "form", "results"),
    [
        ("132090", Form.PERSON, ["132000.00", "107500.00", "3762.00"]),
        ("100000", Form.PERSON, ["100000.00", "75500.00", "2642.00"]),
        ("24599.99", Form.PERSON, ["24500.00", "0.00", "0.00"]),
        ("-1", Form.COMPANY, ["-100.00", "0.00", "0.00"]),
        ("5100", Form.BODY, ["5100.00", "100.00", "3.00"]),
    ],
)
def test_base_amount_of_trade_tax(profit: str, form: Form, results: list[str]) -> None:
    steps = trade_tax.messbetrag_steps(Decimal(profit), form)
    assert [str(step.result) for step in steps] == results


def test_prepayments_are_quarters_in_full_euros_on_working_days() -> None:
    tax = trade_tax.trade_tax(Decimal(2642), Decimal(380)).result
    assert str(tax) == "10039.60"
    schedule = trade_tax.prepayments(tax, 2026)
    assert {str(one.amount) for one in schedule.instalments} == {"2509.00"}
    assert schedule.instalments[0].due == date(2026, 2, 16)
    assert schedule.instalments[0].named == date(2026, 2, 15)


def test_no_prepayment_below_50_euros() -> None:
    assert trade_tax.prepayments(Decimal("199.99"), 2026).instalments == ()
    assert trade_tax.prepayments(Decimal("200.00"), 2026).total == 200
    assert trade_tax.adaptable_until(2026) == date(2028, 3, 31)


def test_small_amounts_of_property_tax() -> None:
    town = Terms(small_amounts=True)
    once = Terms(small_amounts=True, payment=Payment.ONCE)

    def plan(tax: str, terms: Terms) -> list[tuple[int, int, str]]:
        found = instalments.property_tax_schedule(Decimal(tax), 2025, terms).instalments
        return [(one.named.month, one.named.day, str(one.amount)) for one in found if one.named]

    assert plan("15.00", town) == plan("15.00", once) == [(8, 15, "15.00")]
    assert plan("15.01", town) == [(2, 15, "7.51"), (8, 15, "7.50")]
    assert plan("30.00", once) == plan("30.00", Terms(payment=Payment.ONCE)) == [(7, 1, "30.00")]
    assert len(plan("30.01", town)) == len(plan("15.00", Terms())) == 4
    last = Terms(extra_cents=ExtraCents.LAST)
    assert [amount for _m, _d, amount in plan("0.03", last)] == ["0.00", "0.01", "0.01", "0.01"]


@given(
    tax=cents,
    year=years,
    small=st.booleans(),
    once=st.booleans(),
    extra=st.sampled_from(ExtraCents),
)
def test_instalments_sum_to_the_year(
    *, tax: Decimal, year: int, small: bool, once: bool, extra: ExtraCents
) -> None:
    terms = Terms(small, Payment.ONCE if once else Payment.QUARTERS, extra)
    schedule = instalments.property_tax_schedule(tax, year, terms)
    assert schedule.total == tax
    amounts = [one.amount for one in schedule.instalments]
    assert max(amounts, default=0) - min(amounts, default=0) <= Decimal("0.01")
    for one in schedule.instalments:
        assert one.due >= one.named
        assert calendar.is_working_day(one.due)


@given(old=cents, new=cents, year=years, announced=days)
def test_after_a_notice_the_year_comes_out(
    old: Decimal, new: Decimal, year: int, announced: date
) -> None:
    before = instalments.property_tax_schedule(old, year)
    after = instalments.property_tax_schedule(new, year)
    plan = after_announcement(after, before, announced)
    had = sum(one.amount for one in before.instalments if one.due and one.due <= announced)
    assert plan.total + had == new
    for one in plan.payments:
        assert (one.due is None) == (one.kind is Kind.REFUND)
        assert one.due is None or one.due > announced


@given(old=cents, new=cents)
def test_reversal_and_new_are_the_difference(old: Decimal, new: Decimal) -> None:
    made = change(old, new)
    assert made.reversal + made.new == made.difference == new - old


@given(low=cents, more=cents, hebesatz=st.integers(0, 1000))
def test_more_base_amount_is_never_less_tax(low: Decimal, more: Decimal, hebesatz: int) -> None:
    rate = Decimal(hebesatz)
    assert (
        property_tax.property_tax(low, rate).result
        <= property_tax.property_tax(low + more, rate).result
    )


def test_final_payment_of_trade_tax() -> None:
    announced = date(2026, 3, 20)
    plan = final_settlement(
        Decimal(10_000), due=Decimal(8000), paid=Decimal(6000), announced=announced
    )
    assert [(one.kind, one.amount, one.due) for one in plan.payments] == [
        (Kind.OVERDUE_PREPAYMENT, 2000, announced),
        (Kind.FINAL_PAYMENT, 2000, date(2026, 4, 20)),
    ]
    back = final_settlement(Decimal(5000), due=Decimal(8000), paid=Decimal(6000), announced=None)
    assert [(one.kind, one.amount) for one in back.payments] == [(Kind.REFUND, -1000)]


@given(tax=cents, due=cents, paid=cents, announced=days)
def test_the_settlement_is_tax_less_payments(
    tax: Decimal, due: Decimal, paid: Decimal, announced: date
) -> None:
    assert final_settlement(tax, due=due, paid=paid, announced=announced).total == tax - paid


def test_interest_on_arrears() -> None:
    found = interest_for_year(InterestKind.ARREARS, 2022, Decimal("12340.55"), date(2026, 3, 20))
    run = found.runs[0]
    assert (run.months, run.basis, found.unrounded) == (18, 12_300, Decimal("332.10"))
    assert str(found.interest) == "332.00"
    refund = interest_for_year(InterestKind.REFUND, 2022, Decimal("12340.55"), date(2026, 3, 20))
    assert str(refund.interest) == "333.00"
    later = interest_for_year(
        InterestKind.REFUND,
        2022,
        Decimal("12340.55"),
        date(2026, 3, 20),
        paid=date(2026, 1, 22),
    )
    assert (later.runs[0].months, later.interest) == (1, 19)


@pytest.mark.parametrize(
    ("year", "start"),
    [
        (2018, date(2020, 4, 1)),
        (2019, date(2021, 10, 1)),
        (2020, date(2022, 10, 1)),
        (2021, date(2023, 10, 1)),
        (2022, date(2024, 9, 1)),
        (2023, date(2025, 7, 1)),
        (2024, date(2026, 6, 1)),
        (2025, date(2027, 4, 1)),
    ],
)
def test_interest_begins(year: int, start: date) -> None:
    assert interest.start_of_interest(year).result == start


def test_rates_before_and_after_2019_are_added() -> None:
    found = interest_for_year(InterestKind.ARREARS, 2016, Decimal(10_000), date(2019, 3, 31))
    # Nine months of 2018 at 0.5 percent, three of 2019 at 0.15.
    assert found.interest == 450 + 45
    middle = interest.run_interest(Run(Decimal(10_000), date(2018, 12, 16), date(2019, 1, 15)))
    assert (middle.months, middle.interest) == (1, 25 + Decimal("7.5"))


def test_interest_below_ten_euros_is_not_set() -> None:
    end = date(2027, 4, 30)
    for kind, amount, set_ in (
        (InterestKind.ARREARS, 7300, 10),
        (InterestKind.ARREARS, 6650, 0),
        (InterestKind.REFUND, 6050, 10),
        (InterestKind.REFUND, 6000, 0),
    ):
        assert interest_for_year(kind, 2025, Decimal(amount), end).interest == set_


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2026, 5, 10), date(2026, 6, 9), 1),
        (date(2026, 5, 10), date(2026, 6, 8), 0),
        (date(2026, 2, 1), date(2026, 2, 28), 1),
        (date(2026, 1, 31), date(2026, 2, 28), 1),
        (date(2026, 1, 31), date(2026, 2, 27), 0),
        (date(2026, 5, 10), date(2026, 5, 9), 0),
    ],
)
def test_full_months(start: date, end: date, months: int) -> None:
    assert periods.full_months(start, end) == months


@given(start=days.map(lambda day: day.replace(day=1)), first=st.integers(1, 80), end=days)
def test_full_months_add_up(start: date, first: int, end: date) -> None:
    border = periods.end_of_months(start, first)
    whole = periods.full_months(start, end)
    if end > border:
        assert whole == first + periods.full_months(border + timedelta(days=1), end)
    assert periods.full_months(start, end + timedelta(days=1)) >= whole
    assert periods.interest_days(start, border) == 30 * first


def test_a_surcharge_for_late_payment() -> None:
    found = surcharge_for(Decimal(3830), date(2012, 3, 10), date(2012, 4, 20), Method.TRANSFER)
    assert (found.basis, found.months, found.surcharge) == (3800, 2, 76)
    assert (found.due, found.grace_end) == (date(2012, 3, 12), date(2012, 3, 15))


@pytest.mark.parametrize(
    ("method", "paid", "months"),
    [
        (Method.TRANSFER, date(2026, 2, 19), 0),
        (Method.TRANSFER, date(2026, 2, 20), 1),
        (Method.CASH, date(2026, 2, 16), 0),
        (Method.CASH, date(2026, 2, 17), 1),
        (Method.CHEQUE, date(2026, 2, 13), 0),
        (Method.CHEQUE, date(2026, 2, 14), 1),
        (Method.DIRECT_DEBIT, date(2026, 5, 1), 0),
        (Method.TRANSFER, date(2026, 3, 16), 1),
        (Method.TRANSFER, date(2026, 3, 17), 2),
    ],
)
def test_grace_is_for_transfers(method: Method, paid: date, months: int) -> None:
    assert surcharge_for(Decimal(100), date(2026, 2, 15), paid, method).months == months


@given(amount=cents, due=days, late=st.integers(-40, 400), method=st.sampled_from(Method))
def test_grace_is_never_before_the_day_when_due(
    amount: Decimal, due: date, late: int, method: Method
) -> None:
    paid = due + timedelta(days=late)
    found = surcharge_for(amount, due, paid, method)
    assert found.grace_end is None or found.grace_end >= found.due + timedelta(days=3) > due
    assert found.surcharge == found.basis * found.months / 100
    later = surcharge_for(amount, due, paid + timedelta(days=1), method)
    assert later.surcharge >= found.surcharge


def test_rates_that_nobody_entered_are_not_guessed() -> None:
    with pytest.raises(RateUnknown):
        surcharge_for(Decimal(100), date(2003, 12, 30), date(2004, 3, 1), Method.TRANSFER)
    with pytest.raises(RateUnknown):
        announce(date(2026, 12, 31), Regime.RULE)


@pytest.mark.parametrize(
    ("sent", "regime", "announced", "until"),
    [
        # Good Friday, Easter Monday.
        (date(2026, 3, 30), Regime.LETTER, date(2026, 4, 7), date(2026, 5, 7)),
        # The last letters with three days, the first with four.
        (date(2024, 12, 30), Regime.LETTER, date(2025, 1, 2), date(2025, 2, 3)),
        (date(2025, 1, 2), Regime.LETTER, date(2025, 1, 6), date(2025, 2, 6)),
        # Fronleichnam is a holiday in Hesse.
        (date(2026, 5, 31), Regime.LETTER, date(2026, 6, 5), date(2026, 7, 6)),
        (date(2026, 1, 26), Regime.CONSENT, date(2026, 1, 30), date(2026, 3, 2)),
        (date(2027, 1, 4), Regime.RULE, date(2027, 1, 8), date(2027, 2, 8)),
        (date(2026, 1, 31), Regime.LETTER_ABROAD, date(2026, 3, 2), date(2026, 4, 2)),
    ],
)
def test_announcement(sent: date, regime: Regime, announced: date, until: date) -> None:
    found = announce(sent, regime)
    assert (found.announced_at, found.objection_until) == (announced, until)


def test_electronic_notices_are_the_rule_from_2027() -> None:
    assert electronic_regime(date(2026, 12, 31)) is Regime.CONSENT
    assert electronic_regime(date(2027, 1, 1)) is Regime.RULE


def test_days_without_work_in_hesse() -> None:
    assert calendar.working_day(date(2027, 5, 15)) == date(2027, 5, 18)
    assert calendar.working_day(date(2026, 2, 15)) == date(2026, 2, 16)
    assert calendar.holiday_name(date(2026, 6, 4)) == "Fronleichnam"
    assert calendar.holiday_name(date(2017, 10, 31)) == "Reformationstag"
    assert not calendar.holiday_name(date(2018, 10, 31))
    # Christmas Eve is none, and what other states have is none here.
    for working in (date(2026, 12, 24), date(2026, 1, 6), date(2027, 11, 1), date(2026, 12, 31)):
        assert calendar.is_working_day(working)


@given(st.integers(1900, 2200))
def test_easter(year: int) -> None:
    assert calendar.easter_sunday(year) == easter(year)


def test_what_hessian_law_leads_one_to_expect() -> None:
    factor = property_tax.land_factor(Decimal(250), Decimal(200))
    assert str(factor) == "1.07"
    areas = [
        property_tax.Area(Decimal(500), property_tax.LAND_AMOUNT),
        property_tax.Area(Decimal(120), property_tax.BUILDING_AMOUNT, Decimal(70)),
    ]
    # (20 + 42) × 1.07 = 66.34
    assert property_tax.expected_messbetrag(areas, factor).result == 66


def test_each_step_can_be_read_in_both_languages() -> None:
    found = interest_for_year(InterestKind.ARREARS, 2022, Decimal("12340.55"), date(2026, 3, 20))
    german, english = (explained(found.steps, language) for language in LANGUAGES)
    assert "12.300,00\xa0€ × 18 Monate × 0,15\xa0% = 332,10\xa0€ (§ 238 Abs. 1a AO)" in german
    assert "€12,300.00 × 18 months × 0.15% = €332.10 (§ 238 (1a) AO)" in english
    data = found.steps[-1].as_json()
    assert data["result"] == "332.00"
    assert data["unrounded"] == "332.1000"
    assert data["rounding"] == "down_to_euro"
    assert data["paragraph"] == "§ 239 Abs. 2 Satz 1 AO"
