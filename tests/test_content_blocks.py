"""Blocks: sanitised, upgraded on read, kept when nobody knows them."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html as lxml_html
from sqlalchemy import update

from stadtkern.content import ContentRefused
from stadtkern.content.blocks import TextBlock
from stadtkern.content.models import Node
from stadtkern.content.resources import Page
from stadtkern.content.sanitize import ATTRIBUTES, SCHEMES, TAGS, clean_html
from stadtkern.content.schemas import PageSchema
from stadtkern.content.types import BlockType, ContentType

ATTACKS = [
    "<script>alert(1)</script>",
    "<p onclick=alert(1)>x</p>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="JaVaScRiPt:alert(1)">x</a>',
    '<a href=" javascript:alert(1)">x</a>',
    '<a href="java\tscript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:x">x</a>',
    "<img src=x onerror=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg/onload=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<style>p{background:url(//x)}</style>",
    '<p style="position:fixed">x</p>',
    '<iframe src="//x"></iframe>',
    '<object data="//x"></object><embed src="//x">',
    '<form action="//x"><input name="a"></form>',
    "<base href=//x>",
    '<meta http-equiv="refresh" content="0;//x">',
    "<template><script>alert(1)</script></template>",
    "<!--><script>alert(1)</script>-->",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<a href="//x" target="_blank" ping="//y" id="content" name="content" class="button">x</a>',
    "<![CDATA[<script>alert(1)</script>]]>",
    "<p>a\x00b</p>",
]


def check_clean(text: str) -> None:
    if not text:
        return
    for element in lxml_html.fragment_fromstring(text, create_parent="x").iterdescendants():
        assert element.tag in TAGS
        assert set(element.attrib) <= ATTRIBUTES["*"] | ATTRIBUTES.get(element.tag, set())
        href = element.get("href", "").strip().lower()
        scheme, colon, _rest = href.partition(":")
        if colon and "/" not in scheme:
            assert scheme in SCHEMES


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_runs_or_dresses_is_stored(attack) -> None:
    cleaned = clean_html(f"<p>Vorher</p>{attack}<p>Nachher</p>")
    check_clean(cleaned)
    assert "Vorher" in cleaned
    assert "alert(1)</" not in cleaned or "&lt;" in cleaned or "<script" not in cleaned
    assert clean_html(cleaned) == cleaned


@example(["<svg/onload=alert(1)>", '<noscript><p title="</noscript><img src=x>">'])
@given(
    st.lists(st.sampled_from([*ATTACKS, "<p>", "</p>", "<", ">", '"', "'", "&", "x"]), max_size=6)
)
def test_combined_attacks_are_cleaned_too(parts) -> None:
    cleaned = clean_html("".join(parts))
    if "<" in "".join(parts):
        check_clean(cleaned)


def test_text_without_markup_becomes_paragraphs() -> None:
    assert clean_html("Eins\nzwei\n\n\nDrei & 4 < 5") == (
        "<p>Eins<br>zwei</p><p>Drei &amp; 4 &lt; 5</p>"
    )


def test_what_editors_need_stays() -> None:
    html = (
        '<h3>A</h3><p lang="en">b <strong>c</strong> <em>d</em><br><a href="/x">e</a> '
        '<a href="mailto:a@b.example">f</a></p><ul><li>g</li></ul><blockquote>h</blockquote>'
    )
    assert clean_html(html) == html


def test_posted_text_is_cleaned_by_its_schema() -> None:
    values = TextBlock().deserialize({"html": '<p onclick="x">Hallo</p><script>x</script>'})
    assert values == {"html": "<p>Hallo</p>"}


def test_blocks_appear_in_their_order_and_escape_what_is_text(town) -> None:
    node = town.page(
        "Seite",
        blocks=[
            {"id": "a", "type": "heading", "data": {"text": "<b>Eins</b>", "level": "3"}},
            {"id": "b", "type": "text", "data": {"html": "<p>Zwei</p>"}},
            {
                "id": "c",
                "type": "map_point",
                "data": {"label": "Rathaus <i>", "lat": 50.15, "lon": 8.15},
            },
        ],
    )
    html = town.get(node.path).text
    assert '<h3 class="block block-heading" id="b-a">&lt;b&gt;Eins&lt;/b&gt;</h3>' in html
    assert html.index("b-a") < html.index("<p>Zwei</p>") < html.index("Rathaus &lt;i&gt;")
    assert "50,15000" in html


UNKNOWN = {
    "id": "u1",
    "type": "poll",
    "version": 7,
    "data": {"question": "Ja?", "n": 1.50, "tief": [{"ä": None}]},
    "extra": "bleibt",
}


def test_blocks_of_an_unknown_kind_are_kept_byte_for_byte(town) -> None:
    node = town.page("Seite")
    with town.session() as session:
        session.execute(
            update(Node).where(Node.id == node.id).values(body={"fields": {}, "blocks": [UNKNOWN]})
        )
    assert "Ja?" not in town.get(node.path).text
    with town.content() as content:
        stored = content.get(node.id)
        # What a form sends back of a block that it cannot show: id and kind.
        blocks = [
            {"id": "t", "type": "text", "data": {"html": "<p>Neu</p>"}},
            {"id": "u1", "type": "poll", "data": {}},
        ]
        content.save(node.id, version=stored.version, title="Seite", blocks=blocks)
    kept = town.node(node.path).body["blocks"][1]
    assert json.dumps(kept, sort_keys=True) == json.dumps(UNKNOWN, sort_keys=True)
    with town.content() as content:
        stored = content.get(node.id)
        content.save(node.id, version=stored.version, title="Nur Titel")
    assert town.node(node.path).body["blocks"][1] == UNKNOWN


def test_a_page_of_an_unknown_kind_is_kept_and_hidden(town) -> None:
    node = town.page("Umfrage", slug="umfrage")
    with town.session() as session:
        session.execute(update(Node).where(Node.id == node.id).values(type="poll"))
    town.get("/umfrage", status=404)
    assert "Umfrage" not in town.get("/").text
    town.login("administrator")
    town.get("/umfrage", status=404)
    assert town.node("/umfrage").title == "Umfrage"


def test_too_many_blocks_are_refused(town) -> None:
    blocks = [{"id": str(n), "type": "text", "data": {"html": "<p>x</p>"}} for n in range(201)]
    with pytest.raises(ContentRefused, match="at most"):
        town.page("Seite", blocks=blocks)


def upgrade(version: int, data: dict) -> dict:
    assert version == 1
    return {"text": data.pop("words"), **data}


def test_old_blocks_are_upgraded_when_they_are_read() -> None:
    kind = BlockType("b", "B", TextBlock, "t", version=2, upgrade=upgrade)
    stored = {"version": 1, "data": {"words": "alt"}}
    assert kind.data(stored) == {"text": "alt"}
    assert stored == {"version": 1, "data": {"words": "alt"}}
    assert kind.data({"version": 2, "data": {"text": "neu"}}) == {"text": "neu"}
    type_ = ContentType("t", "T", PageSchema, Page, version=2, upgrade=upgrade)
    assert type_.fields(1, {"words": "alt"}) == {"text": "alt"}
    assert type_.fields(2, {"text": "neu"}) == {"text": "neu"}


def test_an_upgraded_block_is_shown_and_stored_anew_with_the_next_save(make_town) -> None:
    def configure(config):
        config.registry["block_types"]["heading"] = BlockType(
            "heading",
            "Heading",
            config.registry["block_types"]["heading"].schema,
            "stadtkern.content:templates/blocks/heading.jinja2",
            version=2,
            upgrade=lambda _version, data: {"text": data["words"], "level": "2"},
        )

    town = make_town(configure=configure)
    node = town.page("Seite")
    old = {"id": "h", "type": "heading", "version": 1, "data": {"words": "Alte Form"}}
    with town.session() as session:
        body = {"fields": {}, "blocks": [old]}
        session.execute(update(Node).where(Node.id == node.id).values(body=body))
    assert "Alte Form</h2>" in town.get(node.path).text
    assert town.node(node.path).body["blocks"] == [old]
