"""A page in a frame as somebody types it: what is right shows, only to them, nothing is stored."""

import re

import pytest
from sqlalchemy import func, select

from stadtkern.content.models import Autosave, Node, Revision
from stadtkern.testing.databases import on_sqlite


def text(html: str, key: str = "aaaa") -> dict:
    return {"id": key, "type": "text", "data": {"html": html}}


@pytest.fixture
def page(town):
    return town.page(
        "Bürgerbüro", blocks=[text("<p>Montags geöffnet.</p>")], summary="Alt", published=True
    )


@pytest.fixture
def anna(town):
    return person(town, "anna@people.example")


def person(town, mail: str, role: str = "editor"):
    browser = town._new_browser()
    browser.set_cookie(town.ticket_cookie, town.ticket(town.account(role, mail=mail)))
    return browser


def form_at(browser, address: str):
    return next(form for form in browser.get(address).forms.values() if "base" in form.fields)


def keep(browser, address: str, form, **changes) -> None:
    """Keep a form as its script does."""
    for name, value in changes.items():
        form[name] = value
    fields = [(name, value) for name, value in form.submit_fields() if name != "do"]
    assert "kept" in browser.post(f"{address}/autosave", fields).json


def left_out(framed) -> list[str]:
    return [one.get_text() for one in framed.html.select("[data-left-out]")]


def test_the_frame_shows_what_was_typed_to_whoever_typed_it(town, page, anna) -> None:
    address = f"/admin/nodes/{page.id}"
    typed = f"{address}/frame/typed"
    # Nothing typed yet: as saved.
    assert "Montags geöffnet." in anna.get(typed)
    keep(
        anna,
        address,
        form_at(anna, f"{address}/edit"),
        title="Amt für alle",
        html="<p>Dienstags <script>x</script>offen.</p>",
    )
    with town.statements() as seen:
        framed = anna.get(typed)
    assert not [line for line in seen if line.split()[0] in {"INSERT", "UPDATE", "DELETE"}]
    assert framed.html.h1.get_text() == "Amt für alle"
    main = str(framed.html.main)
    assert "Dienstags" in main
    assert "Montags" not in main
    # Judged by the same schema as a save.
    assert "<script" not in main
    assert left_out(framed) == []
    assert framed.headers["Cache-Control"] == "no-store"
    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"
    policy = framed.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
    assert "form-action 'none'" in policy
    # Only the person's own, and nothing of it is stored or public.
    other = person(town, "bernd@people.example").get(typed)
    assert "Dienstags" not in other
    assert "Montags geöffnet." in other
    assert "Montags geöffnet." in anna.get(f"{address}/frame")
    assert "Montags geöffnet." in town.get(page.path)
    with town.session(write=False) as session:
        count = select(func.count()).select_from(Revision).where(Revision.node_id == page.id)
        revisions = session.scalar(count)
        assert session.scalar(select(func.count()).select_from(Autosave)) == 1
    form_at(anna, f"{address}/edit?restore=1").submit("do", value="save", status=302)
    with town.session(write=False) as session:
        assert session.scalar(count) == revisions + 1
    person(town, "leser@people.example", "author").get(typed, status=403)
    assert "/login" in town.get(typed, status=302).location


def test_what_is_wrong_stays_as_it_was_and_is_named(town, anna) -> None:
    node = town.add(
        "event",
        "Markt",
        fields={"starts": "2030-05-04T08:00", "place": "Rathaus"},
        blocks=[text("<p>Alt</p>")],
    )
    address = f"/admin/nodes/{node.id}"
    wrong = {"2030-05-04T08:00": "gestern", "Rathaus": "Bürgerhaus", "Markt": ""}
    fields = [
        (name, wrong.get(value, value))
        for name, value in form_at(anna, f"{address}/edit").submit_fields()
        if name != "do"
    ]
    assert "kept" in anna.post(f"{address}/autosave", fields).json
    framed = anna.get(f"{address}/frame/typed")
    main = framed.html.main.get_text(" ", strip=True)
    assert "Markt" in main
    assert "Bürgerhaus" in main
    assert "4. Mai 2030" in main
    told = left_out(framed)
    assert len(told) == 2
    assert told[0].startswith("„Titel“ ist noch nicht zu sehen: ")
    assert told[1].startswith("„Beginn“ ist noch nicht zu sehen: ")


def test_a_page_that_is_not_there_yet_is_shown_as_well(town, anna) -> None:
    home = town.node("/")
    address = f"/admin/nodes/{home.id}/add/page"
    assert anna.get(f"{address}/frame").html.h1.get_text() == "Noch ohne Titel"
    with town.session(write=False) as session:
        before = session.scalar(select(func.count()).select_from(Node))
    form = form_at(anna, address)
    added = form.submit("do", value="add:text")
    form = next(form for form in added.forms.values() if "base" in form.fields)
    keep(anna, address, form, html="<p>Noch <b>nicht</b> gespeichert.</p>")
    framed = anna.get(f"{address}/frame")
    assert framed.html.h1.get_text() == "Noch ohne Titel"
    assert "Noch <strong>nicht</strong> gespeichert." in re.sub(
        r"(?<=<.)b>|b>", "strong>", framed.text
    )
    assert left_out(framed)[0].startswith("„Titel“")
    keep(anna, address, form, title="Ganz neu")
    assert anna.get(f"{address}/frame").html.h1.get_text() == "Ganz neu"
    with town.session(write=False) as session:
        assert session.scalar(select(func.count()).select_from(Node)) == before
    other = person(town, "bernd@people.example").get(f"{address}/frame")
    assert other.html.h1.get_text() == "Noch ohne Titel"
    assert "gespeichert." not in str(other.html.main)


@on_sqlite
def test_unknown_types_and_places_that_do_not_take_them_have_no_frame(town, page, anna) -> None:
    for rest in ("add/nothing/frame", "add/home/frame"):
        anna.get(f"/admin/nodes/{page.id}/{rest}", status=404)


@on_sqlite
def test_half_a_block_is_shown_as_a_draft_shows_it(town, page, anna) -> None:
    address = f"/admin/nodes/{page.id}"
    form = form_at(anna, f"{address}/edit")
    added = form.submit("do", value="add:quote")
    form = next(form for form in added.forms.values() if "base" in form.fields)
    keep(anna, address, form)
    framed = anna.get(f"{address}/frame/typed")
    assert "Montags" in framed
    # The block that lacks everything is no error: it has not been written yet.
    assert left_out(framed) == []
