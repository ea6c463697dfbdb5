"""Receipts are read line by line, once, and refused as a whole; what was rejected is work."""

import json
from pathlib import Path
from typing import Any

import pytest
import webtest
from intake_kit import deliver, notice
from sqlalchemy import select
from test_booking_export import booked, export, released

from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town
from stadtkern_finance.bookings.model import chain_is_whole
from stadtkern_finance.formats.model import FileRefused
from stadtkern_finance.ledger import answers, batches
from stadtkern_finance.ledger.models import BookedLine, StoredBatch, StoredReceipt

BATCHES = "/admin/finance/batches"


@pytest.fixture
def town(town: Town) -> Town:
    town.enable("finance")
    town.configure("finance", rate_a=450, rate_b=690, rate_trade=400)
    return town


@pytest.fixture
def exported(town: Town, stadtkern: Any, tmp_path: Path) -> list[BookedLine]:
    deliver(town, notice(), "a.xml")
    released(town)
    export(stadtkern, tmp_path / "1.csv")
    return booked(town)


def told(*rows: tuple[str, str, str]) -> bytes:
    lines = ["Zeilen-ID;Status;Grund", *(";".join(row) for row in rows)]
    return "\r\n".join(lines).encode()


def yes(line: BookedLine) -> tuple[str, str, str]:
    return (line.line_id, "gebucht", "")


def no(line: BookedLine, reason: str = "Personenkonto fehlt") -> tuple[str, str, str]:
    return (line.line_id, "abgelehnt", reason)


def take(town: Town, data: bytes, name: str = "quittung.csv") -> answers.Reading:
    with town.session() as session:
        return answers.take(session, data, name)


def batch(town: Town, number: int = 1) -> StoredBatch:
    with town.session(write=False) as session:
        row = session.scalars(select(StoredBatch).where(StoredBatch.number == number)).one()
        session.expunge(row)
    return row


def test_a_receipt_acknowledges_a_batch(town, stadtkern, exported, tmp_path) -> None:
    path = tmp_path / "q.csv"
    path.write_bytes(told(*map(yes, exported)))
    dry = stadtkern("finance", "receipts", str(path), "--tenant", "musterstadt", "--dry-run")
    assert "4 accepted, 0 rejected" in dry.output
    assert batch(town).state == "rendered"
    assert {row.answer for row in booked(town)} == {None}
    done = stadtkern("finance", "receipts", str(path), "--tenant", "musterstadt", "--json")
    (report,) = json.loads(done.output)["receipts"]
    assert (report["state"], report["accepted"], report["rejected"]) == ("read", 4, [])
    assert batch(town).state == "acknowledged"
    again = stadtkern("finance", "receipts", str(path), "--tenant", "musterstadt", "--json")
    assert json.loads(again.output)["receipts"][0]["state"] == "known"
    with town.session(write=False) as session:
        assert len(session.scalars(select(StoredReceipt)).all()) == 1


def test_rejected_lines_are_work_and_go_out_once_more(town, stadtkern, exported, tmp_path) -> None:
    town.login("finance_clerk")
    page = town.get("/admin/finance/receipts")
    form = next(form for form in page.forms.values() if "file" in form.fields)
    first, second, *others = exported
    data = told(no(first), no(second, "gesperrt"), *map(yes, others))
    form["file"] = webtest.Upload("q.csv", data)
    page = form.submit(status=302).follow()
    page.mustcontain("Personenkonto fehlt", "gesperrt", "165,60\xa0€")
    town.get(f"{BATCHES}/1").mustcontain("teilweise abgelehnt", "Personenkonto fehlt")
    form = next(form for form in page.forms.values() if "line" in form.fields)
    fields = [("line", str(first.id)), ("do", "again")]
    town.post("/admin/finance/rejected", fields, status=302)
    page = town.post(
        "/admin/finance/rejected", [("line", str(second.id)), ("do", "settle")], status=302
    ).follow()
    page.mustcontain("nichts abgelehnt")
    # The earlier batch is written as the same bytes; the line stands in a second one.
    old = (tmp_path / "1.csv").read_bytes()
    export(stadtkern, tmp_path / "2.csv", "--profile", "csv-own-1")
    export(stadtkern, tmp_path / "1-again.csv", "--batch", "1")
    assert (tmp_path / "1-again.csv").read_bytes() == old
    new = (tmp_path / "2.csv").read_text("utf-8-sig").splitlines()
    assert len(new) == 2
    assert new[1].startswith(first.line_id)
    take(town, told(yes(first)))
    assert (batch(town, 1).state, batch(town, 2).state) == ("partially_rejected", "acknowledged")
    with town.session(write=False) as session:
        rows = session.scalars(select(StoredBatch).order_by(StoredBatch.number)).all()
        assert chain_is_whole([batches.export_batch(session, row) for row in rows])


def test_answers_may_come_in_parts_and_a_no_may_become_a_yes(town, exported) -> None:
    first, *others = exported
    take(town, told(no(first)))
    assert batch(town).state == "rendered"
    town.login("finance_clerk")
    town.get(f"{BATCHES}/1").mustcontain("teilweise beantwortet")
    take(town, told(yes(first), *map(yes, others)))
    assert batch(town).state == "acknowledged"
    made = take(town, told(yes(first)))
    assert (made.known, made.accepted, made.rejected) == (1, [], {})


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (lambda _rows: told(("0" * 20, "gebucht", "")), "never exported: 00000000000000000000"),
        (lambda rows: told(*map(yes, rows), ("f" * 20, "OK", "")), "answers 1 lines"),
        (lambda rows: told(yes(rows[0]), no(rows[0])), "both yes and no"),
        (lambda rows: told((rows[0].line_id, "vielleicht", "")), "unknown status"),
        (lambda _rows: b"Spalte\r\n1\r\n", "lacks line or status"),
        (lambda _rows: b"", "holds no answer"),
    ],
)
@on_sqlite
def test_what_does_not_fit_is_refused_as_a_whole(town, exported, what, reason) -> None:
    with pytest.raises(FileRefused) as found:
        take(town, what(exported))
    assert reason in found.value.text.interpolate()
    assert {row.answer for row in booked(town)} == {None}
    town.login("finance_clerk")
    page = town.get("/admin/finance/receipts")
    form = next(form for form in page.forms.values() if "file" in form.fields)
    form["file"] = webtest.Upload("falsch.csv", what(exported) or b" ")
    form.submit(status=422).mustcontain("falsch.csv", "Es wurde nichts geändert")


@on_sqlite
def test_a_yes_is_not_taken_back_by_a_later_no(town, exported) -> None:
    take(town, told(yes(exported[0])))
    with pytest.raises(FileRefused, match="accepted before"):
        take(town, told(no(exported[0])))


@on_sqlite
def test_a_line_that_waits_again_is_not_accepted_from_its_old_batch(town, exported) -> None:
    take(town, told(no(exported[0])))
    with town.session() as session:
        assert answers.send_again(session, [exported[0].id]) == 1
    with pytest.raises(FileRefused, match="wait for the next batch"):
        take(town, told(yes(exported[0])))
    assert take(town, told(no(exported[0], "noch einmal"))).known == 1


@on_sqlite
def test_receipts_of_another_town_are_unknown(town, exported) -> None:
    other = town.second_tenant()
    other.enable("finance")
    with other.session() as session, pytest.raises(FileRefused, match="never exported"):
        answers.take(session, told(*map(yes, exported)), "q.csv")
