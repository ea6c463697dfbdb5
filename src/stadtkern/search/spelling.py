"""Choosing the words that somebody may have meant. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import log
from typing import Any

from stadtkern.search.parse import SHORTEST_START, Group
from stadtkern.search.words import distance, fold, tolerance

MOST_NEAR = 4


def meant(typed: str, rows: Iterable[Any]) -> list[Any]:
    """Return the rows whose words are spelt most like ``typed``, at most ``MOST_NEAR``.

    The word itself, where the town has it, is what was meant.
    """
    limit = tolerance(typed)
    found = []
    for row in rows:
        apart = distance(typed, row.word, limit)
        if apart <= limit:
            # Few get the first letter wrong.
            found.append((apart, row.word[:1] != typed[:1], -row.entries, row.word, row))
    found.sort(key=lambda item: item[:4])
    return [item[4] for item in found if item[0] == found[0][0]][:MOST_NEAR]


def widened(groups: Sequence[Group], similar: Any) -> tuple[list[Group], dict[str, list[Any]]]:
    """Return groups with what may stand for words that were not found, and for which words."""
    wide: list[Group] = []
    corrected: dict[str, list[Any]] = {}
    for group in groups:
        typed = fold(group.word)
        if len(typed) >= SHORTEST_START and " " not in typed:
            group = replace(group, start=typed)  # noqa: PLW2901 - the same with more
        rows = meant(typed, similar.get(typed, ())) if group.word else []
        # Long words say more than short ones, those of few pages more than those of many.
        length = min(len(typed), 16) / 8
        if not rows:
            wide.append(replace(group, share=length))
            continue
        share = length / (1 + log(1 + min(row.entries for row in rows)))
        if rows[0].word == typed or any(row.stem in group.exact for row in rows):
            wide.append(replace(group, share=share))
            continue
        corrected[group.word] = rows
        near = tuple(dict.fromkeys(row.stem for row in rows))
        wide.append(replace(group, near=near, share=share))
    return wide, corrected
