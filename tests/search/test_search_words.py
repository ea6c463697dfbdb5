"""Hostile queries, and words by themselves."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from searching import body, titles
from sqlalchemy import select

from stadtkern import search
from stadtkern.search import parse, words
from stadtkern.search.highlighting import marked, passage
from stadtkern.testing.databases import on_postgresql, on_sqlite
from stadtkern.testing.town import Town

HOSTILE = (
    "*",
    "a*" * 90,
    '"',
    '"""" OR 1=1 --',
    "NEAR(a b, 1000000)",
    "title : geheim",
    "{scope} : t1",
    "t1",
    "AND OR NOT",
    "^rathaus",
    "-rathaus +rathaus",
    "rathaus)(",
    "'; drop table node; --",
    "a & b | !c <-> d:*",
    "\\",
    "%_%",
    "(((((((((((((((((((((((((((((((((((((((",
    "der die das",
    "\u0000rathaus\u0000",
    "rat\u00adhaus",
    "🏛️",
    "ﬁ ½ Ⅷ İstanbul ẞ",
    "\u202erathaus",
    "a" * 5000,
    "rathaus " * 2000,
)


@pytest.mark.parametrize("query", HOSTILE)
@on_sqlite
def test_hostile_queries_are_words(town: Town, query: str) -> None:
    town.page("Rathaus")
    assert town.get("/suche", params={"q": query}).status_int == 200
    assert town.get("/suche/vorschlaege", params={"q": query}).status_int == 200


@on_postgresql
def test_hostile_queries_are_words_there_too(town: Town) -> None:
    town.page("Rathaus")
    for query in HOSTILE:
        assert town.get("/suche", params={"q": query}).status_int == 200
        assert town.get("/suche/vorschlaege", params={"q": query}).status_int == 200
    assert titles(town, "rathaus)(") == ["Rathaus"]


@on_sqlite
def test_a_very_long_query_is_cut_and_answered_at_once(town: Town) -> None:
    town.page("Rathaus")
    began = time.process_time()
    answer = town.get("/suche", params={"q": "rathaus " + "x" * 100_000})
    assert answer.status_int == 200
    assert time.process_time() - began < 1
    assert titles(town, "rathaus") == ["Rathaus"]
    for name in ("kind", "in", "when", "page", "lang"):
        town.get("/suche", params={"q": "rathaus", name: "'\u0000%*" * 50}, status=200)


def test_only_words_that_stand_everywhere_find_titles(town: Town) -> None:
    town.page("Über uns", blocks=body("Wir sind die Stadt"))
    town.page("Anderes", blocks=body("uns und über"))
    assert titles(town, "über uns") == ["Über uns"]
    page = town.get("/suche", params={"q": "?!"})
    assert "Buchstaben oder Ziffern" in page.html.select_one(".empty-state").get_text()


@settings(max_examples=300)
@given(st.text(max_size=300))
def test_any_text_becomes_words(typed: str) -> None:
    query = parse.parse(typed, parse.Town(("de", "en")))
    assert len(query.groups) <= parse.MOST_WORDS
    assert all(term.isalpha() for term in query.terms)
    parse.begin(typed, parse.Town(("de",)))
    assert all(word == word.lower() for word in words.words(typed) if word.isascii())


@settings(max_examples=300)
@given(st.text(max_size=200), st.lists(st.text(min_size=2, max_size=8), max_size=4))
def test_marking_loses_and_adds_nothing(shown: str, typed: list[str]) -> None:
    needles = {needle: place for place, needle in enumerate(typed)}
    html, _held = marked(shown, needles)
    assert html.replace("<mark>", "").replace("</mark>", "") == marked(shown, {})[0]
    assert "<script" not in passage("<script>" + shown, needles)[0]


@settings(max_examples=300)
@given(
    st.text(alphabet="abcdef", max_size=9),
    st.text(alphabet="abcdef", max_size=9),
    st.integers(0, 3),
)
def test_distance_is_a_distance(one: str, other: str, limit: int) -> None:
    apart = words.distance(one, other, limit)
    assert apart == words.distance(other, one, limit)
    assert (apart == 0) == (one == other)
    assert 0 <= apart <= limit + 1
    assert words.distance(one, other, 20) <= max(len(one), len(other))


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("bürgerbeteiligung", {"burger", "beteiligung"}),
        ("müllabfuhr", {"mull", "abfuhr"}),
        ("zisternensatzung", {"zisterne", "zisternen", "satzung"}),
        ("verwaltung", set()),
        ("freitag", set()),
        ("sicherheit", set()),
        ("rathaus", {"rat", "haus"}),
    ],
)
def test_compounds(word: str, parts: set[str]) -> None:
    found = set(words.split(word, "de"))
    assert found <= parts
    assert bool(found) == bool(parts)


def test_stored_rows_name_their_town(town: Town) -> None:
    town.page("Rathaus")
    with town.session(write=False) as session:
        found = session.scalars(select(search.SearchEntry)).all()
    assert {row.tenant_id for row in found} == {town.tenant_id}


@pytest.mark.parametrize(
    ("typed", "wrong"), [("wahl", 0), ("muell", 1), ("ausweis", 2), ("personalausweis", 3)]
)
def test_short_words_are_meant_as_they_stand(typed: str, wrong: int) -> None:
    # “Wahl” is no slip for “Wall”.
    assert words.tolerance(typed) == wrong
