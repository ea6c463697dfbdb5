"""The rules of the quality check, each with what it finds and what it leaves alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtkern.content.quality import (
    HINT,
    STOP,
    WARN,
    Draft,
    Finding,
    Picture,
    addresses,
    check,
    count_words,
    own_path,
    sentences,
    stops,
)


def text(html: str, block: str = "b1") -> dict[str, Any]:
    return {"id": block, "type": "text", "data": {"html": html}}


def heading(words: str, level: str = "2", block: str = "h1") -> dict[str, Any]:
    return {"id": block, "type": "heading", "data": {"text": words, "level": level}}


def judge(*blocks: dict[str, Any], **kw: Any) -> list[Finding]:
    kw.setdefault("summary", "Worum es geht.")
    return check(Draft(title="Titel", blocks=blocks, **kw))


def codes(*blocks: dict[str, Any], **kw: Any) -> list[str]:
    return [one.code for one in judge(*blocks, **kw)]


def test_a_good_page_has_nothing_to_mend() -> None:
    assert not judge(
        heading("Zeiten"),
        text('<p>Wir haben offen. Siehe <a href="/amt">Bürgeramt</a>.</p><h3>Montag</h3>', "b2"),
        pictures={"b2": [Picture("Tor", "Das Tor", decorative=False)]},
    )


def test_only_missing_words_for_pictures_stop_publishing() -> None:
    bare = Picture("Tor", " ", decorative=False)
    (found,) = judge(text("<p>Hallo.</p>"), pictures={"b1": [bare]})
    assert (found.code, found.weight, found.block) == ("alt", STOP, "b1")
    assert stops([found])
    assert not judge(pictures={"b1": [Picture("Ranke", "", decorative=True)]})
    assert codes(text('<p><img src="/x.png"></p>')) == ["alt"]
    assert not codes(text('<p><img src="/x.png" alt=""></p>'))
    rest = judge(text('<p><a href="">hier</a></p><table><tr><td>1</td></tr></table>'), summary="")
    assert len(rest) >= 4
    assert not stops(rest)


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ('<a href="/x"></a>', ["link-text"]),
        ('<a href="/x"> &nbsp; </a>', ["link-text"]),
        ('<a href="/x"><img src="/i" alt="Zum Amt"></a>', []),
        ('<a href="#">Anmeldung</a>', ["link-empty"]),
        ("<a>Anmeldung</a>", ["link-empty"]),
        ('<a href="/x">Hier klicken!</a>', ["link-phrase"]),
        ('<a href="/x">mehr …</a>', ["link-phrase"]),
        ('<a href="/x">click <b>here</b></a>', ["link-phrase"]),
        ('<a href="/x">Mehr zum Markt</a>', []),
        ('<a href="https://a.example/">https://a.example/</a>', ["link-address"]),
        ('<a href="/x">www.a.example</a>', ["link-address"]),
    ],
)  # fmt: skip
def test_link_texts(html: str, found: list[str]) -> None:
    assert codes(text(f"<p>{html}</p>")) == found


def test_headings_go_down_one_level_at_a_time() -> None:
    assert codes(heading("A", "2"), heading("B", "3"), heading("C", "2")) == []
    assert codes(heading("A", "3")) == ["heading-order"]
    assert codes(text("<h4>Zu tief</h4>")) == ["heading-order"]
    assert codes(heading("A"), text("<h3>B</h3><h4>C</h4>", "b2")) == []
    (found,) = judge(heading("A", block="x"), text("<h4>Sprung</h4>", "y"))
    assert (found.block, found.quote) == ("y", "Sprung")
    assert codes(heading(" ")) == ["heading-empty"]


def test_tables_need_headings() -> None:
    assert codes(text("<table><tr><td>1</td></tr></table>")) == ["table"]
    assert codes(text("<table><tr><th>A</th></tr><tr><td>1</td></tr></table>")) == []
    plain = {"cells": "a\tb", "header_row": False, "header_column": False}
    assert codes({"id": "t", "type": "table", "data": plain}) == ["table"]
    assert codes({"id": "t", "type": "table", "data": plain | {"header_column": True}}) == []


def test_links_within_the_site_that_lead_nowhere() -> None:
    blocks = [
        text('<a href="/weg?x=1#y">Der Weg</a> <a href="https://weg.example/weg">Andere</a>'),
        {"id": "c", "type": "call", "data": {"label": "Zum Amt", "target": "/amt/"}},
        {"id": "a", "type": "accordion", "data": {"entries": [{"html": '<a href="/tief">T</a>'}]}},
    ]
    assert addresses(blocks) == {"/weg", "/amt", "/tief"}
    found = judge(*blocks, broken={"/weg", "/amt", "/tief"})
    assert [(one.code, one.block) for one in found] == [
        ("link-broken", "b1"),
        ("link-broken", "c"),
        ("link-broken", "a"),
    ]
    assert own_path("//evil.example/x") == ""
    assert own_path("/") == "/"


def test_long_sentences_in_the_languages_that_we_know() -> None:
    long = "<p>" + "Wort " * 26 + ".</p>"
    (found,) = judge(text(long))
    assert (found.code, found.weight) == ("sentence", HINT)
    assert len(found.quote) <= 80
    assert codes(text("<p>" + "Wort " * 25 + ".</p>")) == []
    assert codes(text(long), language="en") == ["sentence"]
    assert codes(text(long), language="gsg") == []
    assert codes(text("<p>" + "Wort " * 16 + ".</p>"), language="de-simple") == ["sentence"]
    # Each paragraph and each entry of a list stands for itself.
    assert codes(text("<ul>" + "<li>sechs Wörter stehen in jedem Punkt</li>" * 9 + "</ul>")) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Der Markt ist offen. Kommen Sie!", 2),
        ("Am 1. März um 12.30 Uhr öffnet z. B. das Bad. Danach nicht.", 2),
        ("Dr. Maier, Tel. 0 61 28, wohnt in der Str. am Bach.", 1),
        ("Nach § 18 Abs. 2 Nr. 3 d. h. immer.", 1),
        ("„Wirklich?“ Ja (ganz sicher). Gut…", 3),
        ("See e.g. the town hall, approx. 3 km away. Bring cash.", 2),
        ("", 0),
    ],
)
def test_where_sentences_end(words: str, expected: int) -> None:
    assert len(sentences(words)) == expected


@given(st.text(max_size=300))
def test_sentences_lose_no_word(words: str) -> None:
    joined = "".join("".join(sentences(words)).split())
    assert joined == "".join(words.split())


@given(st.text(max_size=300), st.booleans())
def test_whatever_is_typed_can_be_judged(words: str, tagged: bool) -> None:  # noqa: FBT001
    html = f"<p>{words}</p>" if tagged else words
    for one in check(Draft(title=words, blocks=[text(html), heading(words)])):
        assert one.weight in {STOP, WARN, HINT}
        assert len(one.quote) <= 80


def test_words_are_counted_as_people_read_them() -> None:
    assert count_words("Die Max-Planck-Straße 5 öffnet um 12:30 Uhr – 3 x.") == 9
    assert count_words("") == 0


def test_what_stops_stands_first_then_from_top_to_bottom() -> None:
    blocks = [text('<a href="/x">hier</a>', "b1"), text("<p>x</p>", "b2")]
    found = judge(*blocks, pictures={"b2": [Picture("P", "", decorative=False)]}, summary="")
    assert [one.code for one in found] == ["alt", "summary", "link-phrase"]


def test_large_pictures_and_titles_in_capitals_are_hints() -> None:
    big = Picture("P", "x", decorative=False, size=9_000_000)
    assert codes(pictures={"": [big]}) == ["large"]
    drawing = Picture("P", "x", decorative=False, size=600_000, drawing=True)
    assert codes(pictures={"": [drawing]}) == ["large"]
    assert [one.code for one in check(Draft("WICHTIGE MITTEILUNG", "x"))] == ["capitals"]
    assert not check(Draft("EU-DSGVO", "x"))
