"""What was released is booked once, goes out once, and as the same bytes whenever asked."""

import csv
import io
import json
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from intake_kit import INBOX, deliver, made, notice, records
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.bookings.model import chain_is_whole
from stadtkern_finance.bookings.profile import shipped_profiles
from stadtkern_finance.ledger import batches, queries
from stadtkern_finance.ledger.facts import LedgerBroken
from stadtkern_finance.ledger.models import BookedLine, StoredBatch
from stadtkern_finance.models import TaxAccount

PAGE = "/admin/finance/batches"


@pytest.fixture
def town(town: Town) -> Town:
    town.enable("finance")
    town.configure("finance", rate_a=450, rate_b=690, rate_trade=400)
    return town


def released(town: Town) -> None:
    """Let one person propose what is not in error, and another one release it."""
    for who, deed in (("finance_clerk", "propose"), ("finance_approver", "release")):
        town.login(who, mail=f"{who}@people.example")
        for row in records(town):
            if row.state in {"open", "proposed"} and row.severity != "error":
                fields = {"version": str(row.version), "do": deed, "seen": row.payload_hash}
                town.post(f"{INBOX}/records/{row.id}", fields, status=302)
    town.run_jobs()


def booked(town: Town) -> list[BookedLine]:
    with town.session(write=False) as session:
        rows = list(session.scalars(select(BookedLine).order_by(BookedLine.id)))
        session.expunge_all()
    return rows


def cells(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))


def amount(text: str) -> Decimal:
    return Decimal(text.replace(",", "."))


def export(stadtkern: Any, out: Path, *more: str) -> Any:
    done = stadtkern("finance", "export", str(out), "--tenant", "musterstadt", "--json", *more)
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_exported_sums_are_those_of_the_ledger(town, stadtkern, tmp_path) -> None:
    deliver(town, made(tmp_path, records=12))
    ledger = json.loads((tmp_path / "made.ledger.json").read_text("utf-8"))
    for kind, rate in ledger["hebesatz"].items():
        town.configure("finance", **{f"rate_{kind[-1]}": rate})
    released(town)
    assert {row.state for row in records(town)} == {"done"}
    found = export(stadtkern, tmp_path)
    rows = cells(Path(found["file"]).read_bytes())
    by_number: dict[str, list[Decimal]] = {}
    for row in rows:
        by_number.setdefault(row["Aktenzeichen"], []).append(amount(row["Betrag"]))
    assert by_number == {
        one["aktenzeichen"]: [Decimal(part) for part in one["instalments"]]
        for one in ledger["records"]
        if one["instalments"]
    }
    assert (found["sum_debit"], found["sum_credit"]) == (ledger["amount"], "0.00")
    # Nothing goes out twice, and what went out is written once more as the same bytes.
    assert export(stadtkern, tmp_path / "two.csv")["batch"] is None
    assert not (tmp_path / "two.csv").exists()
    export(stadtkern, tmp_path / "two.csv", "--batch", "1")
    assert (tmp_path / "two.csv").read_bytes() == Path(found["file"]).read_bytes()


def test_a_correction_reverses_what_stands_and_books_anew(town, stadtkern, tmp_path) -> None:
    deliver(town, notice(), "a.xml")
    released(town)
    first = export(stadtkern, tmp_path / "1.csv")
    deliver(
        town,
        notice(VorgangsId="V-2", DatumDesMessbetragsbescheids="07022026", Messbetrag="9700"),
        "b.xml",
    )
    released(town)
    second = export(stadtkern, tmp_path / "2.csv")
    old, new = (cells((tmp_path / name).read_bytes()) for name in ("1.csv", "2.csv"))
    assert {row["Zeilen-ID"] for row in old} == {row["Storno zu"] for row in new} - {""}
    total = sum((amount(row["Betrag"]) for row in (*old, *new)), Decimal(0))
    assert total == Decimal("669.30")
    assert second["prev_hash"] == first["hash"]
    with town.session(write=False) as session:
        rows = session.scalars(select(StoredBatch).order_by(StoredBatch.number)).all()
        assert chain_is_whole([batches.export_batch(session, row) for row in rows])


@on_sqlite
def test_what_the_accounting_system_had_before_is_taken_back(town) -> None:
    with town.session() as session:
        session.add(
            TaxAccount(
                kassenzeichen="5.1",
                tax_kind="grundsteuer_b",
                number="4011223344556677",
                year=2026,
                amount_cent=62100,
            )
        )
    deliver(town, notice(), "a.xml")
    released(town)
    rows = booked(town)
    assert [row.amount_cent for row in rows] == [-62100, 16560, 16560, 16560, 16560]
    assert rows[0].facts["kind"] == "Sollabgang"


@on_sqlite
def test_what_is_booked_does_not_change(town, stadtkern, tmp_path) -> None:
    deliver(town, notice(), "a.xml")
    released(town)
    with pytest.raises(ValueError, match="stands"), town.session() as session:
        session.scalars(select(BookedLine)).first().amount_cent = 1
    export(stadtkern, tmp_path)
    facts = {**booked(town)[0].facts, "betrag": "1.00"}
    with town.session() as session:
        session.execute(update(BookedLine).values(facts=facts))
    with town.session(write=False) as session, pytest.raises(LedgerBroken):
        batches.artifact(session, queries.batch(session, 1))
    town.login("finance_clerk")
    page = town.post(f"{PAGE}/1/file", status=302).follow()
    page.mustcontain("keine Datei erstellt")


@on_sqlite
def test_a_booking_is_stored_once(town) -> None:
    deliver(town, notice(), "a.xml")
    released(town)
    count = len(booked(town))
    (first, *_rest) = booked(town)
    copied = ("account_id", "line_id", "reference", "year", "amount_cent", "facts")
    with pytest.raises(IntegrityError), town.session() as session:
        session.add(BookedLine(**{name: getattr(first, name) for name in copied}))
        session.flush()
    assert len(booked(town)) == count == 4


def test_two_clerks_at_once_make_one_batch(town) -> None:
    deliver(town, notice(), "a.xml")
    released(town)
    ready = threading.Barrier(2)
    found: list[int | None] = []

    def clerk() -> None:
        ready.wait()
        with town.session() as session:
            row = batches.make(session, town.tenant, "csv-own-1")
            found.append(None if row is None else row.number)

    both = [threading.Thread(target=clerk) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(found, key=str) == [1, None]


@on_sqlite
def test_the_page_makes_a_batch_and_hands_out_its_file(town) -> None:
    deliver(town, notice(), "a.xml")
    released(town)
    town.login("finance_clerk")
    page = town.get(PAGE)
    page.mustcontain("662,40\xa0€", "Noch nicht ausgegeben")
    form = next(form for form in page.forms.values() if "profile" in form.fields)
    assert {one[0] for one in form["profile"].options} == set(shipped_profiles())
    form["profile"] = "json-own-1"
    page = form.submit(status=302).follow()
    page.mustcontain("000001-", "662,40\xa0€")
    files = [town.post(f"{PAGE}/1/file", status=200) for _ in range(2)]
    assert files[0].body == files[1].body
    assert "attachment" in files[0].headers["Content-Disposition"]
    assert files[0].headers["Cache-Control"] == "no-store"
    town.post(PAGE, {"profile": "json-own-1"}, status=302).follow().mustcontain("nichts auszugeben")
    town.post(PAGE, {"profile": "nowhere"}, status=422).mustcontain("wählen Sie ein Profil")
    town.get(f"{PAGE}/2", status=404)
    with town.statements() as few:
        town.get(PAGE)
    assert len(few) <= 15
