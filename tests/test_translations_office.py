"""Languages in the back office: overview, making, linking, the form with its source beside."""

import pytest

from stadtkern.content.models import Node


def text(html: str, key: str = "aaaa") -> dict:
    return {"id": key, "type": "text", "data": {"html": html}}


@pytest.fixture
def editing(town):
    town.login("editor")
    return town


@pytest.fixture
def source(editing) -> Node:
    return editing.page("Markt", blocks=[text("<p>Jeden Samstag.</p>")], summary="Kurz")


def form_with(answer, field: str, value: str | None = None):
    return next(
        form
        for form in answer.forms.values()
        if field in form.fields and (value is None or form[field].value == value)
    )


def translated(town, source: Node) -> Node:
    with town.content() as content:
        made = content.translate(source.id, "en", title="Market")
        content.session.expunge(made)
    return made


def test_a_translation_is_made_and_written_beside_its_source(editing, source) -> None:
    page = editing.get(f"/admin/nodes/{source.id}/translations")
    form = form_with(page, "language", "en")
    form["title"] = "Market"
    beside = form.submit("do", value="create").follow()
    assert "Jeden Samstag." in [mark.text for mark in beside.html.select(".marked")]
    writing = form_with(beside, "seen")
    writing["summary"] = "Short"
    writing["html"] = "Every Saturday."
    writing.submit("do", value="save").follow()
    made = editing.node("/en/market")
    assert (made.state, made.summary, made.source_id) == ("draft", "Short", source.id)
    assert made.body["blocks"][0]["data"]["html"] == "<p>Every Saturday.</p>"
    assert editing.node(source.path).body == source.body


def test_what_changed_in_the_source_is_marked_until_it_is_caught_up(editing, source) -> None:
    made = translated(editing, source)
    address = f"/admin/nodes/{made.id}/translate"
    assert not editing.get(address).html.select(".marked ins")
    with editing.content() as content:
        node = content.get(source.id)
        content.save(
            node.id,
            version=node.version,
            title="Markt",
            summary="Kurz",
            blocks=[text("<p>Jeden Freitag.</p>")],
        )
    page = editing.get(address)
    assert [mark.text.strip() for mark in page.html.select(".marked ins")] == ["Freitag"]
    assert [mark.text.strip() for mark in page.html.select(".marked del")] == ["Samstag"]
    overview = editing.get("/admin/translations?state=outdated")
    assert address in overview.text
    writing = form_with(page, "seen")
    assert not writing["up_to_date"].checked
    writing["up_to_date"] = True
    writing.submit("do", value="save").follow()
    assert not editing.get(address).html.select(".marked ins")
    assert address not in editing.get("/admin/translations?state=outdated").text


def test_the_second_translator_merges(editing, source) -> None:
    made = translated(editing, source)
    forms = [form_with(editing.get(f"/admin/nodes/{made.id}/translate"), "seen") for _n in "ab"]
    forms[0]["title"] = "The market"
    forms[0].submit("do", value="save", status=302)
    forms[1]["title"] = "A market"
    answer = forms[1].submit("do", value="save", status=409)
    assert "A market" in answer.text
    assert editing.node(made.path).title == "The market"


def test_missing_translations_are_listed_with_constant_sql(editing, source) -> None:
    editing.page("Rathaus")
    editing.page("Entwurf", published=False)
    with editing.statements() as few:
        page = editing.get("/admin/translations?language=en&state=missing")
    assert "Markt" in page.text
    assert "Rathaus" in page.text
    assert "Entwurf" not in page.text
    for number in range(12):
        editing.page(f"Seite {number}")
    with editing.statements() as many:
        editing.get("/admin/translations?language=en&state=missing")
    assert len(many) == len(few)
    translated(editing, source)
    assert f"/admin/nodes/{source.id}/" not in editing.get("/admin/translations").text


def test_pages_are_linked_and_let_go_by_form(editing, source) -> None:
    english = editing.page("Market", parent="/en")
    address = f"/admin/nodes/{source.id}/translations"
    form = form_with(editing.get(address), "path")
    form["path"] = "/gibt-es-nicht"
    form.submit("do", value="link").follow()
    assert editing.node(english.path).source_id is None
    form["path"] = english.path
    form.submit("do", value="link").follow()
    assert editing.node(english.path).source_id == source.id
    form_with(editing.get(address), "node", str(english.id)).submit("do", value="unlink").follow()
    assert editing.node(english.path).source_id is None
    assert (
        editing.node(english.path).translation_group != editing.node(source.path).translation_group
    )
