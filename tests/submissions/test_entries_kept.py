"""Entries that lie here: changed forms, exports, periods, requests of their senders."""

import csv
import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from entries_kit import make, question, rows, send, token_of
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from webtest import Upload

from stadtkern.db import utcnow
from stadtkern.privacy import Subject
from stadtkern.privacy.holding import Holds, mark_of
from stadtkern.privacy.holds import place
from stadtkern.privacy.models import PERSON
from stadtkern.privacy.persons import erase, look
from stadtkern.privacy.retention import desk_for
from stadtkern.submissions import persons, services
from stadtkern.submissions.export import Line, as_csv, as_xlsx
from stadtkern.submissions.fields import Answer
from stadtkern.submissions.models import Submission, SubmissionMail
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def test_a_changed_form_leaves_old_entries_as_they_were(town: Town) -> None:
    node = make(town)
    send(town, node)
    with town.content() as content:
        stored = content.get(node.id)
        content.save(
            node.id,
            version=stored.version,
            title="Neu",
            summary="",
            in_nav=False,
            fields={"keep_days": 30},
            blocks=[question(9, "Ganz anders")],
        )
        content.publish(node.id)
    (row,) = rows(town)
    town.login("clerk")
    assert "Name des Hundes" in town.get(f"/admin/submissions/{row.id}").text


def test_entries_go_when_their_time_is_over(town: Town) -> None:
    node = make(town)
    send(town, node)
    send(town, node)
    first, second = rows(town)
    assert first.purge_at - first.created_at == timedelta(days=30)
    with town.session() as session:
        session.get(Submission, first.id).purge_at = utcnow() - timedelta(seconds=1)
    town.run_schedule("submissions.purge")
    assert [row.id for row in rows(town)] == [second.id]


def test_deleting_and_exporting(town: Town) -> None:
    node = make(town)
    send(town, node, _1="=1+1")
    (row,) = rows(town)
    town.login("clerk")
    answer = town.post("/admin/submissions/table", {"form": str(node.id)})
    lines = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig")), delimiter=";"))
    assert lines[0][3:] == ["Ihr Name", "Mail", *lines[0][5:]]
    assert lines[1][3] == "'=1+1"
    answer = town.post("/admin/submissions/table", {"form": str(node.id), "as": "xlsx"})
    sheet, shared = sheet_of(answer.body)
    assert "=1+1" in shared
    assert sheet.xpath("//*[local-name()='f']") == []
    town.post(f"/admin/submissions/{row.id}", {"do": "delete"}, status=302)
    assert rows(town) == []
    town.get(f"/admin/submissions/{row.id}", status=404)


def line(*answers: Answer) -> Line:
    return Line("F-1", datetime(2026, 11, 22, 10, 30, tzinfo=UTC), "received", answers)


@given(st.text(min_size=1, max_size=40))
def test_no_cell_begins_like_a_formula(text: str) -> None:
    data = as_csv([line(Answer("q", "line", text, text))], ["a", "b", "c"]).decode("utf-8-sig")
    for cells in csv.reader(io.StringIO(data, newline=""), delimiter=";"):
        assert not cells[3].startswith(("=", "+", "-", "@", "\t", "\r"))


