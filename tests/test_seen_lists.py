"""What lists and choices name to somebody who has a role in one part of the site only."""

from types import SimpleNamespace
from typing import Any

import pytest

from stadtkern.accounts.services import add_local_role, set_roles
from stadtkern.testing.town import Town

SECRET = "Schließung der Feuerwache"
JSON = {"Accept": "application/json"}


def picture(town: Town, title: str, *, published: bool) -> Any:
    fields = {
        "alt": "Ein Bild",
        "credit": "Stadt",
        "licence": "own",
        "stored": {"sha": "0" * 64, "name": "a.png", "type": "image/png", "size": 1},
    }
    return town.add("image", title, fields=fields, published=published)


@pytest.fixture
def parts(town: Town) -> Any:
    """Make a part with an editor of its own, and drafts elsewhere that nobody else knows of."""
    own = town.page("Bücherei")
    mine = town.page("Ausleihe", parent=own)
    town.add("folder", "Bilder der Bücherei", parent=own)
    shown = picture(town, "Lesesaal", published=True)
    hidden = picture(town, SECRET, published=False)
    image = [{"id": "a", "type": "image", "data": {"image": shown.id}}]
    link = {"html": '<p><a href="/buecherei/ausleihe">Dorthin</a></p>'}
    text = [{"id": "a", "type": "text", "data": link}]
    other = town.page("Verwaltung", published=False)
    for title in (SECRET, f"{SECRET} II"):
        town.page(title, parent=other, published=False, blocks=[*text])
    town.page(f"{SECRET} III", parent=other, published=False, blocks=[*image])
    town.page("Aktuelles", blocks=[*text, {**image[0], "id": "b"}])
    town.add("office", SECRET, published=False)
    town.add("office", "Bürgerbüro")
    town.add("folder", f"{SECRET} IV", published=False)
    account = town.account(mail="buecherei@people.example")
    with town.session() as session:
        set_roles(session, town.registry, account, ())
        add_local_role(session, account.id, own.id, "editor")
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    return SimpleNamespace(own=own, mine=mine, shown=shown, hidden=hidden)


def local(town: Town) -> None:
    town.login(mail="buecherei@people.example")


def test_who_refers_is_named_as_far_as_one_may_see_it_and_counted(town: Town, parts: Any) -> None:
    number = parts.mine.id
    addresses = [f"/admin/nodes/{number}{part}" for part in ("", "/delete", "/move", "/rename")]
    local(town)
    for address in addresses:
        page = town.get(address)
        assert SECRET not in page, address
        assert "Aktuelles" in page
        assert "3 pages refer to this" in page
        assert "2 of them stand in parts of the site that you do not see" in page
    town.login("editor")
    for address in addresses:
        page = town.get(address)
        assert SECRET in page
        assert "that you do not see" not in page


def test_the_uses_of_a_picture_are_named_as_far_as_one_may_see_them(town: Town, parts: Any) -> None:
    with town.content() as content:
        content.move(parts.shown.id, content.by_path("/buecherei").id)
    local(town)
    page = town.get(f"/admin/nodes/{parts.shown.id}/media")
    assert SECRET not in page
    assert "Aktuelles" in page
    assert "One page refers to it in a part of the site that you do not see" in page
    town.login("editor")
    assert f"{SECRET} III" in town.get(f"/admin/nodes/{parts.shown.id}/media")


def test_choices_offer_what_one_may_see(town: Town, parts: Any) -> None:
    local(town)
    page = town.get(f"/admin/nodes/{parts.own.id}/add/contact")
    assert "Bürgerbüro" in page
    assert SECRET not in page
    for address in (
        f"/admin/nodes/{parts.mine.id}/edit",
        "/admin/media",
        "/admin/media/upload",
        "/admin/choose?q=Feuerwache",
        "/admin/content?q=Feuerwache",
        "/admin/pages",
        "/admin",
    ):
        assert SECRET not in town.get(address), address
    assert town.get("/admin/choose?q=Feuerwache", headers=JSON).json["items"] == []


def test_drop_downs_name_no_hidden_node_and_let_a_chosen_one_stay(town: Town, parts: Any) -> None:
    """Two editors: what the one has chosen from their part stays when the other saves."""
    town.login("editor")
    with town.content() as content:
        now = content.get(parts.mine.id)
        content.save(
            now.id,
            version=now.version,
            title=now.title,
            blocks=[{"id": "a", "type": "image", "data": {"image": parts.hidden.id}}],
        )
    local(town)
    page = town.get(f"/admin/nodes/{parts.mine.id}/edit")
    assert SECRET not in page
    assert "Lesesaal" in page
    assert f"not visible to you ({parts.hidden.id})" in page
    form = next(
        form for form in page.forms.values() if "version" in form.fields and "title" in form.fields
    )
    form["title"] = "Ausleihe und Rückgabe"
    form.submit("do", value="publish").follow()
    stored = town.node(parts.mine.path)
    assert stored.title == "Ausleihe und Rückgabe"
    assert stored.body["blocks"][0]["data"]["image"] == parts.hidden.id


def test_a_hidden_node_is_not_chosen_by_its_number(town: Town, parts: Any) -> None:
    with town.content() as content:
        now = content.get(parts.mine.id)
        content.save(
            now.id,
            version=now.version,
            title=now.title,
            blocks=[{"id": "a", "type": "image", "data": {"image": parts.shown.id}}],
        )
    local(town)
    page = town.get(f"/admin/nodes/{parts.mine.id}/edit")
    form = next(
        form for form in page.forms.values() if "version" in form.fields and "title" in form.fields
    )
    name = next(
        name for name, fields in form.fields.items() if fields[0].value == str(parts.shown.id)
    )
    form[name].force_value(str(parts.hidden.id))
    answer = form.submit("do", value="save", status=422)
    assert "Please choose one of the list" in answer
    assert SECRET not in answer
