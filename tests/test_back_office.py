"""The back office's forms as clerks use them, without JavaScript."""

import io
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from webtest import Upload

from stadtkern.content.models import Node
from stadtkern.testing.town import Town


def picture(kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), (27, 75, 143)).save(stream, kind)
    return stream.getvalue()


def form_of(page: Any) -> Any:
    """Return the page's main form: the one with a version field."""
    return next(form for form in page.forms.values() if "version" in form.fields)


def blocks_of(form: Any) -> list[str]:
    """Return the blocks' ids in their order."""
    return [field.value.partition(":")[0] for field in form.fields.get("block", [])]


def path_exists(town: Town, path: str) -> bool:
    try:
        town.node(path)
    except LookupError:
        return False
    return True


def press(form: Any, button: str, **kw: Any) -> Any:
    return form.submit("do", value=button, **kw)


@pytest.fixture
def office(town: Town) -> Town:
    # English stands in the code; German texts are the catalogue's business.
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    return town


@pytest.fixture
def editing(office: Town) -> Town:
    office.login("editor")
    return office


def home_id(town: Town) -> int:
    return town.node("/").id


def test_a_page_is_added_with_blocks_in_the_order_that_buttons_gave(editing: Town) -> None:
    form = form_of(editing.get(f"/admin/nodes/{home_id(editing)}/add/page"))
    form["title"] = "Öffnungszeiten im Rathaus"
    page = press(form, "add:heading")
    page = press(form_of(page), "add:text")
    form = form_of(page)
    assert form["title"].value == "Öffnungszeiten im Rathaus"
    form["text"] = "Wann wir da sind"
    form["html"] = "Montags\n\nund dienstags <script>alert(1)</script>"
    page = press(form, f"down:{blocks_of(form)[0]}")
    assert "Not saved yet" in page
    assert not path_exists(editing, "/oeffnungszeiten-im-rathaus")
    press(form_of(page), "publish").follow()
    editing.anonymous()
    shown = editing.get("/oeffnungszeiten-im-rathaus")
    assert "alert(1)" not in shown
    assert shown.text.index("Montags") < shown.text.index("Wann wir da sind")


def test_a_removed_block_is_gone_after_saving_only(editing: Town) -> None:
    node = editing.page("Weg", blocks=[{"type": "text", "data": {"html": "<p>Dies hier</p>"}}])
    page = editing.get(f"/admin/nodes/{node.id}/edit")
    form = form_of(page)
    page = press(form, f"remove:{blocks_of(form)[0]}")
    assert "Dies hier" in editing.get(node.path)
    press(form_of(page), "publish").follow()
    assert "Dies hier" not in editing.get(node.path)


def test_a_title_of_ten_thousand_characters_is_refused_at_its_field(editing: Town) -> None:
    form = form_of(editing.get(f"/admin/nodes/{home_id(editing)}/add/page"))
    form["title"] = "x" * 10_000
    page = press(form, "save", status=422)
    assert "at most 200 characters" in page
    assert form_of(page)["title"].value == "x" * 10_000
    assert page.html.select_one(".error-summary a")["href"].startswith("#")


def test_the_second_of_two_editors_is_told_and_loses_nothing(editing: Town) -> None:
    node = editing.page("Gemeinsam", blocks=[{"type": "text", "data": {"html": "<p>alt</p>"}}])
    mine = form_of(editing.get(f"/admin/nodes/{node.id}/edit"))
    theirs = form_of(editing.get(f"/admin/nodes/{node.id}/edit"))
    theirs["html"] = "von der anderen"
    press(theirs, "publish").follow()
    mine["html"] = "von mir"
    page = press(mine, "publish", status=409)
    assert "Somebody else has saved" in page
    assert "von mir" in page
    assert "von der anderen" in editing.get(node.path)
    merging = next(form for form in page.forms.values() if "carried" in form.fields)
    block = node.body["blocks"][0]["id"]
    merging[f"choice-block:{block}"] = "mine"
    merging.submit().follow()
    assert "von mir" in editing.get(node.path)


def test_an_address_that_is_taken_is_said_at_the_field(editing: Town) -> None:
    editing.page("Markt")
    node = editing.page("Kirche")
    form = form_of(editing.get(f"/admin/nodes/{node.id}/rename"))
    form["slug"] = "markt"
    page = form.submit(status=422)
    assert "is taken here" in page
    assert form_of(page)["slug"].value == "markt"


