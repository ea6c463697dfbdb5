"""Forms that editors build: asking, sending, reading, forgetting."""

import csv
import hashlib
import io
import itertools
import os
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from PIL import Image
from webtest import Upload

from stadtkern.content.models import Node
from stadtkern.db import utcnow
from stadtkern.privacy import Subject
from stadtkern.privacy.holding import Holds
from stadtkern.privacy.holds import place
from stadtkern.privacy.retention import desk_for
from stadtkern.submissions import files, persons, services, tokens
from stadtkern.submissions.export import Line, as_csv, as_xlsx
from stadtkern.submissions.fields import Answer, Field, active
from stadtkern.submissions.models import Submission, SubmissionFile
from stadtkern.submissions.schema import iban_ok
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(tokens, "QUICKEST", 0)
    return


def question(number: int, label: str, kind: str = "line", **data: Any) -> dict[str, Any]:
    return {
        "id": f"{number:08x}",
        "type": "form_field",
        "version": 1,
        "data": {"label": label, "kind": kind, "required": True} | data,
    }


def make(town: Town, **kw: Any) -> Node:
    blocks = [
        question(1, "Ihr Name"),
        question(2, "Mail", "mail", required=False),
        question(3, "Haben Sie einen Hund?", "choice", options="Ja\nNein"),
        question(
            4,
            "Name des Hundes",
            when_label="haben sie einen hund?",
            when_value="Ja",
            help="Rufname",
        ),
        question(5, "Konto", "iban", required=False),
        question(6, "Einverstanden", "consent"),
    ]
    return town.add(
        "form", "Hundeanmeldung", blocks=blocks, fields={"keep_days": 30} | kw, summary="Kurz"
    )


GOOD = {
    "q-00000001": "Erika Beispiel",
    "q-00000003": "Ja",
    "q-00000004": "Bello",
    "q-00000006": "true",
}


def token_of(town: Town, node: Node) -> str:
    page = town.get(node.path)
    form = next(one for one in page.forms.values() if "page_token" in one.fields)
    return str(form["page_token"].value)


def send(town: Town, node: Node, status: int = 200, **changes: Any) -> Any:
    values = GOOD | {f"q-0000000{key[1:]}": value for key, value in changes.items()}
    return town.post(node.path, {"page_token": token_of(town, node), **values}, status=status)


def rows(town: Town) -> list[Submission]:
    with town.session(write=False) as session:
        found = list(session.query(Submission).order_by(Submission.id))
        session.expunge_all()
    return found


def references(answer: Any) -> list[str]:
    return [one.text for one in answer.html.select(".reference")]


def test_what_is_sent_is_sealed_and_read_by_whoever_may(town: Town) -> None:
    node = make(town)
    answer = send(town, node, _2="erika@people.example")
    reference, code = references(answer)
    (row,) = rows(town)
    assert row.reference == reference
    assert "Erika" not in row.sealed
    assert code.replace("-", "") not in row.sealed + row.secret_hash
    (mail,) = town.mails()
    assert mail.recipient == "erika@people.example"
    assert reference in mail.body
    assert code not in mail.body
    town.login("editor")
    town.get("/admin/submissions", status=403)
    town.login("clerk")
    assert "Hundeanmeldung" in town.get("/admin/submissions").text
    assert reference in town.get(f"/admin/submissions?form={node.id}").text
    page = town.get(f"/admin/submissions/{row.id}").text
    assert "Erika Beispiel" in page
    assert "Bello" in page


def test_without_a_mail_address_no_mail_leaves(town: Town) -> None:
    send(town, make(town))
    assert town.mails() == []


def test_what_is_wrong_is_said_and_nothing_is_stored(town: Town) -> None:
    node = make(town)
    answer = send(town, node, 422, _1="", _6="", _5="DE00 1234")
    summary = answer.html.select_one(".error-summary").text
    assert "Ihr Name" in summary
    assert "Einverstanden" in summary
    assert "Konto" in summary
    assert 'value="Bello"' in answer.text
    send(town, node, 422, _1="x" * 100_000)
    send(town, node, 422, _3="Vielleicht")
    assert rows(town) == []


def test_a_condition_holds_without_scripts(town: Town) -> None:
    node = make(town)
    send(town, node, 422, _4="")
    send(town, node, _3="Nein", _4="trotzdem getippt")
    (row,) = rows(town)
    town.login("clerk")
    page = town.get(f"/admin/submissions/{row.id}").text
    assert "trotzdem getippt" not in page
    assert "Name des Hundes" not in page


