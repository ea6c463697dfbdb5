"""Trying a rate: sums to the cent, the neutral rate the nearest there is, nothing changed."""

import io
import json
from datetime import date
from decimal import Decimal
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.law.property_tax import property_tax
from stadtkern_finance.models import Rate, TaxAccount
from stadtkern_finance.stock import simulating

PAGE = "/admin/finance/simulation"
B = "grundsteuer_b"


@pytest.fixture
def town(town: Town) -> Town:
    town.enable("finance")
    town.configure("finance", rate_b=500, rates_valid_from=date(2020, 1, 1))
    return town


def stock(town: Town, *amounts: int | None, **columns: Any) -> None:
    """Store one account for each base amount in cents."""
    given_ = {"tax_kind": B, "number": "", "place": {}, "owners": []} | columns
    with town.session() as session:
        session.execute(delete(TaxAccount))
        rows = [
            {"kassenzeichen": f"k{place}", "messbetrag_cent": amount, **given_}
            for place, amount in enumerate(amounts)
        ]
        tenant = {"tenant_id": town.tenant_id}
        session.execute(insert(TaxAccount), [row | tenant for row in rows])


def simulated(town: Town, percent: int, **more: Any) -> simulating.Simulation:
    with town.session(write=False) as session:
        values = {"rate_b": 500}
        return simulating.simulate(session, values, B, percent, **({"year": 2026} | more))


@on_sqlite
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(0, 2_000_000), min_size=1, max_size=30),
    st.integers(0, 10_000),
    st.integers(0, 3_000_000),
)
def test_sums_are_those_of_the_law_and_the_neutral_rate_is_the_nearest(
    town, amounts, percent, target
) -> None:
    stock(town, *amounts)
    found = simulated(town, percent, target_cent=target)
    for rate, sum_ in ((500, found.today_cent), (percent, found.simulated_cent)):
        taxes = [property_tax(Decimal(one).scaleb(-2), Decimal(rate)).result for one in amounts]
        assert sum(taxes) == Decimal(sum_).scaleb(-2)
    assert sum(one.accounts for one in found.classes) == len(amounts) == found.accounts
    assert sum(one.difference_cent for one in found.classes) == found.difference_cent
    for one in found.classes:
        most = one.accounts * (one.up_to if one.up_to is not None else 10**12)
        assert one.accounts * one.over <= abs(one.difference_cent) <= most
    if found.neutral is not None:
        off = abs(found.neutral.difference_cent)
        with town.session(write=False) as session:
            for near in (found.neutral.percent - 1, found.neutral.percent + 1, 0, 10_000):
                if 0 <= near <= 10_000:
                    assert off <= abs(simulating.revenue(session, B, near) - target)


def test_the_command_says_what_a_rate_would_bring(town, stadtkern) -> None:
    # 9.60, 100.00 and 1,000.00 euros of base amount, assessed at 600 % until now.
    stock(town, 960, 10_000, 100_000, None, amount_cent=221_920)
    ask = ("finance", "simulate", "--tenant", "musterstadt", "--tax", B, "--year", "2026")
    done = stadtkern(*ask, "--percent", "550", "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.output)
    assert (found["accounts"], found["left_out"]) == (3, 1)
    assert (found["today"], found["simulated"]) == ("5548.00", "6102.80")
    assert found["difference"] == "554.80"
    assert [one["accounts"] for one in found["classes"]] == [0, 1, 0, 1, 0, 0, 1]
    assert found["neutral"] == {
        "revenue": "6657.60",
        "percent": 600,
        "amount": "6657.60",
        "difference": "0.00",
    }
    neutral = stadtkern(*ask, "--percent", "550", "--revenue", "5000", "--json")
    assert json.loads(neutral.output)["neutral"]["percent"] == 451
    assert "At 550 %: 6102.80 euros" in stadtkern(*ask, "--percent", "550").output


@on_sqlite
def test_without_a_rate_there_is_nothing_to_compare_with(town, stadtkern) -> None:
    ask = ("finance", "simulate", "--tenant", "musterstadt", "--percent", "500")
    done = stadtkern(*ask, "--tax", "grundsteuer_a")
    assert done.exit_code == 1
    assert "No rate (Hebesatz) is in force" in done.output
    low = stadtkern(*ask[:-1], "199", "--tax", "gewerbesteuer")
    assert "at least 200" in low.output
    town.login("finance_clerk")
    query = {"tax": "grundsteuer_a", "percent": "500", "year": "2026"}
    assert "kein Hebesatz" in town.get(PAGE, params=query, status=422).text
    query = {"tax": "gewerbesteuer", "percent": "199", "year": "2026"}
    assert "§ 16" in town.get(PAGE, params=query, status=422).text


@on_sqlite
def test_the_page_draws_and_tables_what_changes(town) -> None:
    stock(town, 960, 10_000, 100_000, amount_cent=221_920)
    with town.session() as session:
        session.add(Rate(tax=B, first_year=2026, percent=700))
    town.login("finance_clerk")
    town.get(PAGE)
    query = {"tax": B, "percent": "600", "year": "2026"}
    with town.statements() as seen:
        page = town.get(PAGE, params=query)
    assert not [one for one in seen if one.split()[0] in {"INSERT", "UPDATE", "DELETE"}]
    figures = [one.text for one in page.html.select(".figures b")]
    assert [one.split("\xa0")[0] for one in figures] == ["7.767", "6.658", "-1.110"]
    assert len(page.html.select("svg rect")) == len(page.html.select("tbody tr")) == 8
    assert "600 %" in page.html.select_one(".notice.info b").text


@on_sqlite
def test_the_list_of_accounts_goes_into_a_spreadsheet(town) -> None:
    stock(town, 960, owners=[{"role": "owner", "surname": "=cmd()"}])
    town.login("finance_clerk")
    answer = town.post("/admin/finance/accounts.xlsx", {})
    with ZipFile(io.BytesIO(answer.body)) as book:
        texts = book.read("xl/sharedStrings.xml").decode()
        assert "=cmd()" in texts
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()
    empty = town.post("/admin/finance/accounts.xlsx", {"tax": "gewerbesteuer"})
    with ZipFile(io.BytesIO(empty.body)) as book:
        assert "=cmd()" not in book.read("xl/sharedStrings.xml").decode()
