"""The annual run of prepayments: from the latest notice, rounded as § 19 GewStG says, by two."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from test_runs import begin, released, state, stock

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.ledger.models import BookedLine
from stadtkern_finance.models import Rate, StoredAssessment, TaxAccount
from stadtkern_finance.runs import calculating, prepaying, queries
from stadtkern_finance.runs.models import DONE
from stadtkern_finance.stock.standing import standing

TAX, PREPAYMENT = "gewerbesteuer", "gewerbesteuer_vorauszahlung"


@pytest.fixture
def town(town: Town) -> Town:
    town.enable("finance")
    with town.session() as session:
        session.add(Rate(tax=TAX, first_year=2020, percent=380))
    return town


def business(number: str = "", **more: Any) -> dict[str, Any]:
    """Return an account of trade tax, by default with 2,642 euros of base amount from the stock."""
    usual = {"tax_kind": TAX, "number": number, "year": 2024, "messbetrag_cent": 264_200}
    return usual | {"amount_cent": 1_003_960} | more


def assessed(town: Town, kassenzeichen: str, kind: str, year: int, base: int, day: str) -> None:
    """Store what a notice of the tax office came to."""
    with town.session() as session:
        account = session.scalars(
            select(TaxAccount).where(TaxAccount.kassenzeichen == kassenzeichen)
        ).one()
        session.add(
            StoredAssessment(
                account_id=account.id,
                reference=f"{kassenzeichen}-{kind}-{day}",
                tax_kind=kind,
                year=year,
                messbetrag_cent=base,
                hebesatz="380",
                amount_cent=base * 380 // 100,
                notice_date=date.fromisoformat(day),
            )
        )


def outcomes(town: Town, number: int) -> dict[str, tuple[Any, ...]]:
    with town.session(write=False) as session:
        return {
            account.kassenzeichen: (row.outcome, row.amount_cent, row.before_cent, row.basis)
            for row, account in queries.every(session, number)
        }


def test_prepayments_are_worked_out_released_by_two_and_written(town, stadtkern) -> None:
    stock(
        town,
        business(),
        business(),
        business(),
        business(messbetrag_cent=5_000),
        business(messbetrag_cent=None),
        {},
    )
    # k1: set for 2026 by a later notice than the tax of 2024; k2: set for 2027 already.
    assessed(town, "k1", TAX, 2024, 300_000, "2026-02-01")
    assessed(town, "k1", PREPAYMENT, 2026, 264_200, "2026-06-01")
    assessed(town, "k2", PREPAYMENT, 2027, 100_000, "2026-06-01")
    assessed(town, "k2", TAX, 2025, 900_000, "2026-09-01")
    ask = ("finance", "run", "2027", "--tenant", "musterstadt", "--json", "--of", "prepayments")
    dry = json.loads(stadtkern(*ask, "--dry-run").output)
    number = begin(town, kind="prepayments")
    # A run of property tax of the same year does not stand in its way.
    assert begin(town) != number
    assert begin(town, kind="prepayments") == number
    assert outcomes(town, number) == {
        "k0": ("new", 1_003_600, None, "stock"),
        "k1": ("unchanged", 1_003_600, 1_003_600, "prepayment"),
        "k2": ("assessed", 380_000, None, "prepayment"),
        "k3": ("none_set", 0, None, "stock"),
        "k4": ("no_base", None, None, "stock"),
    }
    assert (dry["accounts"], dry["new"], dry["none_set"]) == (5, 1, 1)
    assert (dry["before"], dry["amount"]) == ("10036.00", "23872.00")
    page = town.get(f"/admin/finance/runs/{number}")
    page.mustcontain("Vorauszahlungen der Gewerbesteuer 2027", "§ 19 GewStG")
    released(town, number)
    row = state(town, number)
    assert (row.state, row.written, row.overtaken) == (DONE, 2, 0)
    with town.session(write=False) as session:
        made = session.scalars(
            select(StoredAssessment).where(StoredAssessment.reference.startswith("run-"))
        ).all()
        assert {(one.tax_kind, one.year, one.amount_cent) for one in made} == {
            (PREPAYMENT, 2027, 1_003_960)
        }
        assert made[0].instalments == [
            ["2509.00", day] for day in ("2027-02-15", "2027-05-18", "2027-08-16", "2027-11-15")
        ]
        lines = session.scalars(select(BookedLine)).all()
        assert {line.facts["steuerart"] for line in lines} == {"GewSt-VZ"}
        assert sum(line.amount_cent for line in lines) == 2 * 1_003_600
        # The account tells what the tax office's last notice came to, not what we made of it.
        assert session.scalars(select(TaxAccount.year)).first() == 2024
    again = begin(town, kind="prepayments")
    assert {one[0] for one in outcomes(town, again).values()} == {
        "assessed",
        "none_set",
        "no_base",
    }


@on_sqlite
def test_a_notice_that_came_meanwhile_is_not_written_over(town) -> None:
    stock(town, business("4711"), business("4711", tax_kind=PREPAYMENT), business("0815"))
    number = begin(town, kind="prepayments")
    # Of a taxpayer with two accounts it is the one for prepayments.
    assert set(outcomes(town, number)) == {"k1", "k2"}
    assessed(town, "k0", TAX, 2025, 900_000, "2026-12-01")
    released(town, number)
    assert (state(town, number).written, state(town, number).overtaken) == (1, 1)
    again = begin(town, kind="prepayments")
    assert outcomes(town, again)["k1"][:2] == ("new", 3_420_000)
    # Raised by a later notice: what stands is replaced, and booked as the difference.
    assessed(town, "k2", PREPAYMENT, 2027, 300_000, "2026-12-02")
    with town.session(write=False) as session:
        assert session.scalar(select(func.count(BookedLine.id))) == 4


@given(
    base=st.none() | st.integers(0, 10_000_000),
    rate=st.integers(200, 900),
    before=st.none() | st.integers(0, 50_000_000),
    standing=st.none() | st.integers(0, 50_000_000),
)
def test_prepayments_are_quarters_in_full_euros(base, rate, before, standing) -> None:
    row = TaxAccount(
        id=1, kassenzeichen="1", tax_kind=TAX, number="", messbetrag_cent=base, year=2024
    )
    known = [
        StoredAssessment(
            id=place, reference="run-1", tax_kind=PREPAYMENT, year=year, amount_cent=cents
        )
        for place, (year, cents) in enumerate(((2026, before), (2027, standing)))
        if cents is not None
    ]
    rates = [Rate(tax=TAX, first_year=2020, percent=rate)]
    made = prepaying.one(row, prepaying.facts(row, 2027, known), 2027, rates, {})
    if base is None:
        assert made["outcome"] == "no_base"
        return
    quarter = Decimal(base) * rate / 40_000 // 1
    expected = int(quarter * 400) if quarter >= 50 else 0
    assert made["amount_cent"] == expected
    assert made["messbetrag_cent"] == base
    stands = None if standing is None else prepaying.set_for(standing, 2027)
    assert (made["outcome"] == "assessed") is (stands == expected)
    summary = calculating.Summary(2027, "prepayments")
    summary.add("1", made)
    assert Decimal(summary.as_json()["amount"]) * 100 == expected


def test_a_tax_does_not_take_prepayments_for_its_earlier_assessment() -> None:
    row = TaxAccount(id=1, tax_kind=PREPAYMENT, year=2026, amount_cent=5)
    assert standing(row, TAX, 2026, {}) is None
    assert standing(row, PREPAYMENT, 2026, {}) == 5
    # What was booked since counts, even where the account shows another year.
    known = {(1, PREPAYMENT, 2026): 7, (1, PREPAYMENT, 2025): 6, (1, TAX, 2024): 9}
    assert [standing(row, PREPAYMENT, year, known) for year in (2024, 2025, 2026)] == [None, 6, 7]
    assert standing(row, TAX, 2024, known) == 9
