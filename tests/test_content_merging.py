"""Three-way merging: nothing that only one side changed needs a choice, nothing is lost."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stadtkern.content.merging import Contents, merge, resolve

# A busy machine may stall while pages are drawn; that says nothing about merging.
# One draw a list: three pages of blocks that are drawn one by one take longer than the tests.
BODIES = st.lists(
    st.tuples(st.sampled_from("abcdef"), st.sampled_from("xyz")),
    unique_by=lambda pair: pair[0],
    max_size=6,
).map(
    lambda pairs: [
        {"id": key, "type": "text", "version": 1, "data": {"html": text}} for key, text in pairs
    ]
)


PAGES = st.builds(
    Contents,
    title=st.sampled_from(["Eins", "Zwei", "Drei"]),
    summary=st.sampled_from(["", "Kurz"]),
    in_nav=st.booleans(),
    fields=st.dictionaries(st.sampled_from(["place", "date"]), st.sampled_from(["1", "2"])),
    blocks=BODIES,
)


def any_choice(merged, side: str) -> dict[str, str]:
    return {piece.key: side for piece in merged.conflicts}


@given(PAGES, PAGES)
def test_changes_of_one_side_alone_are_taken_over_whole(base, changed) -> None:
    for mine, theirs in ((changed, base), (base, changed), (changed, changed)):
        merged = merge(base, mine, theirs)
        assert merged.conflicts == ()
        assert resolve(merged, {}) == replace(changed, blocks=list(changed.blocks))


@given(PAGES, PAGES, PAGES)
def test_whose_choices_are_all_one_side_gets_that_side_where_it_mattered(
    base, mine, theirs
) -> None:
    merged = merge(base, mine, theirs)
    for side in ("mine", "theirs"):
        result = resolve(merged, any_choice(merged, side))
        found = {block["id"]: block for block in result.blocks}
        for piece in merged.blocks:
            expected = {
                "same": piece.base,
                "both": piece.mine,
                "mine": piece.mine,
                "theirs": piece.theirs,
                "conflict": getattr(piece, side),
            }[piece.side]
            assert found.get(piece.name) == expected
        assert len(found) == len(result.blocks)


@given(PAGES, PAGES, PAGES)
def test_both_versions_of_a_block_may_stay(base, mine, theirs) -> None:
    merged = merge(base, mine, theirs)
    choices = {piece.key: piece.choices[-1] for piece in merged.conflicts}
    result = resolve(merged, choices)
    texts = [block["data"]["html"] for block in result.blocks]
    for piece in merged.conflicts:
        if choices[piece.key] == "both":
            place = [block["id"] for block in result.blocks].index(piece.name)
            assert texts[place : place + 2] == [
                piece.theirs["data"]["html"],
                piece.mine["data"]["html"],
            ]
    assert len({block["id"] for block in result.blocks}) == len(result.blocks)


@given(PAGES, PAGES, PAGES)
def test_a_missing_choice_is_never_guessed(base, mine, theirs) -> None:
    merged = merge(base, mine, theirs)
    if merged.conflicts:
        choices = any_choice(merged, "mine")
        del choices[merged.conflicts[0].key]
        assert merged.missing(choices) == merged.conflicts[:1]
        with pytest.raises(ValueError, match="missing"):
            resolve(merged, choices)


def page(*blocks: str, **kw) -> Contents:
    made = [
        {"id": key, "type": "text", "version": 1, "data": {"html": text}}
        for key, _equals, text in (block.partition("=") for block in blocks)
    ]
    return Contents(title=kw.pop("title", "Titel"), blocks=made, **kw)


def order(contents: Contents) -> str:
    return "".join(block["id"] for block in contents.blocks)


def test_what_both_added_stands_where_each_had_put_it() -> None:
    merged = merge(page("a", "b"), page("a", "m", "b"), page("a", "b", "t"))
    assert order(resolve(merged, {})) == "ambt"
    assert not merged.conflicts


def test_moving_and_adding_go_together() -> None:
    merged = merge(page("a", "b", "c"), page("c", "a", "b"), page("a", "b", "t", "c"))
    assert merged.order.side == "mine"
    assert sorted(order(resolve(merged, {}))) == list("abct")
    assert order(resolve(merged, {})).replace("t", "") == "cab"


def test_two_orders_need_a_choice() -> None:
    merged = merge(page("a", "b", "c"), page("b", "a", "c"), page("a", "c", "b"))
    assert [piece.key for piece in merged.conflicts] == ["order"]
    assert order(resolve(merged, {"order": "mine"})) == "bac"
    assert order(resolve(merged, {"order": "theirs"})) == "acb"


def test_deleting_what_the_other_changed_needs_a_choice() -> None:
    merged = merge(page("a=x", "b"), page("b"), page("a=neu", "b"))
    (piece,) = merged.conflicts
    assert piece.key == "block:a"
    assert piece.choices == ("mine", "theirs")
    assert order(resolve(merged, {"block:a": "mine"})) == "b"
    assert order(resolve(merged, {"block:a": "theirs"})) == "ab"


def test_fields_are_merged_one_by_one() -> None:
    base = page(title="A", summary="s", fields={"place": "1", "date": "1"})
    mine = page(title="B", summary="s", fields={"place": "2"})
    theirs = page(title="A", summary="t", fields={"place": "3", "date": "1"})
    merged = merge(base, mine, theirs)
    assert [piece.key for piece in merged.conflicts] == ["field:place"]
    result = resolve(merged, {"field:place": "theirs"})
    assert (result.title, result.summary, result.fields) == ("B", "t", {"place": "3"})
