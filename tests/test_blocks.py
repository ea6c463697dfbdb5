"""The blocks as editors fill them and as visitors see them."""

import re
from typing import Any

import colander
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stadtkern.content.blocks.schemas import AccordionBlock
from stadtkern.content.blocks.table import MAX_COLUMNS, TableBlock, read_cells, write_cells
from stadtkern.content.sanitize import MAX_DEPTH, clean_html, depth
from stadtkern.forms.fields import as_plain
from stadtkern.media.blocks import external
from stadtkern.testing.town import Town


def form_of(page: Any) -> Any:
    """Return the page's main form: the one with a version field."""
    return next(form for form in page.forms.values() if "version" in form.fields)


def blocks_of(form: Any) -> list[str]:
    """Return the blocks' ids in their order."""
    return [field.value.partition(":")[0] for field in form.fields.get("block", [])]


def press(form: Any, button: str, **kw: Any) -> Any:
    return form.submit("do", value=button, **kw)


WORD = (
    "<html><head><style>p.MsoNormal{color:red}</style></head><body><p class=MsoTitle>Titel</p>"
    "<h2>Unter</h2><p class=MsoNormal><b style='mso-bidi-font-weight:normal'>Fett</b> und "
    "<i>schräg</i><o:p>&nbsp;</o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>"
    "<p class=MsoListParagraphCxSpFirst style='mso-list:l0 level1 lfo1'><![if !supportLists]>"
    "<span style='mso-list:Ignore'>·<span>&nbsp; </span></span><![endif]>Eins</p>"
    "<p class=MsoListParagraphCxSpMiddle style='mso-list:l0 level2 lfo1'>"
    "<span style='mso-list:Ignore'>o </span>Eins a</p>"
    "<p class=MsoListParagraphCxSpLast style='mso-list:l0 level1 lfo1'>"
    "<span style='mso-list:Ignore'>· </span>Zwei</p>"
    "<p class=MsoListParagraph style='mso-list:l1 level1 lfo2'>"
    "<span style='mso-list:Ignore'>1. </span>Erstens</p>"
    "<table><tr><td>a</td><td>b</td></tr></table><img src='file:///x.png'></body></html>"
)
OFFICE = (
    "<p>Wort <font color='red'>rot</font></p><div>Zeile <span style='font-weight: bold'>fett</span>"
    "</div><div><p>innen</p></div><b style='font-weight:normal'>nicht fett</b><h1>A</h1><h5>B</h5>"
)


@pytest.fixture
def editing(town: Town) -> Town:
    # English stands in the code; German texts are the catalogue's business.
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    town.login("editor")
    return town


def picture(town: Town, title: str = "Brunnen") -> Any:
    fields = {"alt": "Der Brunnen", "decorative": False, "credit": "Stadt", "licence": "CC0-1.0"}
    stored = {"sha": "a" * 64, "name": "b.png", "type": "image/png", "size": 9}
    return town.add("image", title, fields=fields | {"stored": stored})


def shown(town: Town, kind: str, **data: Any) -> Any:
    """Return the public page that holds one block."""
    node = town.page(f"Seite mit {kind}", blocks=[{"id": "abcd1234", "type": kind, "data": data}])
    return town.get(node.path)


# Pasted text


def test_word_text_becomes_plain_structure() -> None:
    assert clean_html(WORD) == (
        "<h3>Titel</h3><h4>Unter</h4><p><strong>Fett</strong> und <em>schräg</em></p>"
        "<ul><li><p>Eins</p><ul><li><p>Eins a</p></li></ul></li><li><p>Zwei</p></li></ul>"
        "<ol><li><p>Erstens</p></li></ol><p>a b </p>"
    )


def test_office_text_keeps_its_bold_and_loses_its_dress() -> None:
    assert clean_html(OFFICE) == (
        "<p>Wort rot</p><p>Zeile <strong>fett</strong></p><p>innen</p>nicht fett"
        "<h3>A</h3><h4>B</h4>"
    )


def test_words_of_other_languages_and_abbreviations_are_kept() -> None:
    text = '<p><span lang="fr">Mairie</span> und <abbr title="das heißt">d. h.</abbr></p>'
    assert clean_html(text) == text
    assert clean_html("<p><span class=x>bloß</span></p>") == "<p>bloß</p>"


PIECES = [
    *("<p>", "</p>", "<b>", "</b>", "<span>", "</span>", '<span lang="fr">', "<o:p>", "</o:p>"),
    *("<div>", "</div>", "<h1>", "</h1>", "<ul><li>", "</li></ul>", "<table><tr><td>", "</table>"),
    *("<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'>", "<!--x-->", "&nbsp;", "&lt;"),
    *("<span style='mso-list:Ignore'>1.</span>", "Wort", " ", "\n", "\n\n", "<", "&", '"'),
]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_cleaning_clean_text_changes_nothing(text: str) -> None:
    cleaned = clean_html(text)
    if "<" in cleaned:
        assert clean_html(cleaned) == cleaned