def sheet_of(data: bytes) -> tuple[Any, list[str]]:
    """Return a workbook's first sheet and its shared texts."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        shared = etree.fromstring(book.read("xl/sharedStrings.xml"))
    return sheet, ["".join(one.itertext()) for one in shared]


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("https://x.example")']


@pytest.mark.parametrize("text", [*FORMULAS, "https://x.example", "1234", "A" * 40_000])
def test_a_workbook_holds_texts_and_no_formula(text: str) -> None:
    data = as_xlsx([line(Answer("q", "line", text, text))], ["a", "b", "c"], "Antrag: [neu]/'?'")
    sheet, shared = sheet_of(data)
    cell = sheet.xpath("//*[@r='D2']")[0]
    assert cell.get("t") == "s"
    assert shared[int("".join(cell.itertext()))].strip() == text[:32_767].strip()
    assert sheet.xpath("//*[local-name()='f' or local-name()='hyperlink']") == []
    if text in FORMULAS:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            looks = etree.fromstring(book.read("xl/styles.xml"))
        used = looks.xpath("//*[local-name()='cellXfs']/*")[int(cell.get("s"))]
        assert used.get("quotePrefix") == "1"


def test_numbers_and_days_are_such_in_a_workbook() -> None:
    answers = [
        Answer("q1", "number", "Zahl", "-12.5"),
        Answer("q2", "date", "Tag", "22.11.2026"),
        Answer("q3", "date", "Alter Tag", "01.01.1600"),
    ]
    sheet, shared = sheet_of(as_xlsx([line(*answers)], ["a", "b", "c"], "x"))
    cells = {one.get("r"): one for one in sheet.xpath("//*[local-name()='c']")}
    assert cells["D2"].get("t") is None
    assert "".join(cells["D2"].itertext()) == "-12.5"
    assert cells["E2"].get("t") is None
    assert "".join(cells["E2"].itertext()) == "46348"
    assert shared[int("".join(cells["F2"].itertext()))] == "01.01.1600"
    assert b"F-1;22.11.2026 10:30;received;-12,5;22.11.2026;" in as_csv(
        [line(*answers)], ["a", "b", "c"]
    )
    assert b";-12.5;" in as_csv([line(*answers)], ["a", "b", "c"], locale="en")


def test_data_of_senders_are_found_handed_out_and_erased(town: Town) -> None:
    node = make(town)
    send(town, node, _2="erika@people.example")
    send(town, node, _1="Max Muster")
    own = rows(town)[0]
    with town.session() as session:
        assert "erika" not in session.query(SubmissionMail).one().mark
        desk = desk_for(session, town.registry, town.tenant)
        subject = Subject("erika@people.example", None)
        (part,) = persons.find(desk, subject)
        assert (part.number, part.ids) == (1, (own.id,))
        (handed,) = persons.export(desk, subject)
        assert {"question": "Ihr Name", "answer": "Erika Beispiel"} in handed["answers"]
        persons.erase(desk, subject)
        assert persons.find(desk, subject)[0].number == 0
    assert len(rows(town)) == 1


@on_sqlite
def test_a_copy_of_what_was_sent_is_handed_out_in_german(town: Town) -> None:
    blocks = [
        question(2, "Mail", "mail"),
        question(4, "Fläche", "number"),
        question(7, "Nachweis", "file"),
    ]
    node = town.add("form", "Mit Anlage", blocks=blocks, fields={"keep_days": 30})
    town.post(
        node.path,
        {
            "page_token": token_of(town, node),
            "q-00000002": "erika@people.example",
            "q-00000004": "12,5",
            "q-00000007": Upload("../Bescheid 1.pdf", PDF),
        },
    )
    town.login("administrator")
    person = {"mail": "erika@people.example"}
    page = town.post("/admin/privacy/person", person)
    (row,) = rows(town)
    assert page.html.select_one(f"main a[href='/admin/submissions/{row.id}']") is not None
    assert "wird gelöscht" in page.html.select_one("main .list").text
    packed = town.post("/admin/privacy/person/archive", person)
    assert re.search(r'"auskunft-\d{4}-\d\d-\d\d\.zip"', packed.headers["Content-Disposition"])
    with zipfile.ZipFile(io.BytesIO(packed.body)) as found:
        (place,) = (name for name in found.namelist() if name.startswith("files/"))
        assert found.read(place) == PDF
        data = json.loads(found.read("data.json"))["data"]
        html = found.read("data.html").decode()
    assert place == "files/001-Bescheid 1.pdf"
    (entry,) = data["submissions"]
    assert entry["files"] == [{"name": "Bescheid 1.pdf", "file": place}]
    assert entry["status"] == "received"
    assert {"question": "Fläche", "answer": 12.5} in entry["answers"]
    assert "<dt>Fläche</dt><dd>12,5</dd>" in html
    assert 'href="files/001-Bescheid%201.pdf"' in html
    assert "<dd>eingegangen</dd>" in html
    for code in ("received", "captured", "in progress"):
        assert f">{code}<" not in html


@on_sqlite
def test_an_entry_is_held_by_its_number(town: Town) -> None:
    send(town, make(town))
    (row,) = rows(town)
    town.login("administrator")
    page = town.get("/admin/privacy/holds")
    kinds = {one["value"]: one.text for one in page.html.select("select[name=kind] option")}
    assert kinds["submission"] == "Eintrag eines Formulars"
    assert all(value != title for value, title in kinds.items())
    held = {"kind": "submission", "number": str(row.id), "reason": "Klage"}
    town.post("/admin/privacy/holds", held, status=302)
    town.post(f"/admin/submissions/{row.id}", {"do": "delete"}, status=302)
    assert [one.id for one in rows(town)] == [row.id]


def test_a_legal_hold_keeps_an_entry(town: Town) -> None:
    node = make(town)
    send(town, node, _2="erika@people.example")
    send(town, node)
    first, second = rows(town)
    with town.session() as session:
        for row in session.query(Submission):
            row.purge_at = utcnow() - timedelta(seconds=1)
        mark = session.query(SubmissionMail).one().mark
        holds = Holds({}, frozenset({mark}))
        both = session.query(Submission).all()
        assert services.held(session, town.registry, holds, both) == {first.id}
        place(
            session,
            town.registry,
            town.tenant,
            kind="submission",
            subject=str(second.id),
            reason="Klage",
        )
    town.run_schedule("submissions.purge")
    assert [row.id for row in rows(town)] == [second.id]
    town.login("clerk")
    town.post(f"/admin/submissions/{second.id}", {"do": "delete"}, status=302)
    assert [row.id for row in rows(town)] == [second.id]


FIRST, PARTNER = "erika@people.example", "partnerin@people.example"


def with_two(town: Town) -> Submission:
    """Send an entry that names two persons' addresses, and one that names only one of them."""
    blocks = [
        question(1, "Ihr Name"),
        question(2, "Ihre Mail", "mail"),
        question(7, "Mail der Partnerin", "mail", required=False),
    ]
    node = town.add("form", "Eheschließung", blocks=blocks, fields={"keep_days": 30})
    fields = {"q-00000001": "Erika", "q-00000002": FIRST}
    both = fields | {"q-00000007": PARTNER.upper()}
    town.post(node.path, {"page_token": token_of(town, node), **both})
    town.post(node.path, {"page_token": token_of(town, node), **fields})
    # A confirmation goes to whoever sends it; nobody writes to a second person in their name.
    assert {mail.recipient for mail in town.mails()} == {FIRST}
    return rows(town)[0]


