"""Notices of released assessments: each once, the same bytes again, with the version of its day."""

import io
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from intake_kit import INBOX, deliver, notice, records
from issuing_kit import DAY, FACTS, NOTICES, OWNER, PLACE, assess, make, notices, ready, trade
from lxml import etree
from sqlalchemy import delete, select
from test_notices import assert_same

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.issuing import keeping, making
from stadtkern_finance.issuing.models import Letterhead, StoredNotice
from stadtkern_finance.models import StoredAssessment, TaxAccount
from stadtkern_finance.notices.making import Notice

LETTERHEADS = "/admin/finance/letterheads"


@pytest.fixture
def town(town: Town) -> Town:
    return ready(town)


def text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(
            page.get_textpage().get_text_bounded().replace("\xa0", " ") for page in document
        )


def pdf_of(town: Town, row: StoredNotice) -> bytes:
    return keeping.store_of(town.registry, town.tenant_id).read(row.pdf_sha or "")


def test_from_an_incoming_record_to_the_stored_notice(town: Town) -> None:
    town.configure("finance", rate_b=420)
    party = "<Eigentuemer><Nachname>Dorfel</Nachname></Eigentuemer>"
    deliver(town, notice(party, Messbetrag="15000"))
    for who, deed in (("finance_clerk", "propose"), ("finance_approver", "release")):
        town.login(who, mail=f"{who}@people.example")
        (row,) = records(town)
        fields = {"version": str(row.version), "do": deed, "seen": row.payload_hash}
        town.post(f"{INBOX}/records/{row.id}", fields, status=302)
    town.run_jobs()
    make(town)
    (row,) = notices(town)
    # A new account has no Kassenzeichen, and the record named no address: both are said.
    assert row.state == "problem"
    page = town.get(f"{NOTICES}/{row.id}")
    assert "Kassenzeichen" in page.text
    given = {"kassenzeichen": "5.0100.7", "recipient_name": "Rausi Dorfel"} | {
        f"recipient_{name}": value for name, value in PLACE.items()
    }
    town.post(f"{NOTICES}/{row.id}", given | {"recipient_town": ""}, status=422)
    town.post(f"{NOTICES}/{row.id}", given, status=302)
    town.run_jobs()
    (row,) = notices(town)
    assert (row.state, row.number, row.amount_cent) == ("made", "5.0100.7", 63_000), row.problems
    text = text_of(pdf_of(town, row))
    assert "Rausi Dorfel" in text
    assert "630,00 €" in text


def test_a_notice_is_made_once_and_again_has_the_same_bytes(town: Town) -> None:
    for number in range(3):
        assess(town, number)
    make(town)
    first = notices(town)
    assert [row.state for row in first] == ["made"] * 3
    make(town, date(2026, 3, 20))
    assert [(row.id, row.pdf_sha, row.day) for row in notices(town)] == [
        (row.id, row.pdf_sha, DAY) for row in first
    ]
    with town.session(write=False) as session:
        row = session.get(StoredNotice, first[0].id)
        again = making.again(session, town.tenant, row, town.registry)
    assert again.pdf == pdf_of(town, first[0])
    # Without its record, and with another letterhead since, it still is the same.
    with town.session() as session:
        session.execute(delete(StoredNotice))
        session.add(Letterhead(valid_from=date(2026, 3, 17), facts=FACTS | {"name": "Neustadt"}))
    make(town)
    assert [row.pdf_sha for row in notices(town)] == [row.pdf_sha for row in first]


def test_days_of_payment_count_from_the_expected_announcement(town: Town) -> None:
    assess(town)
    make(town)
    text = text_of(pdf_of(town, notices(town)[0]))
    # Posted 16.3., announced 20.3.: February's instalment is due a month later.
    assert "Nachzahlung 20.4.2026 157,50 €" in text
    assert "Rate 15.5.2026 157,50 €" in text


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"owners": []}, "Owners and recipients"),
        ({"owners": [{"role": "owner", "surname": "Dorfel"}]}, "Address of the recipient"),
        ({"amount_cent": 63_001}, "comes to another amount than was released"),
        ({"kassenzeichen": "NEU-7"}, "the number that the treasury gives"),
    ],
)
@on_sqlite
def test_what_cannot_become_a_notice_says_why(
    town: Town, columns: dict[str, Any], said: str
) -> None:
    assess(town, 1, **columns)
    assess(town, 2)
    make(town)
    assert [row.state for row in notices(town)] == ["problem", "made"]
    page = town.get(f"{NOTICES}?lang=en", headers={"Accept-Language": "en"})
    assert said in page.text


