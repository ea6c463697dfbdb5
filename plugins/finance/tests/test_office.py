"""The treasury's pages: accounts are found and read, rates are entered as the law allows."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.models import AccountAlias, Rate, StoredAssessment, TaxAccount
from stadtkern_finance.stock import queries as stock
from stadtkern_finance.stock import words
from stadtkern_finance.stock.rates import percent as in_force
from stadtkern_finance.stock.resolutions import ResolutionRefused, check
from stadtkern_finance.stock.words import AccountWord, asked, words_of

ACCOUNTS, RATES = "/admin/finance/accounts", "/admin/finance/rates"


@pytest.fixture
def town(town: Town) -> Town:
    town.enable("finance")
    return town


def account(town: Town, kassenzeichen: str, **columns: Any) -> int:
    """Store an account with its words; return its id."""
    given_ = {"tax_kind": "grundsteuer_b", "number": "", "place": {}, "owners": []} | columns
    with town.session() as session:
        row = TaxAccount(kassenzeichen=kassenzeichen, **given_)
        session.add(row)
        words.keep(session, [row])
        return row.id


def muller(town: Town) -> int:
    return account(
        town,
        "5.0100.000012.1",
        number="4011223344556677",
        place={"street": "Bäckerstraße", "house_number": "3a", "town": "Musterstadt"},
        owners=[{"role": "owner", "surname": "Müller-Lüders", "given_name": "Ann-Kathrin"}],
        messbetrag_cent=9600,
        year=2026,
        amount_cent=66240,
    )


FOUND = [
    "5.0100.000012.1",
    "50100",
    "4011 2233",
    "mueller",
    "Lüd",
    "müller-lüders",
    "ann baeckerstr. 3A",
    "Bäckerstrasse muster",
    "9911",
]


def test_an_account_is_found_by_parts_however_they_are_written(town) -> None:
    number = muller(town)
    other = account(town, "7", owners=[{"role": "owner", "names": ["Bäckerei Neuer GmbH"]}])
    with town.session() as session:
        session.add(AccountAlias(account_id=number, number="99112233"))
    town.login("finance_clerk")
    for wanted in FOUND:
        page = town.get(ACCOUNTS, params={"words": wanted})
        assert [row.td.text for row in page.html.select("tbody tr")] == ["5.0100.000012.1"], wanted
    assert "Kein Konto gefunden" in town.get(ACCOUNTS, params={"words": "mueller berg"}).text
    page = town.get(ACCOUNTS, params={"words": "neuer"})
    assert f"{ACCOUNTS}/{other}" in page.text
    assert "Bäckerei Neuer GmbH" in page.text
    assert "Kein Konto gefunden" in town.get(ACCOUNTS, params={"tax": "gewerbesteuer"}).text


@on_sqlite
def test_the_list_costs_the_same_however_long_it_is(town) -> None:
    for place in range(60):
        account(town, f"8.{place:03d}", owners=[{"role": "owner", "surname": "Beispiel"}])
    town.login("finance_clerk")
    costs = []
    for wanted in ("beispiel", "8003"):
        town.get(ACCOUNTS, params={"words": wanted})
        with town.statements() as seen:
            page = town.get(ACCOUNTS, params={"words": wanted})
        costs.append(len(seen))
        assert page.html.select("tbody tr")
    assert costs[0] == costs[1]
    page = town.get(ACCOUNTS, params={"words": "beispiel", "page": "2"})
    assert len(page.html.select("tbody tr")) == 10
    assert "words=beispiel" in page.html.select_one("a[rel=prev]")["href"]


def test_one_account_shows_what_it_was_assessed_at(town) -> None:
    number = muller(town)
    with town.session() as session:
        session.add(
            StoredAssessment(
                account_id=number,
                reference="r-1",
                tax_kind="grundsteuer_b",
                year=2025,
                messbetrag_cent=9000,
                hebesatz="690",
                amount_cent=62100,
                before_cent=60000,
            )
        )
        session.add(AccountAlias(account_id=number, number="123", until=date(2025, 3, 1)))
    town.login("finance_clerk")
    page = town.get(f"{ACCOUNTS}/{number}").text
    for text in ("Ann-Kathrin Müller-Lüders", "621,00", "600,00", "690 %", "662,40", "123"):
        assert text in page, text
    town.get(f"{ACCOUNTS}/{number + 1}", status=404)
    town.get(f"{ACCOUNTS}/9999999999", status=404)


@on_sqlite
def test_who_is_not_of_the_treasury_sees_no_account(town) -> None:
    number = muller(town)
    town.login("administrator")
    for path in (ACCOUNTS, f"{ACCOUNTS}/{number}", RATES):
        town.get(path, status=403)
    town.disable("finance")
    town.login("finance_clerk")
    town.get(ACCOUNTS, status=404)


@given(st.text(max_size=30))
def test_whatever_stands_in_a_name_finds_it(name: str) -> None:
    stored = words_of("x", {}, [{"surname": name}])
    assert all(any(one.startswith(word) for one in stored) for word in asked(name))


def resolution(**fields: Any) -> dict[str, str]:
    given_ = {
        "tax": "grundsteuer_b",
        "first_year": 2026,
        "percent": 690,
        "resolved_on": "2025-12-10",
    } | fields
    return {name: str(value) for name, value in given_.items()}


def rates(town: Town) -> list[tuple[str, int, int]]:
    with town.session(write=False) as session:
        rows = session.scalars(select(Rate).order_by(Rate.first_year)).all()
        return [(row.tax, row.first_year, row.percent) for row in rows]


def test_a_resolution_is_entered_shown_and_taken_back(town) -> None:
    town.login("finance_clerk")
    town.post(RATES, resolution(), status=302)
    assert rates(town) == [("grundsteuer_b", 2026, 690)]
    page = town.get(RATES)
    assert "690 %" in page.text
    again = town.post(RATES, resolution(percent=700), status=422)
    assert "braucht einen späteren Tag" in again.text
    number = page.html.select_one("tbody input[name=id]")["value"]
    town.post(RATES, {"id": number, "do": "remove"}, status=302)
    assert rates(town) == []
    town.post(RATES, {"id": number, "do": "remove"}, status=404)


@on_sqlite
def test_a_resolution_by_which_taxes_were_assessed_stays(town) -> None:
    account_id = account(town, "1")
    with town.session() as session:
        row = Rate(tax="grundsteuer_b", first_year=2026, percent=690)
        session.add(row)
        session.add(
            StoredAssessment(
                account_id=account_id,
                reference="r",
                tax_kind="grundsteuer_b",
                year=2027,
                messbetrag_cent=1,
                hebesatz="690",
                amount_cent=7,
            )
        )
        session.flush()
        number = row.id
    town.login("finance_clerk")
    page = town.post(RATES, {"id": str(number), "do": "remove"}, status=422)
    assert "bleibt stehen" in page.text
    assert len(rates(town)) == 1


@on_sqlite
def test_after_30_june_a_rate_may_not_exceed_what_was_fixed_last(town) -> None:
    with town.session() as session:
        session.add(Rate(tax="grundsteuer_b", first_year=2020, percent=600))
    town.login("finance_clerk")

    def entered(percent: int, day: str) -> bool:
        page = town.post(RATES, resolution(percent=percent, resolved_on=day), status="*")
        if page.status_int == 302:
            return True
        page.mustcontain("ihn ab 2027 ein")
        return False

    assert not entered(690, "2026-07-01")
    assert not entered(690, "2027-01-02")
    assert entered(690, "2026-06-30")
    # Now 690 is what was fixed last, then 640: up again is over.
    assert entered(640, "2026-07-01")
    assert not entered(650, "2026-12-31")
    assert entered(500, "2026-12-31")
    with town.session(write=False) as session:
        assert in_force("grundsteuer_b", 2026, stock.rates(session), {}) == 500


YEARS = st.integers(1995, 2099)
SHIFTS = st.integers(-3, 3) | st.integers(-800, 800)


@given(
    tax=st.sampled_from(["grundsteuer_a", "grundsteuer_b", "gewerbesteuer"]),
    year=YEARS,
    days=SHIFTS,
    percent=st.integers(200, 1_000),
    before=st.none() | st.integers(200, 1_000),
)
def test_the_law_on_resolutions_after_30_june(tax, year, days, percent, before) -> None:
    """§ 25 (3) GrStG, § 16 (3) GewStG, with most examples around the border."""
    day = date(year, 6, 30) + timedelta(days)
    in_time = (day.year, day.month) < (year, 7)
    lowered = before is not None and percent <= before
    if in_time or (day.year == year and lowered):
        check(tax, year, percent, day, before)
    else:
        with pytest.raises(ResolutionRefused) as refused:
            check(tax, year, percent, day, before)
        assert refused.value.field == "resolved_on"
    if lowered or before is None:
        check(tax, year, percent, None, before)


@on_sqlite
def test_a_rate_of_trade_tax_is_at_least_200(town, stadtkern) -> None:
    town.login("finance_clerk")
    page = town.post(RATES, resolution(tax="gewerbesteuer", percent=199), status=422)
    assert "von 200 bis 10000" in page.text
    town.post(RATES, resolution(percent="10001"), status=422)
    town.post(RATES, resolution(percent="6.5"), status=422)
    done = stadtkern(
        *("finance", "rates", "--tenant", "musterstadt", "--set", "gewerbesteuer"),
        *("--percent", "199", "--from", "2026"),
    )
    assert done.exit_code == 1
    assert "§ 16 Abs. 4 GewStG" in done.output
    assert rates(town) == []


@on_sqlite
def test_words_go_with_their_account(town) -> None:
    number = muller(town)
    with town.session() as session:
        session.delete(session.get(TaxAccount, number))
    with town.session(write=False) as session:
        assert session.scalars(select(AccountWord.word)).all() == []