def trimmed(html: str) -> str:
    """Return HTML without blanks at the ends of its paragraphs."""
    return re.sub(r"(?: |\n|&nbsp;)*(</?p>)(?: |\n|&nbsp;)*", r"\1", html)


@example("<p>; <a")
@given(st.text(alphabet="ab <>&\u00a0\n\u00ad;p/lt", max_size=30))
def test_paragraphs_shown_as_plain_text_are_read_back_as_they_were(text: str) -> None:
    cleaned = clean_html(text)
    plain = as_plain(cleaned)
    if plain is not None:
        assert trimmed(clean_html(plain)) == trimmed(cleaned)


def test_text_of_a_thousand_levels_is_refused_with_a_word(editing: Town) -> None:
    deep = "<blockquote>" * 1_000 + "x"
    assert depth(clean_html(deep)) > MAX_DEPTH
    node = editing.page(
        "Tief", blocks=[{"id": "aaaa", "type": "text", "data": {"html": "<p>x</p>"}}]
    )
    path = f"/admin/nodes/{node.id}/edit"
    fields = [
        (name, deep if name == "html" else value)
        for name, value in form_of(editing.get(path)).submit_fields()
    ]
    answer = editing.post(path, [*fields, ("do", "save")], csrf=False, status=422)
    assert "nested too deeply" in answer
    assert editing.node(node.path).body["blocks"][0]["data"]["html"] == "<p>x</p>"


def test_controls_of_five_thousand_levels_are_refused(editing: Town) -> None:
    node = editing.page("Verschachtelt")
    fields = form_of(editing.get(f"/admin/nodes/{node.id}/edit")).submit_fields()
    nest = [("__start__", "a:mapping")] * 2_400 + [("__end__", "a:mapping")] * 2_400
    editing.post(
        f"/admin/nodes/{node.id}/edit", [*fields, *nest, ("do", "save")], csrf=False, status=400
    )
    assert editing.node(node.path).version == node.version


def test_a_posted_block_of_an_unknown_kind_is_refused_with_a_word(editing: Town) -> None:
    node = editing.page(
        "Unbekannt", blocks=[{"id": "aaaa", "type": "text", "data": {"html": "<p>x</p>"}}]
    )
    path = f"/admin/nodes/{node.id}/edit"
    fields = form_of(editing.get(path)).submit_fields()
    place = fields.index(("block", "aaaa:text"))
    fields.insert(place, ("block", "bbbb:weather"))
    answer = editing.post(path, [*fields, ("do", "save")], csrf=False)
    assert "unknown kind “weather”" in answer
    assert [block["id"] for block in editing.node(node.path).body["blocks"]] == ["aaaa"]
    assert blocks_of(form_of(answer)) == ["aaaa"]


# The list of blocks


def test_blocks_are_added_anywhere_and_doubled(editing: Town) -> None:
    node = editing.page(
        "Reihe",
        blocks=[
            {"id": "aaaa", "type": "heading", "data": {"text": "Eins", "level": "2"}},
            {"id": "bbbb", "type": "heading", "data": {"text": "Zwei", "level": "3"}},
        ],
    )
    form = form_of(editing.get(f"/admin/nodes/{node.id}/edit"))
    form["at"] = "first"
    form = form_of(press(form, "add:quote"))
    first = blocks_of(form)
    assert first[1:] == ["aaaa", "bbbb"]
    form.set("text", "Geändert", 1)
    form = form_of(press(form, "duplicate:aaaa"))
    assert blocks_of(form)[1] == "aaaa"
    assert [form.get("text", n).value for n in (1, 2, 3)] == ["Geändert", "Geändert", "Zwei"]
    form = form_of(press(form, f"remove:{first[0]}"))
    press(form, "publish", status=302)
    stored = editing.node(node.path).body["blocks"]
    assert [block["data"]["text"] for block in stored] == ["Geändert", "Geändert", "Zwei"]
    assert len({block["id"] for block in stored}) == 3


def test_a_new_blocks_fields_come_alone(editing: Town) -> None:
    node = editing.page("Leer")
    answer = editing.get(f"/admin/nodes/{node.id}/new-block/teasers")
    assert answer.text.count("block-card") == 1
    assert "<html" not in answer
    assert 'name="number" value="3"' in answer
    editing.get(f"/admin/nodes/{node.id}/new-block/nothing", status=404)
    editing.anonymous()
    assert editing.get(f"/admin/nodes/{node.id}/new-block/text", status="*").status_int != 200


