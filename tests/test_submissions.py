"""Forms that editors build: asking, sending, reading, forgetting."""

import csv
import io
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtkern.content.models import Node
from stadtkern.db import utcnow
from stadtkern.submissions import tokens
from stadtkern.submissions.export import as_csv
from stadtkern.submissions.fields import Answer, Field, active, iban_ok
from stadtkern.submissions.models import Submission
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


def send(town: Town, node: Node, status: int = 200, **changes: str) -> Any:
    page = town.get(node.path)
    form = next(one for one in page.forms.values() if "page_token" in one.fields)
    values = GOOD | {f"q-0000000{key[1:]}": value for key, value in changes.items()}
    fields = {"page_token": form["page_token"].value, **values}
    return town.post(node.path, fields, status=status)


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
    page = town.get(node.path)
    form = next(one for one in page.forms.values() if "page_token" in one.fields)
    fields = {"page_token": form["page_token"].value, **GOOD}
    first = town.post(node.path, fields)
    again = town.post(node.path, fields)
    assert references(first) == references(again)
    assert len(rows(town)) == 1


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
    town.post(f"/admin/submissions/{row.id}", {"do": "delete"}, status=302)
    assert rows(town) == []
    town.get(f"/admin/submissions/{row.id}", status=404)


@given(st.text(min_size=1, max_size=40))
def test_no_cell_begins_like_a_formula(text: str) -> None:
    row = Submission(reference="F-1", created_at=utcnow(), status="received")
    data = as_csv([(row, [Answer("q", "line", text, text)])], ["a", "b", "c"]).decode("utf-8-sig")
    for line in csv.reader(io.StringIO(data, newline=""), delimiter=";"):
        assert not line[3].startswith(("=", "+", "-", "@", "\t", "\r"))


@given(st.integers(0, 10**18 - 1), st.integers(4, 21), st.integers(0, 9))
def test_one_wrong_digit_of_an_iban_is_found(account: int, place: int, digit: int) -> None:
    bban = f"{account:018}"
    check = 98 - int(f"{bban}131400") % 97
    iban = f"DE{check:02}{bban}"
    assert iban_ok(iban)
    wrong = f"{iban[:place]}{digit}{iban[place + 1 :]}"
    assert iban_ok(wrong) == (wrong == iban)


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