def as_before(town: Town) -> None:
    """Leave entries as they came by the migration: only the first address is noted."""
    with town.session() as session:
        first = mark_of(session, town.registry, town.tenant_id, FIRST)
        session.query(SubmissionMail).filter(SubmissionMail.mark != first).delete()
        for row in session.query(Submission):
            row.marked = False


@pytest.mark.parametrize("before", [False, True])
def test_every_person_of_an_entry_is_found_handed_out_and_erased(
    town: Town, *, before: bool
) -> None:
    own = with_two(town)
    if before:
        as_before(town)
    with town.session() as session:
        (found,) = [
            line.part
            for line in look(session, town.registry, town.tenant, PARTNER).lines
            if line.part.kind == "submission"
        ]
        assert found.ids == (own.id,)
        desk = desk_for(session, town.registry, town.tenant)
        (handed,) = persons.export(desk, Subject(PARTNER, None))
        assert {"question": "Ihre Mail", "answer": FIRST} in handed["answers"]
        erase(session, town.registry, town.tenant, PARTNER, by=None)
    assert [row.id for row in rows(town)] == [own.id + 1]
    with town.session(write=False) as session:
        assert session.query(SubmissionMail).count() == 1


@pytest.mark.parametrize("before", [False, True])
def test_a_hold_on_either_person_keeps_their_entry(town: Town, *, before: bool) -> None:
    own = with_two(town)
    with town.session() as session:
        place(
            session,
            town.registry,
            town.tenant,
            kind=PERSON,
            subject=mark_of(session, town.registry, town.tenant_id, PARTNER),
            mail=PARTNER,
            reason="Klage",
        )
        for row in session.query(Submission):
            row.purge_at = utcnow() + timedelta(days=1)
    if before:
        as_before(town)
    town.login("clerk")
    town.post(f"/admin/submissions/{own.id}", {"do": "delete"}, status=302)
    assert own.id in {row.id for row in rows(town)}
    # The other person asks for erasure: their own entry goes, the one that is held stays.
    with town.session() as session:
        certificate = erase(session, town.registry, town.tenant, FIRST, by=None)
        (kept,) = [part for part in certificate.document["parts"] if part["kept"]]
        assert (kept["kept"], bool(kept["why"])) == (1, True)
    assert [row.id for row in rows(town)] == [own.id]
    with town.session() as session:
        session.query(Submission).one().purge_at = utcnow() - timedelta(seconds=1)
    town.run_schedule("submissions.purge")
    (row,) = rows(town)
    assert row.marked
    with town.session(write=False) as session:
        assert session.query(SubmissionMail).count() == 2