def test_thirty_blocks_cost_no_more_statements_than_the_issue_allows(editing: Town) -> None:
    image = picture(editing)
    kinds = [
        ("heading", {"text": "Zeiten", "level": "2"}),
        ("text", {"html": '<p>Montags, <a href="/termine">mit Termin</a></p>'}),
        ("image", {"image": image.id}),
        ("gallery", {"title": "Bilder", "images": [{"image": image.id}]}),
        ("teasers", {"picks": [image.id]}),
    ]
    node = editing.page(
        "Dreißig",
        published=False,
        blocks=[
            {"id": f"{n:04x}", "type": kinds[n % 5][0], "data": kinds[n % 5][1]} for n in range(30)
        ],
    )
    path = f"/admin/nodes/{node.id}/edit"
    with editing.statements() as seen:
        form = form_of(editing.get(path))
    assert len(seen) <= 25
    with editing.statements() as seen:
        press(form, "publish", status=302)
    # Saving and publishing in one; what can be found is brought up to date with it, and the page
    # is noted for subscribers and receivers.
    assert len(seen) <= 25
    with editing.statements() as seen:
        assert editing.get(node.path).text.count("Brunnen") >= 6
    assert len(seen) <= 12


# What visitors see


def test_an_accordion_unfolds_without_scripts(town: Town) -> None:
    page = shown(town, "accordion", entries=[{"title": "Wann?", "html": "<p><em>Montags</em></p>"}])
    assert page.html.select_one(".block-accordion summary").text == "Wann?"
    assert page.html.select_one(".block-accordion details em").text == "Montags"


def test_an_accordion_needs_an_entry() -> None:
    with pytest.raises(colander.Invalid, match="at least one"):
        AccordionBlock().bind().deserialize({"entries": []})


def test_a_table_has_a_caption_and_headings(town: Town) -> None:
    page = shown(
        town,
        "table",
        caption="Gebühren",
        header_row=True,
        header_column=True,
        cells="Art\tEuro\nAusweis\t37,00\nPass\t70,00",
    )
    table = page.html.select_one(".table-wrap[tabindex='0'] table")
    assert table.caption.text == "Gebühren"
    assert [cell.text for cell in table.select("th[scope=col]")] == ["Art", "Euro"]
    assert [cell.text for cell in table.select("th[scope=row]")] == ["Ausweis", "Pass"]
    assert [cell.text for cell in table.select("td")] == ["37,00", "70,00"]


def test_spreadsheets_and_csv_are_read_as_tables() -> None:
    assert read_cells("a\tb\n\n1\t\n") == [["a", "b"], ["", ""], ["1", ""]]
    assert read_cells("Art;Euro\nPass;70,00") == [["Art", "Euro"], ["Pass", "70,00"]]
    assert read_cells('"a\nb"\tc') == [["a b", "c"]]
    assert read_cells('"a,b",c') == [["a,b", "c"]]
    assert read_cells("  \n") == []


@given(st.text(alphabet='ab \t\n;,"', max_size=40))
def test_a_stored_table_is_read_as_it_was_written(text: str) -> None:
    rows = read_cells(text)
    assert read_cells(write_cells(rows)) == rows


def test_a_table_that_is_too_wide_is_refused_with_a_way_out() -> None:
    wide = "\t".join("x" * (MAX_COLUMNS + 1))
    with pytest.raises(colander.Invalid, match="at most") as caught:
        TableBlock().bind().deserialize({"caption": "x", "cells": wide})
    assert f"{MAX_COLUMNS} columns" in caught.value.asdict()["cells"]


def test_a_quotation_names_its_speaker(town: Town) -> None:
    page = shown(town, "quote", text="Erst\n\nDann", person="Eva Muster", role="Amt")
    figure = page.html.select_one("figure.block-quote")
    assert [part.text for part in figure.select("blockquote p")] == ["Erst", "Dann"]
    assert figure.figcaption.text == "Eva Muster, Amt"


def test_a_call_is_one_link(town: Town) -> None:
    page = shown(town, "call", heading="Termin", label="Termin buchen", target="/termin")
    assert page.html.select_one(".block-call a")["href"] == "/termin"


def test_a_gallery_links_each_picture_and_leaves_out_hidden_ones(town: Town) -> None:
    image = picture(town)
    draft = town.add("image", "Entwurf", published=False, fields={"credit": "x"})
    page = shown(
        town,
        "gallery",
        title="Brunnen",
        images=[{"image": image.id, "caption": "Am Markt"}, {"image": draft.id}],
    )
    links = page.html.select("ul[data-gallery] a")
    assert len(links) == 1
    assert links[0]["href"] == links[0].img["src"]
    assert links[0].img["alt"] == "Der Brunnen"
    assert "Am Markt" in page