def test_the_same_page_counts_once(town: Town) -> None:
    node = make(town)
    fields = {"page_token": token_of(town, node), **GOOD}
    first = town.post(node.path, fields)
    again = town.post(node.path, fields)
    assert references(first) == references(again)
    other = town.post(node.path, fields | {"q-00000001": "Max Muster"}, status=422)
    assert references(first)[0] in other.html.select_one(".error-summary").text
    assert len(rows(town)) == 1
    form = next(one for one in other.forms.values() if "page_token" in one.fields)
    third = town.browser.post(node.path, form.submit_fields())
    assert references(third) != references(first)
    assert len(rows(town)) == 2


def test_machines_are_refused(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    node = make(town)
    town.post(node.path, GOOD, status=422)
    town.post(node.path, GOOD | {"page_token": "a.b.c"}, status=422)
    late = tokens.make(town.registry, town.tenant_id, node.id, time.time() - tokens.OLDEST - 5)
    town.post(node.path, GOOD | {"page_token": late}, status=422)
    other = tokens.make(town.registry, town.tenant_id, node.id + 1, time.time())
    town.post(node.path, GOOD | {"page_token": other}, status=422)
    good = tokens.make(town.registry, town.tenant_id, node.id, time.time())
    town.post(node.path, GOOD | {"page_token": good, "website": "https://x.example"}, status=422)
    monkeypatch.setattr(tokens, "QUICKEST", 3)
    answer = send(town, node, 422)
    assert 'value="Erika Beispiel"' in answer.text
    assert rows(town) == []


def test_the_status_needs_number_and_code(town: Town) -> None:
    node = make(town)
    reference, code = references(send(town, node, _2="erika@people.example"))
    (row,) = rows(town)
    town.login("clerk")
    town.post(
        f"/admin/submissions/{row.id}", {"status": "done", "note": "Marke liegt bereit"}, status=302
    )
    assert "Marke" not in str(rows(town)[0].note)
    assert "Marke" not in town.mails()[0].body
    wrong = {"reference": reference, "code": "AAAA-BBBB-CCCC"}
    town.post("/formular-status", wrong, status=422)
    page = town.post("/formular-status", {"reference": reference.lower(), "code": code.lower()})
    assert "Marke liegt bereit" in page.text
    assert "Erika" not in page.text
    for _time in range(18):
        town.post("/formular-status", wrong, status=422)
    town.post("/formular-status", wrong, status=429)


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


@settings(deadline=None)
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
    assert b";-12.5;22.11.2026;" in as_csv([line(*answers)], ["a", "b", "c"])


@settings(deadline=None)
@given(st.integers(0, 10**18 - 1), st.integers(4, 21), st.integers(0, 9))
def test_one_wrong_digit_of_an_iban_is_found(account: int, place: int, digit: int) -> None:
    bban = f"{account:018}"
    check = 98 - int(f"{bban}131400") % 97
    iban = f"DE{check:02}{bban}"
    assert iban_ok(iban)
    wrong = f"{iban[:place]}{digit}{iban[place + 1 :]}"
    assert iban_ok(wrong) == (wrong == iban)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["q-a", "q-b", "q-c"]), st.text() | st.none()))
def test_a_field_applies_only_below_ones_that_apply(controls: dict[str, Any]) -> None:
    fields = [
        Field("q-a", "line", "A"),
        Field("q-b", "line", "B", condition=("q-a", "x")),
        Field("q-c", "line", "C", condition=("q-b", "y")),
    ]
    names = [one.name for one in active(fields, controls)]
    assert names[0] == "q-a"
    assert "q-b" in names or "q-c" not in names


def test_data_of_senders_are_found_handed_out_and_erased(town: Town) -> None:
    node = make(town)
    send(town, node, _2="erika@people.example")
    send(town, node, _1="Max Muster")
    own = rows(town)[0]
    assert own.mail_mark is not None
    assert "erika" not in own.mail_mark
    with town.session() as session:
        desk = desk_for(session, town.registry, town.tenant)
        subject = Subject("erika@people.example", None)
        (part,) = persons.find(desk, subject)
        assert (part.number, part.ids) == (1, (own.id,))
        (handed,) = persons.export(desk, subject)
        assert "Ihr Name: Erika Beispiel" in handed["answers"]
        persons.erase(desk, subject)
        assert persons.find(desk, subject)[0].number == 0
    assert len(rows(town)) == 1


def test_a_legal_hold_keeps_an_entry(town: Town) -> None:
    node = make(town)
    send(town, node, _2="erika@people.example")
    send(town, node)
    first, second = rows(town)
    with town.session() as session:
        for row in session.query(Submission):
            row.purge_at = utcnow() - timedelta(seconds=1)
        holds = Holds({"submission": frozenset({str(second.id)})}, frozenset({first.mail_mark}))
        assert services.is_held(holds, session.get(Submission, first.id))
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


PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, kind)
    return out.getvalue()


def with_files(town: Town) -> Node:
    blocks = [
        question(1, "Ihr Name"),
        question(7, "Nachweis", "file"),
        question(8, "Foto", "file", required=False),
    ]
    return town.add("form", "Mit Anlage", blocks=blocks, fields={"keep_days": 30})


def attach(town: Town, node: Node, status: int = 200, **files_: Upload) -> Any:
    values = {f"q-0000000{key[1:]}": value for key, value in files_.items()}
    fields = {"page_token": token_of(town, node), "q-00000001": "Erika", **values}
    return town.post(node.path, fields, status=status)


def test_a_file_is_kept_sealed_and_goes_with_its_entry(town: Town) -> None:
    node = with_files(town)
    page = town.get(node.path)
    assert page.html.select_one("form.questions")["enctype"] == "multipart/form-data"
    big = PDF + os.urandom(300_000)
    attach(town, node, _7=Upload("../Bescheid <1>.pdf", big), _8=Upload("foto.txt", picture("PNG")))
    (row,) = rows(town)
    store = files.store_of(town.registry, town.tenant_id)
    assert len(list(store.shas())) == 2
    assert not any(b"%PDF" in store.read(sha) or b"PNG" in store.read(sha) for sha in store.shas())
    with town.session(write=False) as session:
        first, second = session.query(SubmissionFile.id).order_by(SubmissionFile.id)
        sealed = session.query(SubmissionFile.sealed).all()
    assert "Bescheid" not in str(sealed)
    address = f"/admin/submissions/{row.id}/files/{first.id}"
    town.get(address, status="3*")
    town.login("editor")
    town.get(address, status=403)
    town.login("clerk")
    assert address in town.get(f"/admin/submissions/{row.id}").text
    got = town.get(address)
    assert got.body == big
    assert got.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''Bescheid")
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert town.get(f"/admin/submissions/{row.id}/files/{second.id}").content_type == "image/png"
    town.get(f"/admin/submissions/{row.id + 1}/files/{first.id}", status=404)
    for sha in store.shas():
        os.utime(store.path(sha), (time.time() - files.GRACE - 5,) * 2)
    town.post(f"/admin/submissions/{row.id}", {"do": "delete"}, status=302)
    town.get(address, status=404)
    town.run_jobs()
    assert list(store.shas()) == []
    with town.session(write=False) as session:
        assert session.query(SubmissionFile).count() == 0


@on_sqlite
def test_the_purge_takes_files_along(town: Town) -> None:
    attach(town, with_files(town), _7=Upload("a.pdf", PDF))
    store = files.store_of(town.registry, town.tenant_id)
    (sha,) = store.shas()
    town.run_schedule("submissions.purge")
    assert store.has(sha)
    os.utime(store.path(sha), (time.time() - files.GRACE - 5,) * 2)
    town.run_schedule("submissions.purge")
    assert store.has(sha)
    with town.session() as session:
        session.query(Submission).one().purge_at = utcnow() - timedelta(seconds=1)
    town.run_schedule("submissions.purge")
    assert not store.has(sha)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", b"<html><script>1</script></html>"),
        ("a.html", b"<html></html>"),
        ("a.exe", b"MZ\0\0"),
        ("a.pdf", b""),
        ("a.docx", b"PK\x03\x04broken"),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("a.txt", b"\0\0binary"),
        ("a.pdf", PDF + b"0" * files.MAX_FILE),
        ("", PDF),
    ],
)
def test_other_files_are_refused_at_the_field(name: str, data: bytes) -> None:
    with pytest.raises(files.NotTaken):
        files.attached(io.BytesIO(data), name)


@on_sqlite
def test_a_refused_file_is_said_at_its_field_and_nothing_is_kept(town: Town) -> None:
    node = with_files(town)
    answer = attach(town, node, 422, _7=Upload("a.exe", b"MZ"))
    assert "Nachweis" in answer.html.select_one(".error-summary").text
    assert answer.html.select_one(".notice.warning") is not None
    assert "Nachweis" in attach(town, node, 422).html.select_one(".error-summary").text
    attach(town, node, 413, _7=Upload("a.pdf", PDF + b"0" * 21_000_000))
    town.anonymous()
    big = {"q": Upload("a.pdf", PDF + b"0" * 300_000)}
    town.browser.post(node.path, big, status=413)
    assert rows(town) == []
    assert list(files.store_of(town.registry, town.tenant_id).shas()) == []


