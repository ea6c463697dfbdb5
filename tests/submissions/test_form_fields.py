"""What forms ask: kinds of fields, conditions, languages."""

from typing import Any

import pytest
from entries_kit import make, question, rows, send, token_of
from hypothesis import given
from hypothesis import strategies as st

from stadtkern.content import ContentRefused
from stadtkern.submissions.fields import Field, active
from stadtkern.submissions.schema import iban_ok
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town


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
    assert page.html.select_one("a[href^='/formular-status?'][href$='lang=en']") is not None
    (received,) = town.mails()
    assert received.subject.startswith("Received: F-")
    assert "/formular-status?lang=en" in received.body
    (row,) = rows(town)
    town.login("clerk")
    assert town.get(f"/admin/submissions/{row.id}").html.html["lang"] == "de"
    town.post(f"/admin/submissions/{row.id}", {"status": "done", "note": ""}, status=302)
    assert town.mails()[0].subject.startswith("News on F-")


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
    check = town.get(f"/admin/nodes/{node.id}").html.select_one(".quality")
    assert [one.text for one in check.select("q")] == ["Rasse", "Name"]


@on_sqlite
def test_a_form_without_a_question_is_not_published(town: Town) -> None:
    blocks = [question(1, "Angaben", "heading")]
    node = town.add("form", "Leer", blocks=blocks, fields={"keep_days": 30}, published=False)
    with town.content() as content, pytest.raises(ContentRefused) as refused:
        content.publish(node.id)
    assert refused.value.args[0].mapping["reason"] == "Please add at least one question."
    town.login("editor")
    assert town.get(f"/admin/nodes/{node.id}").html.select_one(".quality .pill.bad") is not None


@on_sqlite
def test_questions_are_offered_on_forms_first_and_nowhere_else(town: Town) -> None:
    town.login("editor")
    for kind, first in (("form", True), ("page", False)):
        page = town.get(f"/admin/nodes/{town.node('/').id}/add/{kind}")
        offered = [one["value"] for one in page.html.select(".add-block .kinds button")]
        assert (offered[0] == "add:form_field") is first
        assert ("add:form_field" in offered) is first


@on_sqlite
def test_numbers_are_written_as_people_write_them(town: Town) -> None:
    blocks = [
        question(1, "Fläche", "number"),
        question(2, "Art", "choice", options="A\nB"),
        question(3, "Anlass", "several", options="A\nB"),
        question(4, "Plan", "file", required=False),
    ]
    node = town.add("form", "Flächen", blocks=blocks, fields={"keep_days": 30})

    def post(status: int = 200, **values: str) -> Any:
        fields = {f"q-0000000{key[1:]}": value for key, value in values.items()}
        return town.post(node.path, {"page_token": token_of(town, node), **fields}, status=status)

    answer = post(422, _1="1.200")
    said = [one.text.strip() for one in answer.html.select(".error-summary li")]
    assert "ohne Punkte" in said[0]
    assert sum("Bitte wählen Sie eine Antwort." in one for one in said) == 2
    assert 'value="1.200"' in answer.text
    several = [
        ("__start__", "q-00000003:sequence"),
        ("checkbox", "B"),
        ("__end__", "q-00000003:sequence"),
    ]
    fields = [("q-00000001", "1.200.000,5"), ("q-00000002", "A"), *several]
    town.post(node.path, [("page_token", token_of(town, node)), *fields])
    (row,) = rows(town)
    town.login("clerk")
    assert "1200000,5" in town.get(f"/admin/submissions/{row.id}").text