def test_teasers_show_the_newest_and_cost_one_statement_for_all(town: Town) -> None:
    folder = town.add("folder", "Aktuelles")
    for number in range(5):
        town.add("news", f"Meldung {number}", parent=folder)
    town.add("news", "Geheim", parent=folder, published=False)
    hidden = town.add("folder", "Verborgen", published=False)

    def block(place: int, **data: Any) -> dict[str, Any]:
        return {"id": f"{place:04x}", "type": "teasers", "data": data}

    one = town.page("Ein Anreißer", blocks=[block(1, type="news", number=2)])
    many = town.page(
        "Viele Anreißer",
        blocks=[
            block(1, type="news", number=2, heading="Neues"),
            block(2, folder=folder.id, number=12),
            block(3, folder=hidden.id),
            block(4, picks=[one.id, hidden.id]),
            *(block(number, type="news", number=1) for number in range(5, 15)),
        ],
    )
    with town.statements() as few:
        page = town.get(one.path)
    assert [link.text for link in page.html.select(".block-teasers a")] == [
        "Meldung 4",
        "Meldung 3",
    ]
    with town.statements() as all_of_them:
        page = town.get(many.path)
    lists = [[link.text for link in box.select("a")] for box in page.html.select(".block-teasers")]
    assert lists[0] == ["Meldung 4", "Meldung 3"]
    assert len(lists[1]) == 5
    assert lists[2] == ["Ein Anreißer"]
    assert "Geheim" not in page
    # One more: the pages that were chosen by hand, or the folder.
    assert len(all_of_them) <= len(few) + 1


def test_pages_are_chosen_by_address_and_stay_chosen_when_they_move(editing: Town) -> None:
    target = editing.page("Ziel")
    node = editing.page("Verweise", blocks=[{"id": "aaaa", "type": "teasers", "data": {}}])
    path = f"/admin/nodes/{node.id}/edit"
    form = form_of(editing.get(path))
    form["picks"] = f"https://irgendwo.example{target.path}\n/gibt-es-nicht"
    answer = press(form, "publish", status=422)
    assert "no page at “/gibt-es-nicht”" in answer
    form = form_of(answer)
    form["picks"] = target.path
    press(form, "publish", status=302)
    assert editing.node(node.path).body["blocks"][0]["data"]["picks"] == [target.id]
    with editing.content() as content:
        content.rename(target.id, "anderswo")
    assert form_of(editing.get(path))["picks"].value == "/anderswo"
    assert editing.get(node.path).html.select_one(".block-teasers a")["href"] == "/anderswo"


@pytest.mark.parametrize(
    ("address", "frame"),
    [
        ("https://youtu.be/abcdefghijk?t=3", "https://www.youtube-nocookie.com/embed/abcdefghijk"),
        (
            "https://www.youtube.com/watch?list=x&v=abcdefghijk",
            "https://www.youtube-nocookie.com/embed/abcdefghijk",
        ),
        ("https://vimeo.com/123456789", "https://player.vimeo.com/video/123456789?dnt=1"),
        (
            "https://video.example.org/w/9c9de5e8-0a1e",
            "https://video.example.org/videos/embed/9c9de5e8-0a1e",
        ),
    ],
)
def test_films_elsewhere_are_known_by_their_address(address: str, frame: str) -> None:
    found = external(address)
    assert found is not None
    assert found.frame == frame


@pytest.mark.parametrize(
    "address",
    [
        *("", "http://youtu.be/abcdefghijk", "https://youtube.com/watch?v=short", "javascript:1"),
        *("https://example.org/film.mp4", "https://a;b/w/12345678", "https://x.org:8/w/12345678"),
        *("https://youtube.com.evil.example/watch?v=abcdefghijk", "https://[::1]/w/12345678"),
    ],
)
def test_other_addresses_are_no_films(address: str) -> None:
    assert external(address) is None


def test_a_film_elsewhere_is_framed_only_on_a_page_of_its_own(town: Town) -> None:
    page = shown(
        town, "video", address="https://youtu.be/abcdefghijk", title="Rundgang", text="Ein Weg."
    )
    assert "<iframe" not in page
    assert "youtube-nocookie" not in page
    assert "frame-src" not in page.headers["Content-Security-Policy"]
    player = town.get(page.html.select_one(".block-video a.button")["href"])
    assert player.html.iframe["src"].startswith("https://www.youtube-nocookie.com/embed/")
    policy = player.headers["Content-Security-Policy"]
    assert policy.endswith("; frame-src https://www.youtube-nocookie.com")
    assert "Set-Cookie" not in player.headers
    node = town.node("/seite-mit-video")
    town.get(f"/media/{node.id}/film/ffff", status=404)
    with town.content() as content:
        content.unpublish(node.id)
    town.get(f"/media/{node.id}/film/abcd1234", status=404)