@on_sqlite
def test_a_changed_trade_tax_asks_for_what_was_paid(town: Town) -> None:
    trade(town, 50)
    trade(town, 50, messbetrag_cent=1_100_000, amount_cent=4_400_000, before_cent=4_000_000)
    make(town)
    first, second = notices(town)
    assert (first.state, second.state) == ("made", "problem")
    given = {"prepayments_due": "40.000,00", "prepayments_paid": "40000"}
    town.post(f"{NOTICES}/{second.id}", given | {"prepayments_paid": "viel"}, status=422)
    town.post(f"{NOTICES}/{second.id}", given, status=302)
    town.run_jobs()
    second = notices(town)[1]
    assert (second.state, second.amount_cent) == ("made", 400_000), second.problems


@on_sqlite
def test_what_was_set_before_is_counted_and_can_be_corrected(town: Town) -> None:
    parts = [["8000.00", day] for day in ("2022-02-15", "2022-05-16", "2022-08-15", "2026-05-15")]
    trade(
        town,
        50,
        tax_kind="gewerbesteuer_vorauszahlung",
        messbetrag_cent=800_000,
        amount_cent=3_200_000,
        instalments=parts,
    )
    trade(town, 50)
    make(town)
    row = notices(town)[1]
    # 40,000 less three prepayments that were due; the fourth is due after the announcement.
    assert (row.state, row.amount_cent) == ("made", 1_600_000), row.problems
    page = town.get(f"{NOTICES}/{row.id}")
    form = next(one for one in page.forms.values() if "prepayments_paid" in one.fields)
    assert form["prepayments_paid"].value == "24000.00"
    explained = town.get(f"{NOTICES}/{row.id}/explained").text
    assert "Vorauszahlungen von 32.000,00" in explained
    form["prepayments_paid"] = "20000"
    form.submit("do", value="give", status=302)
    town.run_jobs()
    row = notices(town)[1]
    assert (row.state, row.amount_cent) == ("made", 2_000_000)
    assert row.given == {"prepayments_paid": "20000.00"}
    explained = town.get(f"{NOTICES}/{row.id}/explained").text
    assert "Nach Angabe" in explained
    # It bears today's day: by now the fourth was due, too.
    assert row.facts["beside"]["prepayments"]["due"] == "32000.00"
    assert_same(stored_of(town, row))


def stored_of(town: Town, row: Any) -> Notice:
    store = keeping.store_of(town.registry, town.tenant_id)
    return Notice(row.stem, store.read(row.pdf_sha or ""), store.read(row.xml_sha or ""))


def test_stored_xml_and_print_say_the_same(town: Town) -> None:
    trade(town)
    trade(town, 51, tax_kind="gewerbesteuer_vorauszahlung", year=2026)
    make(town)
    for row in notices(town):
        assert row.state == "made", row.problems
        store = keeping.store_of(town.registry, town.tenant_id)
        stored = Notice(row.stem, store.read(row.pdf_sha or ""), store.read(row.xml_sha or ""))
        assert_same(stored)
        tree = etree.fromstring(stored.xml)
        asked = sum(Decimal(one.findtext("betrag")) for one in tree.iter("zahlungsaufforderung"))
        assert int(asked * 100) == row.amount_cent
        assert tree.findtext(".//buchungsnummer") == row.number


def test_who_may_receive_is_written_to(town: Town) -> None:
    adviser = OWNER | {"role": "recipient", "names": ["Steuerberatung Rausim"]}
    number = assess(town)
    with town.session() as session:
        account = session.scalars(select(TaxAccount)).one()
        account.owners = [*account.owners, adviser]
    make(town)
    (row,) = notices(town)
    assert row.assessment_id == number
    assert "Steuerberatung Rausim\r\nEichgasse 7" in text_of(pdf_of(town, row))