@on_sqlite
def test_an_address_has_parts_and_headings_ask_nothing(town: Town) -> None:
    blocks = [
        question(1, "Über Sie", "heading", help="Wer fragt?"),
        question(2, "Anschrift", "address"),
        question(3, "Telefon", "phone", required=False),
    ]
    node = town.add("form", "Adresse", blocks=blocks, fields={"keep_days": 30})
    page = town.get(node.path)
    assert page.html.select_one("form h2").text == "Über Sie"
    purposes = [one.get("autocomplete") for one in page.html.select("fieldset input[type=text]")]
    assert purposes == ["address-line1", "postal-code", "address-level2"]

    def post(street: str, code: str, status: int = 200) -> Any:
        address = [
            ("__start__", "q-00000002:mapping"),
            ("street", street),
            ("postal_code", code),
            ("town", "Musterstadt"),
            ("__end__", "q-00000002:mapping"),
        ]
        fields = [("page_token", token_of(town, node)), *address, ("q-00000003", "06128 1-0")]
        return town.post(node.path, fields, status=status)

    assert "Straße" in post("", "12345", 422).html.select_one(".error-summary").text
    assert post("Weg 1", "=1+1", 422).html.select_one(".error-summary a") is not None
    post("Weg 1", "12345")
    (row,) = rows(town)
    town.login("clerk")
    cells = town.get(f"/admin/submissions/{row.id}").html.select("main td")
    assert cells[0].get_text("|") == "Weg 1|12345 Musterstadt"
    assert len(cells) == 2


@on_sqlite
def test_a_form_speaks_its_language(town: Town) -> None:
    source = make(town)
    with town.content() as content:
        node = content.translate(source.id, "en", title="Dogs")
        content.publish(node.id)
        content.session.expunge(node)
    page = send(town, node, _2="erika@people.example")
    assert "We have received it" in page.text
    assert page.html.select_one("a[href='/formular-status?lang=en']") is not None
    (received,) = town.mails()
    assert received.subject.startswith("Received: F-")
    assert "/formular-status?lang=en" in received.body
    (row,) = rows(town)
    town.login("clerk")
    assert town.get(f"/admin/submissions/{row.id}").html.html["lang"] == "de"
    town.post(f"/admin/submissions/{row.id}", {"status": "done", "note": ""}, status=302)
    assert town.mails()[0].subject.startswith("News on F-")


@on_sqlite
def test_work_widens_the_limits_and_nothing_else(town: Town) -> None:
    node = make(town)
    bare = {"page_token": "x"}
    for _time in range(20):
        town.post(node.path, bare, status=422)
    town.post(node.path, bare, status=429)
    text = tokens.make(town.registry, town.tenant_id, node.id, time.time())
    number = next(str(one) for one in itertools.count() if tokens.worked(text, str(one)))
    found = hashlib.sha256(f"{text}:{number}".encode()).digest()
    assert found[0] == 0
    assert found[1] < 1 << (16 - tokens.WORK)
    town.post(node.path, GOOD | {"page_token": text}, status=429)
    for wrong in ("", "-1", "٣", "1" * 13, f"{number}x"):
        town.post(node.path, GOOD | {"page_token": text, "work": wrong}, status=429)
    town.post(node.path, {"page_token": text, "work": number}, status=422)
    town.post(node.path, GOOD | {"page_token": text, "work": number})


@on_sqlite
def test_conditions_are_told_to_scripts(town: Town) -> None:
    blocks = [
        question(1, "Einverstanden", "consent", required=False),
        question(2, "Warum nicht?", when_label="Einverstanden", when_value="nein"),
        question(3, "Danke", "heading", when_label="Einverstanden", when_value="ja"),
    ]
    node = town.add("form", "Bedingt", blocks=blocks, fields={"keep_days": 30})
    parts = town.get(node.path).html.select("[data-when]")
    assert [one["data-when"] for one in parts] == ["q-00000001"] * 2
    assert [one["data-equals"] for one in parts] == ["", "true"]
    send(town, node, 422, _1="", _2="")
    town.post(node.path, {"page_token": token_of(town, node), "q-00000001": "true"})
    assert len(rows(town)) == 1


@on_sqlite
def test_conditions_that_cannot_be_met_are_told_to_editors(town: Town) -> None:
    blocks = [
        question(1, "Haben Sie einen Hund?", "choice", options="Ja\nNein"),
        question(2, "Rasse", when_label="Haben Sie einen Hund?", when_value="Jawohl"),
        question(3, "Name", when_label="Haben Sie eine Katze?", when_value="Ja"),
        question(4, "Alter", when_label="Haben Sie einen Hund?", when_value="ja"),
    ]
    node = town.add("form", "Zweifel", blocks=blocks, fields={"keep_days": 30})
    assert "Rasse</li>" not in town.get(node.path).text
    town.login("editor")
    told = town.get(node.path).html.select(".notice.warning li")
    assert [one.text for one in told] == ["Rasse", "Name"]
