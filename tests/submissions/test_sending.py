"""Entries of forms: what is sent, refused, sealed, and answered."""

import hashlib
import itertools
import re
import time

import pytest
from entries_kit import GOOD, make, references, rows, send, token_of
from hypothesis import given
from hypothesis import strategies as st

from stadtkern.submissions import services, tokens
from stadtkern.testing.databases import on_sqlite
from stadtkern.testing.town import Town


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
    page = send(town, make(town))
    assert town.mails() == []
    assert "Bitte notieren Sie beides." in page.text
    assert "per E-Mail" not in page.html.select_one(".notice.success").text


@on_sqlite
def test_after_sending_it_is_said_what_to_keep(town: Town) -> None:
    page = send(town, make(town), _2="erika@people.example")
    reference, code = references(page)
    notice = page.html.select_one(".notice.success")
    assert notice.has_attr("autofocus")
    assert "per E-Mail" in notice.text
    address = f"/formular-status?number={reference}"
    assert page.html.select_one(f"a[href='{address}']") is not None
    (mail,) = town.mails()
    assert address in mail.body
    assert code not in mail.body
    assert f'value="{reference}"' in town.get(address).text
    typed = {"reference": reference.replace("0", "O"), "code": code}
    assert reference in town.post("/formular-status", typed).text


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=12, max_size=12))
def test_noughts_and_ones_in_codes_are_letters(code: str) -> None:
    typed = code.replace("O", "0").replace("I", "1").lower()
    assert tokens.digest(typed) == tokens.digest(code)


def test_clerks_see_what_is_new(town: Town) -> None:
    node = make(town)
    town.login("clerk")
    assert "Neue Einträge" not in town.get("/admin").text
    send(town, node)
    send(town, node)
    first, second = rows(town)
    town.post(f"/admin/submissions/{first.id}", {"status": "done", "note": ""}, status=302)
    listed = f"/admin/submissions?form={node.id}"
    tile = town.get("/admin").html.select_one(f"a[href='{listed}&status=received']")
    assert tile.text == "Hundeanmeldung"
    assert "1 neu" in tile.parent.text
    overview = town.get("/admin/submissions").html
    assert [one.text for one in overview.select("tbody td.number")] == ["2", "1"]
    page = town.get(f"{listed}&status=received")
    assert "Hundeanmeldung" in page.html.h1.text
    assert second.reference in page.text
    assert first.reference not in page.text
    assert "erledigt (1)" in page.text
    assert "Hundeanmeldung" in town.get(f"{listed}&status=refused").html.h1.text
    town.get(f"{listed}&status=other", status=404)
    answer = town.post("/admin/submissions/table", {"form": str(node.id), "status": "done"})
    assert first.reference in answer.text
    assert second.reference not in answer.text
    name = answer.headers["Content-Disposition"]
    assert re.search(r'"hundeanmeldung-\d{4}-\d\d-\d\d\.csv"', name)
    town.login("editor")
    assert "Neue Einträge" not in town.get("/admin").text
    assert "Einträge (2)" not in town.get(f"/admin/nodes/{node.id}").text
    town.login("administrator")
    assert "Einträge (2)" in town.get(f"/admin/nodes/{node.id}").text


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


def test_nobody_is_flooded_with_confirmations(town: Town) -> None:
    node = make(town)
    spellings = ("opfer@people.example", "Opfer@People.example")
    for number in range(services.MAILS_AN_HOUR + 2):
        answer = send(town, node, _2=spellings[number % 2])
        # What was sent counts all the same, and its number and code are shown.
        assert len(references(answer)) == 2
    assert len(rows(town)) == services.MAILS_AN_HOUR + 2
    assert len(town.mails()) == services.MAILS_AN_HOUR
    send(town, node, _2="andere@people.example")
    assert len(town.mails()) == services.MAILS_AN_HOUR + 1


@on_sqlite
def test_who_sends_does_not_choose_where_a_mailed_link_leads(town: Town) -> None:
    node = make(town)
    fields = {"page_token": token_of(town, node), **GOOD, "q-00000002": "erika@people.example"}
    host = f"{town.host}:64000"
    town.post(node.path, fields, headers={"Host": host, "Origin": f"https://{host}"})
    (mail,) = town.mails()
    assert f"//{town.host}/formular-status" in mail.body
    assert "64000" not in mail.body
