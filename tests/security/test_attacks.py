"""Attacks that once worked."""

import io
from typing import Any

import colander
import nh3
import pytest
from PIL import Image

from stadtkern.content.blocks.schemas import MAX_TEXT, TextBlock
from stadtkern.forms import fields as f
from stadtkern.media.errors import MediaRefused
from stadtkern.media.intake import check_svg, store_image
from stadtkern.storage import FileStore
from stadtkern.testing.town import PASSWORD, Town
from stadtkern.web.bodies import MAX_CONTROLS, MAX_STRANGER


def log_in_by_form(town: Town, mail: str, password: str) -> int:
    answer = town.post("/login", {"mail": mail, "password": password}, status="*")
    return int(answer.status_int)


def test_strangers_send_no_megabytes(town: Town) -> None:
    answer = town.post("/login", "a&" * MAX_STRANGER, csrf=False, status=413)
    assert "too much" in answer or "zu viel" in answer
    made_up = {"Authorization": "Bearer x"}
    town.post("/login", "a&" * MAX_STRANGER, csrf=False, headers=made_up, status=413)


def test_a_form_has_a_limited_number_of_fields_whoever_sends_it(town: Town) -> None:
    town.login("editor")
    body = "a&" * (MAX_CONTROLS + 1)
    town.post("/account", body, csrf=False, status=413)


def test_a_page_called_like_the_back_office_speaks_the_towns_language(town: Town) -> None:
    town.page("Verwaltung", slug="administration")
    english = {"Accept-Language": "en"}
    assert town.get("/administration", headers=english).html.html["lang"] == "de"


def test_a_draft_called_like_the_back_office_does_not_show_that_it_exists(town: Town) -> None:
    town.page("Geheim", slug="admin-geheim", published=False)
    town.get("/admin-geheim", status=404)


def test_a_new_password_lifts_the_lockout(town: Town) -> None:
    account = town.account("editor")
    for _attempt in range(11):
        assert log_in_by_form(town, account.mail, "falsch") == 422
    assert log_in_by_form(town, account.mail, PASSWORD) == 422
    town.post("/account/reset", {"mail": account.mail})
    code = next(
        line.partition(": ")[2]
        for line in (town.mails()[0].body or "").splitlines()
        if "Code: " in line or "code: " in line
    )
    fresh = "Laterne-Pflaume-Amboss-93"
    town.post("/account/reset/code", {"mail": account.mail, "code": code, "password": fresh})
    assert log_in_by_form(town, account.mail, fresh) == 302


def test_moving_does_not_publish_where_one_may_not(town: Town) -> None:
    section = town.page("Verein")
    target = town.page("Rathaus")
    news = town.page("Meldung", parent=section)
    account = town.login("author")
    from stadtkern.accounts import services

    with town.session() as session:
        services.add_local_role(session, account.id, section.id, "editor")
    town.post(f"/admin/nodes/{news.id}/move", {"parent": target.path}, status=403)
    assert town.node("/verein/meldung").state == "published"


def test_a_jpegs_comment_is_not_published(tmp_path) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (20, 20)).save(stream, "JPEG", comment=b"Max Mustermann 50.15N")
    store = FileStore(tmp_path)
    stored = store_image(store, io.BytesIO(stream.getvalue()), "a.jpg")
    assert b"Mustermann" not in store.read(stored.sha)


def test_a_damaged_picture_is_refused_whatever_breaks(tmp_path) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (60, 60), (10, 200, 30)).save(stream, "PNG")
    data = stream.getvalue()
    for place in range(8, len(data), 3):
        broken = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
        try:
            store_image(FileStore(tmp_path), io.BytesIO(broken), "a.png")
        except MediaRefused:
            continue


@pytest.mark.parametrize("box", ["0 0 1e400 1", "0 0 -5 9", "0 0 nan 4", "0 0 1e300 1"])
def test_a_drawing_of_no_honest_size_has_none(box: str) -> None:
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}"/>'
    assert check_svg(svg.encode()) == (None, None)


def test_a_link_leads_to_any_address_without_breaking_the_header(town: Town) -> None:
    town.add("link", "Euro", fields={"url": "https://example.org/€?q=ü"})
    answer = town.get("/euro", status=302)
    assert answer.headers["Location"] == "https://example.org/%E2%82%AC?q=%C3%BC"


@pytest.mark.parametrize("text", ["0001-01-01T00:00", "9999-12-31T23:30+00:00", "0999-01-01T10:00"])
def test_times_beyond_the_calendar_are_refused(text: str) -> None:
    import colander

    with pytest.raises(colander.Invalid):
        f.moment("Beginn").bind(timezone="Europe/Berlin").deserialize(text)


@pytest.mark.parametrize("text", ["https://[x", "http://user@[::1", "https://exa mple.org/"])
def test_addresses_that_cannot_be_read_are_refused(text: str) -> None:
    import colander

    with pytest.raises(colander.Invalid):
        f.line("Adresse", validator=f.address).deserialize(text)


def test_a_picture_in_a_draft_folder_is_not_described_to_the_public(town: Town, tmp_path) -> None:
    stream = io.BytesIO()
    Image.new("RGB", (20, 20)).save(stream, "PNG")
    stored = store_image(town.registry["storage"], io.BytesIO(stream.getvalue()), "a.png")
    folder = town.add("folder", "Intern", published=False)
    fields = {
        "alt": "Geheimer Plan",
        "decorative": False,
        "credit": "Amt",
        "licence": "own",
        "stored": stored.as_field(),
    }
    image = town.add("image", "Plan", parent=folder, fields=fields)
    town.page("Offen", blocks=[{"type": "image", "data": {"image": image.id, "caption": ""}}])
    assert "Geheimer Plan" not in town.get("/offen")


def test_one_block_named_many_times_is_one_block(town: Town) -> None:
    town.login("editor")
    home = town.node("/").id
    order = [("block", "aaaa0001:text")] * 50
    block = "block-aaaa0001:mapping"
    fields = [
        ("__start__", "core:mapping"),
        ("title", "Einmal"),
        ("__end__", "core:mapping"),
        ("__start__", "order:sequence"),
        *order,
        ("__end__", "order:sequence"),
        ("__start__", block),
        ("html", "Text"),
        ("__end__", block),
        ("do", "save"),
    ]
    town.post(f"/admin/nodes/{home}/add/page", fields, status=302)
    assert len(town.node("/einmal").body["blocks"]) == 1


def test_a_text_that_is_too_long_is_refused_before_it_is_cleaned(monkeypatch) -> None:
    cleaned: list[int] = []
    clean = nh3.clean

    def watched(html: str, **options: Any) -> str:
        cleaned.append(len(html))
        return clean(html, **options)

    monkeypatch.setattr(nh3, "clean", watched)
    schema = TextBlock().bind(timezone="UTC")
    assert schema.deserialize({"html": "<p>Kurz</p>"}) == {"html": "<p>Kurz</p>"}
    assert cleaned == [len("<p>Kurz</p>")]
    with pytest.raises(colander.Invalid):
        schema.deserialize({"html": "<a" * MAX_TEXT})
    assert len(cleaned) == 1


def test_made_up_languages_make_no_pages_of_their_own(town: Town) -> None:
    town.get("/")
    before = town.registry["metrics"].cache.labels("miss")._value.get()
    for word in ("zz", "xx", "de-x"):
        town.get(f"/?lang={word}")
    assert town.registry["metrics"].cache.labels("miss")._value.get() == before
