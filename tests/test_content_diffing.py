"""Differences between texts and between bodies."""

import time
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stadtkern.content.diffing import blocks, in_place, plain, words

LETTERS = st.text(alphabet="ab,. \n", max_size=60)


@given(LETTERS, LETTERS)
@example("", "")
@example("a", "")
@example(" ", "")
@example("a b", "a  b ")
def test_word_differences_give_both_texts_back(old, new) -> None:
    found = words(old, new)
    assert "".join(text for op, text in found if op != "insert") == old
    assert "".join(text for op, text in found if op != "delete") == new
    assert all(text for _op, text in found)
    for (first, _a), (second, _b) in pairwise(found):
        assert first != second
        assert (first, second) != ("insert", "delete")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Guten Tag", "Guten Tag", [("equal", "Guten Tag")]),
        (
            "Guten Tag",
            "Guten Abend",
            [("equal", "Guten"), ("delete", " Tag"), ("insert", " Abend")],
        ),
        ("Tag", "Tag!", [("equal", "Tag"), ("insert", "!")]),
        (
            "Mo, Di geschlossen",
            "Mi, Do geschlossen",
            [("delete", "Mo, Di"), ("insert", "Mi, Do"), ("equal", " geschlossen")],
        ),
        ("", "Neu", [("insert", "Neu")]),
    ],
)
def test_word_differences_read_well(old, new, expected) -> None:
    assert words(old, new) == expected


def test_the_longest_texts_are_compared_in_bounded_time() -> None:
    old = " ".join(f"wort{n}" for n in range(8_000))
    new = " ".join(f"wort{n * 7919 % 8_000}" for n in range(8_000))
    begun = time.process_time()
    found = words(old, new)
    assert time.process_time() - begun < 10
    assert "".join(text for op, text in found if op != "insert") == old


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("Ohne Auszeichnung < 3", "Ohne Auszeichnung < 3"),
        ("<p>Eins</p><p>Zwei &amp; drei</p>", "Eins\n\nZwei & drei"),
        ("<ul><li>A</li><li>B</li></ul>", "– A\n– B"),
        ('<p>Zum <a href="/amt">Amt</a>.</p>', "Zum Amt (/amt)."),
        ("<p>Eins<br>zwei</p>", "Eins\nzwei"),
    ],
)
def test_html_is_compared_as_it_is_read(html, expected) -> None:
    assert plain(html) == expected


def block(key: str, text: str = "") -> dict:
    return {"id": key, "type": "text", "version": 1, "data": {"html": text}}


def test_blocks_are_compared_by_their_ids() -> None:
    old = [block("a"), block("b", "alt"), block("c"), block("d")]
    new = [block("d"), block("a"), block("n"), block("b", "neu")]
    found = [(change.id, change.op, change.moved) for change in blocks(old, new)]
    assert found == [
        ("d", "equal", True),
        ("a", "equal", False),
        ("n", "insert", False),
        ("b", "changed", False),
        ("c", "delete", False),
    ]
    changed = next(change for change in blocks(old, new) if change.op == "changed")
    assert changed.fields == ["html"]


def test_a_newer_schema_alone_is_no_difference() -> None:
    assert blocks([block("a", "x")], [block("a", "x") | {"version": 2}])[0].op == "equal"


KEYS = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(KEYS, KEYS)
def test_every_block_appears_once_and_the_new_order_is_kept(old, new) -> None:
    found = blocks([block(key) for key in old], [block(key) for key in new])
    assert sorted(change.id for change in found) == sorted({*old, *new})
    assert [change.id for change in found if change.op != "delete"] == new
    assert {change.id for change in found if change.op == "delete"} == set(old) - set(new)


@given(KEYS, KEYS)
def test_what_stays_in_place_is_in_the_same_order_in_both(old, new) -> None:
    found = in_place(old, new)
    assert [key for key in old if key in found] == [key for key in new if key in found]