def test_a_picture_needs_words_and_a_file(editing: Town) -> None:
    form = form_of(editing.get(f"/admin/nodes/{home_id(editing)}/add/image"))
    form["title"], form["credit"], form["licence"] = "Brunnen", "Stadt", "own"
    form["upload"] = Upload("brunnen.png", picture(), "image/png")
    page = press(form, "save", status=422)
    assert "describe the picture" in page
    form = form_of(page)
    form["alt"] = "Ein Brunnen"
    page = press(form, "save", status=422)
    assert "choose a file" in page
    form = form_of(page)
    form["upload"] = Upload("brunnen.png", picture(), "image/png")
    press(form, "publish").follow()
    shown = editing.get("/brunnen")
    source = shown.html.select_one("figure img")["src"]
    assert editing.get(source).content_type == "image/png"


def test_saving_a_picture_without_a_new_file_keeps_the_old_one(editing: Town) -> None:
    form = form_of(editing.get(f"/admin/nodes/{home_id(editing)}/add/image"))
    form["title"], form["credit"], form["licence"], form["alt"] = "Tor", "Stadt", "own", "Ein Tor"
    form["upload"] = Upload("tor.png", picture(), "image/png")
    press(form, "save").follow()
    node = editing.node("/tor")
    before = node.body["fields"]["stored"]
    form = form_of(editing.get(f"/admin/nodes/{node.id}/edit"))
    form["alt"] = "Das alte Tor"
    press(form, "save").follow()
    assert editing.node("/tor").body["fields"] == {
        **node.body["fields"],
        "alt": "Das alte Tor",
        "stored": before,
    }


def test_authors_write_drafts_and_do_not_publish(town: Town) -> None:
    town.login("author")
    form = form_of(town.get(f"/admin/nodes/{home_id(town)}/add/page"))
    form["title"] = "Mein Entwurf"
    fields = [(name, "publish" if name == "do" else value) for name, value in form.submit_fields()]
    town.post(form.action, [*fields, ("do", "publish")], csrf=False, status=403)
    assert not path_exists(town, "/mein-entwurf")
    form = form_of(town.get(f"/admin/nodes/{home_id(town)}/add/page"))
    form["title"] = "Mein Entwurf"
    press(form, "save").follow()
    assert town.node("/mein-entwurf").state == "draft"


def test_ones_own_draft_does_not_take_others_pages_with_it(office: Town) -> None:
    town = office
    town.login("author")
    form = form_of(town.get(f"/admin/nodes/{home_id(town)}/add/page"))
    form["title"] = "Oben"
    press(form, "save").follow()
    draft = town.node("/oben")
    town.page("Darunter", parent=draft)
    page = form_of(town.get(f"/admin/nodes/{draft.id}/delete")).submit(status=422)
    assert "ask an editor" in page
    with town.session(write=False) as session:
        kept = session.scalars(select(Node.path).where(Node.deleted_at.is_(None))).all()
    assert {"/oben", "/oben/darunter"} <= set(kept)


def test_name_colour_and_arms_appear_on_the_site(town: Town) -> None:
    town.login("administrator")
    page = town.get("/admin/appearance")
    form = next(form for form in page.forms.values() if "accent" in form.fields)
    form["name"], form["accent"] = "Neustadt am Bach", "#7a1f1f"
    form["arms"] = Upload("wappen.png", picture(), "image/png")
    form.submit().follow()
    town.anonymous()
    site = town.get("/")
    assert "Neustadt am Bach" in site
    assert town.get(site.html.select_one(".brand img")["src"]).content_type == "image/png"
    assert "--tenant-accent:#7a1f1f" in town.get("/theme.css")


def test_a_bright_colour_is_darkened_until_text_can_be_read(town: Town) -> None:
    town.login("administrator")
    form = next(f for f in town.get("/admin/appearance").forms.values() if "accent" in f.fields)
    form["accent"] = "#ffee00"
    form.submit().follow()
    assert "--tenant-accent:#ffee00" not in town.get("/theme.css")


def test_inviting_somebody_sends_a_mail_and_no_password(town: Town) -> None:
    town.login("administrator")
    form = next(f for f in town.get("/admin/people/add").forms.values() if "mail" in f.fields)
    form["mail"], form["name"] = "neu@people.example", "Nele Neu"
    form.submit().follow()
    (mail,) = town.mails()
    assert mail.recipient == "neu@people.example"
    assert "/account/reset" in (mail.body or "")