@on_sqlite
def test_a_worker_that_dies_is_followed(town: Town, monkeypatch: Any) -> None:
    for number in range(5):
        assess(town, number)
    monkeypatch.setattr(making, "AT_ONCE", 2)
    whole, printed = making.keeping.put, Counter[str]()

    def dies(store: Any, data: bytes) -> str:
        printed["files"] += 1
        if printed["files"] == 4:
            raise RuntimeError("killed")
        return whole(store, data)

    monkeypatch.setattr(making.keeping, "put", dies)
    town.login("finance_clerk")
    town.post(NOTICES, {"day": DAY.isoformat()}, status=302)
    town.run_jobs(failing=True)
    assert len(notices(town)) == 2
    monkeypatch.setattr(making.keeping, "put", whole)
    make(town)
    assert [row.state for row in notices(town)] == ["made"] * 5


@on_sqlite
def test_files_are_handed_out_and_noted(town: Town) -> None:
    trade(town)
    make(town)
    (row,) = notices(town)
    answer = town.post(f"{NOTICES}/{row.id}/file", {"kind": "xml"})
    assert answer.content_type == "text/xml"
    assert answer.headers["Cache-Control"] == "no-store"
    pdf = town.post(f"{NOTICES}/{row.id}/file").body
    with pikepdf.open(io.BytesIO(pdf)) as document:
        (name,) = document.attachments
        assert document.attachments[name].get_file().read_bytes() == answer.body
    assert f"{row.stem}.xml" == name


@on_sqlite
def test_letterheads_hold_from_a_day_and_stay_once_used(town: Town) -> None:
    town.login("finance_clerk")
    page = town.get(f"{LETTERHEADS}/new")
    form = page.forms[len(page.forms) - 1]
    assert form["name"].value == "Stadt Musterstadt"
    form["valid_from"] = "2026-06-01"
    form["remedy"] = "Sie können widersprechen bei ${authority}, ${address}."
    done = form.submit().follow()
    assert town.get(done.request.path + "/sample.pdf").body.startswith(b"%PDF")
    assess(town, 1)
    assess(town, 2, year=2027)
    make(town)
    (old,) = {row.letterhead_id for row in notices(town)}
    assert "Widerspruch" in text_of(pdf_of(town, notices(town)[0]))
    page = town.get(f"{LETTERHEADS}/{old}")
    form = page.forms[len(page.forms) - 1]
    form.submit(status=422)
    assess(town, 3)
    make(town, date(2026, 6, 2))
    text = text_of(pdf_of(town, notices(town)[2]))
    assert "widersprechen bei Magistrat der Stadt Musterstadt, Hauptstraße 1" in text
    # Nothing may begin before what was sent.
    page = town.get(f"{LETTERHEADS}/new")
    form = page.forms[len(page.forms) - 1]
    form["valid_from"] = "2026-06-02"
    form.submit(status=422)


@on_sqlite
def test_without_a_letterhead_nothing_is_made(town: Town) -> None:
    assess(town)
    town.login("finance_clerk")
    town.post(NOTICES, {"day": "2020-01-01"}, status=422)
    town.run_jobs()
    assert notices(town) == []


@on_sqlite
def test_the_list_costs_the_same_for_many(town: Town) -> None:
    assess(town, 1)
    make(town)
    with town.statements() as few:
        town.get(NOTICES)
    for number in range(2, 20):
        assess(town, number)
    make(town)
    with town.statements() as many:
        town.get(NOTICES)
    assert len(many) == len(few)


@on_sqlite
def test_unnamed_files_are_swept(town: Town, monkeypatch: Any) -> None:
    assess(town)
    make(town)
    store = keeping.store_of(town.registry, town.tenant_id)
    keeping.put(store, b"left over")
    monkeypatch.setattr(keeping, "GRACE", -1)
    town.run_schedule(keeping.SWEEP)
    assert list(store.shas()) == [notices(town)[0].pdf_sha]


@on_sqlite
def test_the_command_makes_the_same_notices(town: Town, stadtkern: Any, tmp_path: Path) -> None:
    assess(town, 1)
    assess(town, 2, owners=[])
    command = ("finance", "notices", str(tmp_path / "out"), "--tenant", "musterstadt")
    done = stadtkern(*command, "--day", DAY.isoformat(), "--json")
    assert done.exit_code == 1, done.output
    assert '"made": 1' in done.stdout
    assert "Owners and recipients" in done.stdout
    (file,) = (tmp_path / "out").iterdir()
    first, _second = notices(town)
    assert file.read_bytes() == pdf_of(town, first)
    with town.session(write=False) as session:
        assert session.get(StoredAssessment, first.assessment_id) is not None
