"""What forms ask: kinds of fields, conditions, languages."""

from typing import Any

from entries_kit import make, question, rows, send, token_of
from hypothesis import given, settings
from hypothesis import strategies as st

from stadtkern.submissions.fields import Field, active
from stadtkern.submissions.schema import iban_ok
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town


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
