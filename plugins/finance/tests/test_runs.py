"""The annual run: compared, stopped and gone on, released by two, written once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.law.property_tax import property_tax
from stadtkern_finance.ledger.models import BookedLine
from stadtkern_finance.models import Rate, StoredAssessment, TaxAccount
from stadtkern_finance.runs import calculating, queries, services, writing
from stadtkern_finance.runs.models import CALCULATED, DONE, Run, RunRow

RUNS = "/admin/finance/runs"
B = "grundsteuer_b"


@pytest.fixture
def town(town: Town) -> Town:
    town.enable("finance")
    with town.session() as session:
        session.add(Rate(tax=B, first_year=2020, percent=500))
        session.add(Rate(tax=B, first_year=2027, percent=600, resolved_on=date(2026, 12, 1)))
    return town


def stock(town: Town, *accounts: dict[str, Any]) -> None:
    """Store accounts: by default 100 euros of base amount, assessed for 2026."""
    usual = {
        "tax_kind": B,
        "number": "",
        "place": {},
        "owners": [],
        "messbetrag_cent": 10_000,
        "year": 2026,
        "amount_cent": 50_000,
        "tenant_id": town.tenant_id,
    }
    with town.session() as session:
        rows = [{"kassenzeichen": f"k{place}"} | usual | one for place, one in enumerate(accounts)]
        session.execute(insert(TaxAccount), rows)


MIXED = (
    {},
    {"messbetrag_cent": 20_000, "amount_cent": 120_000},
    {"year": None, "amount_cent": None},
    {"messbetrag_cent": None},
    {"year": 2027, "amount_cent": 60_000},
    {"tax_kind": "gewerbesteuer"},
)


def begin(town: Town, year: int = 2027, kind: str = "property") -> int:
    """Start a run as a clerk and let the jobs work; return its id."""
    town.login("finance_clerk")
    place = town.post(RUNS, {"year": str(year), "kind": kind}, status=302).location
    town.run_jobs()
    return int(place.rpartition("/")[2])


def deed(town: Town, number: int, name: str, *, status: int = 302) -> Any:
    page = town.get(f"{RUNS}/{number}")
    seen = page.html.select_one("input[name=seen]")
    fields = {"do": name, "seen": seen["value"] if seen else ""}
    return town.post(f"{RUNS}/{number}", fields, status=status)


def released(town: Town, number: int) -> None:
    deed(town, number, "propose")
    town.login("finance_approver")
    deed(town, number, "release")
    town.run_jobs()


def state(town: Town, number: int) -> Run:
    with town.session(write=False) as session:
        row = queries.run(session, number)
        assert row is not None
        session.expunge(row)
    return row


def test_a_run_is_compared_released_by_two_and_written_once(town) -> None:
    stock(town, *MIXED)
    number = begin(town)
    assert state(town, number).state == CALCULATED
    page = town.get(f"{RUNS}/{number}")
    cells = [[one.text for one in row.select("th, td")] for row in page.html.select("tbody tr")]
    assert [one[1] for one in cells[:5]] == ["2", "1", "1", "1"] or len(cells) >= 4
    deed(town, number, "propose")
    # Nobody releases what is their own; a clerk not at all.
    deed_fields = {"do": "release", "seen": state(town, number).rows_hash}
    town.post(f"{RUNS}/{number}", deed_fields, status=404)
    town.login("finance_approver")
    town.post(f"{RUNS}/{number}", deed_fields | {"seen": "0" * 64}, status=422)
    deed(town, number, "release")
    town.run_jobs()
    row = state(town, number)
    assert (row.state, row.written, row.overtaken) == (DONE, 3, 0)
    with town.session(write=False) as session:
        made = session.scalars(select(StoredAssessment).order_by(StoredAssessment.id)).all()
        assert [(one.year, one.hebesatz, one.amount_cent) for one in made] == [
            (2027, "600", 60_000),
            (2027, "600", 120_000),
            (2027, "600", 60_000),
        ]
        assert [one[0] for one in made[0].instalments] == ["150.00"] * 4
        lines = session.scalars(select(BookedLine)).all()
        assert sum(line.amount_cent for line in lines) == 240_000
    # Once more: all stands, nothing is written again.
    again = begin(town)
    assert again != number
    with town.session(write=False) as session:
        found = calculating.summary(session, queries.run(session, again))
    assert found.numbers == {"assessed": 4, "no_base": 1}
    released(town, again)
    with town.session(write=False) as session:
        assert session.scalar(select(func.count(StoredAssessment.id))) == 3


@on_sqlite
def test_who_started_or_proposed_a_run_does_not_release_it(town) -> None:
    stock(town, {})
    town.login("finance_approver")
    place = town.post(RUNS, {"year": "2027", "kind": "property"}, status=302).location
    town.run_jobs()
    number = int(place.rpartition("/")[2])
    town.login("finance_clerk")
    deed(town, number, "propose")
    town.login("finance_approver")
    fields = {"do": "release", "seen": state(town, number).rows_hash}
    assert "zwei Personen" in town.post(f"{RUNS}/{number}", fields, status=422).text
    town.login("finance_approver", mail="third@people.example")
    deed(town, number, "release")


@on_sqlite
def test_rows_that_were_changed_behind_a_proposal_are_not_released(town) -> None:
    stock(town, {})
    number = begin(town)
    deed(town, number, "propose")
    with town.session() as session:
        session.execute(update(RunRow).values(amount_cent=1))
    town.login("finance_approver")
    assert "nicht mehr das, was vorgeschlagen" in deed(town, number, "release", status=422).text


@on_sqlite
def test_an_account_that_changed_meanwhile_is_left_as_it_is(town) -> None:
    stock(town, {}, {})
    number = begin(town)
    with town.session() as session:
        row = session.scalars(select(TaxAccount).order_by(TaxAccount.id)).first()
        assert row is not None
        row.messbetrag_cent = 11_000
    released(town, number)
    found = state(town, number)
    assert (found.written, found.overtaken) == (1, 1)
    assert "bleiben, wie sie sind" in town.get(f"{RUNS}/{number}").text
    # The next run takes it up.
    again = begin(town)
    released(town, again)
    with town.session(write=False) as session:
        amounts = session.scalars(select(StoredAssessment.amount_cent)).all()
    assert sorted(amounts) == [60_000, 66_000]


@on_sqlite
def test_a_rate_raised_later_replaces_what_stands(town) -> None:
    stock(town, {"year": 2027, "amount_cent": 50_000})
    number = begin(town)
    released(town, number)
    with town.session(write=False) as session:
        (row,) = session.scalars(select(StoredAssessment)).all()
        lines = session.scalars(select(BookedLine.amount_cent)).all()
    assert (row.amount_cent, row.before_cent) == (60_000, 50_000)
    assert sum(lines) == 10_000


@on_sqlite
def test_without_a_rate_a_run_is_not_proposed_and_can_be_discarded(town, stadtkern) -> None:
    stock(town, {"tax_kind": "grundsteuer_a"})
    number = begin(town)
    assert "kein Hebesatz" in deed(town, number, "propose", status=422).text
    deed(town, number, "discard")
    done = stadtkern("finance", "run", "2027", "--tenant", "musterstadt", "--dry-run", "--json")
    assert done.exit_code == 1
    assert json.loads(done.output)["no_rate"] == 1


class Killed(BaseException):
    """The process ends here."""


@on_sqlite
def test_killed_at_any_moment_a_run_goes_on_and_does_nothing_twice(town, monkeypatch) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    monkeypatch.setattr(writing, "BATCH", 2)
    stock(town, *({} for _place in range(7)))
    town.login("finance_clerk")
    place = town.post(RUNS, {"year": "2027", "kind": "property"}, status=302).location
    number = int(place.rpartition("/")[2])

    def until(work: Any, *args: Any) -> None:
        """Let each attempt be killed after one commit, once before and once behind it."""
        for turn in range(20):
            left = 1

            @contextmanager
            def unit(*, write: bool = True) -> Iterator[Any]:
                nonlocal left
                with town.session(write=write) as session:
                    yield session
                    if left == 0 and turn % 2:  # noqa: B023 - called within this turn
                        raise Killed
                if left == 0:
                    raise Killed
                left -= 1

            try:
                work(unit, number, *args)
            except Killed:
                continue
            return
        pytest.fail("it never came to its end")

    until(services.calculate, lambda _session: {})
    with town.session(write=False) as session:
        assert session.scalar(select(func.count(RunRow.id))) == 7
    assert state(town, number).state == CALCULATED
    deed(town, number, "propose")
    town.login("finance_approver")
    deed(town, number, "release")
    until(writing.write, town.tenant.today())
    with town.session(write=False) as session:
        assert session.scalar(select(func.count(StoredAssessment.id))) == 7
        assert session.scalar(select(func.sum(BookedLine.amount_cent))) == 7 * 60_000
    assert state(town, number).written == 7
    town.run_jobs()
    assert state(town, number).written == 7


@on_sqlite
def test_a_run_is_stopped_and_goes_on(town) -> None:
    stock(town, {}, {})
    town.login("finance_clerk")
    place = town.post(RUNS, {"year": "2027", "kind": "property"}, status=302).location
    number = int(place.rpartition("/")[2])
    deed(town, number, "stop")
    town.run_jobs()
    assert (state(town, number).state, state(town, number).done) == ("stopped", 0)
    deed(town, number, "go-on")
    town.run_jobs()
    assert (state(town, number).state, state(town, number).done) == (CALCULATED, 2)
    assert "inzwischen weiter" in deed(town, number, "stop", status=422).text


def test_the_command_and_its_dry_run_say_the_same(town, stadtkern) -> None:
    stock(town, *MIXED)
    ask = ("finance", "run", "2027", "--tenant", "musterstadt", "--json")
    dry = json.loads(stadtkern(*ask, "--dry-run").output)
    with town.session(write=False) as session:
        assert session.scalar(select(func.count(Run.id))) == 0
    done = json.loads(stadtkern(*ask).output)
    assert done.pop("state") == CALCULATED
    done.pop("run")
    assert dry.pop("dry_run") is not done.pop("dry_run")
    assert dry == done
    assert done["accounts"] == 5
    assert (done["unchanged"], done["changed"], done["new"]) == (1, 1, 1)
    assert (done["assessed"], done["no_base"]) == (1, 1)
    assert done["top"] == [
        {
            "kassenzeichen": "k0",
            "before": "500.00",
            "amount": "600.00",
            "difference": "100.00",
        }
    ]
    assert "k0: 500.00 → 600.00" in stadtkern(*ask[:-1]).output


@given(
    st.lists(st.tuples(st.integers(0, 5_000_000), st.none() | st.integers(0, 9_000_000))),
    st.integers(0, 10_000),
)
def test_the_sums_of_a_run_are_those_of_the_law(accounts, percent) -> None:
    terms = calculating.Terms(2027, [Rate(tax=B, first_year=2020, percent=percent)], {})
    found = calculating.Summary(2027)
    rows = [
        TaxAccount(
            id=place,
            kassenzeichen=str(place),
            tax_kind=B,
            messbetrag_cent=base,
            year=None if last is None else 2026,
            amount_cent=last,
        )
        for place, (base, last) in enumerate(accounts)
    ]
    for row in rows:
        found.add(row.kassenzeichen, calculating.one(row, terms, {}))
    made = found.as_json()
    taxes = [
        property_tax(Decimal(base).scaleb(-2), Decimal(percent)).result for base, _ in accounts
    ]
    assert Decimal(made["amount"]) == sum(taxes)
    both = sum(
        (tax - Decimal(last).scaleb(-2))
        for tax, (_base, last) in zip(taxes, accounts, strict=True)
        if last is not None
    )
    assert Decimal(made["difference"]) == both
    assert made["accounts"] == len(accounts)
    tops = [abs(Decimal(one["difference"])) for one in made["top"]]
    assert tops == sorted(tops, reverse=True)
