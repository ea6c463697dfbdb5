"""Notices typed from paper: like any other; what comes electronically later confirms them."""

from typing import Any

import pytest
from intake_kit import INBOX, codes, deliver, notice, records
from sqlalchemy import func, select

from stadtkern.exchange.models import Record
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.intake import paper
from stadtkern_finance.models import StoredAssessment

PAGE = "/admin/finance/paper"
TYPED = {
    "tax_kind": "grundsteuer_b",
    "number": "4011 2233/4455 6677",
    "messbetrag": "96,00",
    "notice_date": "2026-02-06",
    "effective_from": "2026-01-01",
}


@pytest.fixture
def town(town: Town) -> Town:
    town.enable("finance")
    town.configure("finance", rate_a=450, rate_b=690, rate_trade=400)
    return town


def typed(town: Town, **other: str) -> Any:
    town.login("finance_clerk", mail="finance_clerk@people.example")
    forms = town.get(PAGE).forms.values()
    form = next(one for one in forms if "messbetrag" in one.fields)
    for name, value in (TYPED | other).items():
        form[name] = value
    answer = form.submit(expect_errors=True)
    town.run_jobs()
    return answer


def released(town: Town, number: int) -> None:
    for who, deed in (("finance_clerk", "propose"), ("finance_approver", "release")):
        town.login(who, mail=f"{who}@people.example")
        (row,) = (one for one in records(town) if one.id == number)
        fields = {"version": str(row.version), "do": deed, "seen": row.payload_hash}
        town.post(f"{INBOX}/records/{number}", fields, status=302)
    town.run_jobs()


def booked(town: Town) -> int:
    with town.session(write=False) as session:
        return session.scalar(select(func.count(StoredAssessment.id))) or 0


def state(town: Town, number: int) -> str:
    with town.session(write=False) as session:
        return str(session.scalar(select(Record.state).where(Record.id == number)))


def test_what_is_typed_goes_on_and_the_electronic_one_confirms_it(town: Town) -> None:
    typed(town)
    (first,) = records(town)
    assert (first.format, first.state) == (paper.FORMAT, "open")
    assert first.payload["aktenzeichen_norm"] == "4011223344556677"
    released(town, first.id)
    assert (state(town, first.id), booked(town)) == ("done", 1)
    deliver(town, notice(), "later.xml")
    later = records(town)[1]
    assert ("hint", "finance.confirms") in codes(town)
    released(town, later.id)
    assert (state(town, later.id), booked(town)) == ("done", 1)


@on_sqlite
def test_other_amounts_are_shown_and_somebody_decides(town: Town) -> None:
    typed(town)
    released(town, records(town)[0].id)
    deliver(town, notice(Messbetrag="10000"), "later.xml")
    later = records(town)[1]
    assert ("error", "finance.paper_differs") in codes(town)
    town.login("finance_clerk", mail="finance_clerk@people.example")
    page = town.get(f"{INBOX}/records/{later.id}")
    assert "96,00" in page
    assert "100,00" in page
    buttons = page.html.select("button[name=mend]")
    fields = {"version": str(later.version), "mend": buttons[-1]["value"]}
    town.post(f"{INBOX}/records/{later.id}", fields, status=302)
    town.login("finance_clerk", mail="eins@people.example")
    row = records(town)[1]
    assert row.severity == "warning"
    town.post(f"{INBOX}/records/{later.id}", {"version": str(row.version), "do": "propose"})
    town.login("finance_approver", mail="zwei@people.example")
    row = records(town)[1]
    fields = {"version": str(row.version), "do": "release", "seen": row.payload_hash}
    town.post(f"{INBOX}/records/{later.id}", fields, status=302)
    town.run_jobs()
    assert booked(town) == 2


@on_sqlite
def test_the_electronic_one_waits_for_the_typed_one(town: Town) -> None:
    typed(town)
    deliver(town, notice(), "later.xml")
    assert ("error", "finance.paper_waits") in codes(town)


@on_sqlite
def test_the_same_notice_typed_twice_changes_nothing(town: Town) -> None:
    typed(town)
    typed(town)
    assert len(records(town)) == 1


@on_sqlite
@pytest.mark.parametrize(
    "other",
    [
        {"number": "x"},
        {"messbetrag": ""},
        {"tax_kind": ""},
        {"tax_kind": "gewerbesteuer", "number": "123"},
    ],
)
def test_what_does_not_fit_is_said_at_its_field(town: Town, other: dict[str, str]) -> None:
    answer = typed(town, **other)
    assert answer.status_int == 422
    assert records(town) == []


def test_bytes_that_only_look_typed_are_refused(town: Town) -> None:
    row = deliver(town, paper.MARK + b'"x"}', "x.json")
    assert (row.state, row.format) == ("refused", paper.FORMAT)
