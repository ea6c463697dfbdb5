"""The passage of a text in which the words stand, with the words marked. Pure; escapes."""

import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from markupsafe import Markup

from stadtkern.search.parse import Query
from stadtkern.search.words import fold

PASSAGE = 220
"""Characters of a passage, about."""
LOOKED_AT = 4_000
MOST_PLACES = 60
SHORTEST_WITHIN = 4
"""Letters of a needle that is also marked in the midst of a word."""

# One letter for one letter, so that places in both texts are the same.
_SAME_LENGTH = (("ä", "a"), ("ö", "o"), ("ü", "u"), ("é", "e"), ("è", "e"), ("á", "a"), ("ç", "c"))
_BORDER = re.compile(r"\W")
_START = re.compile(r"[\s(„“\"]")


Needles = Mapping[str, int]
"""Beginnings of words, folded, the longest first, and which of the typed words each stands for."""
Place = tuple[int, int, int]
"""Where a word begins and ends in a text, and which of the typed words it is."""


def needles_of(query: Query) -> Needles:
    """Return the beginnings of words to mark."""
    every: dict[str, int] = {}
    for place, group in enumerate(query.groups):
        found = {*group.exact, *group.phrase, *group.parts, *group.near}
        for stems in group.same:
            found.update(stems)
        if group.word and " " not in group.word:
            found.update((fold(group.word), group.start))
        for needle in found:
            if len(needle) > 1 or needle.isdigit():
                every.setdefault(needle, place)
    if query.beginning:
        every.setdefault(query.beginning, len(query.groups))
    # "ss" may be written "ß", which is one letter.
    for needle in [needle for needle in every if "ss" in needle]:
        every[needle.replace("ss", "ß")] = every[needle]
    # Stems of several languages differ in an ending: the shortest finds what the others find.
    kept = {
        needle
        for needle in every
        if not any(needle[:-cut] in every for cut in range(1, 4) if len(needle) > cut + 3)
    }
    return {
        needle: every[needle] for needle in sorted(kept, key=lambda needle: (-len(needle), needle))
    }


def _flat(text: str) -> str:
    low = text.lower()
    if len(low) != len(text):
        low = "".join(char if len(char.lower()) != 1 else char.lower() for char in text)
    if not low.isascii():
        for written, plain in _SAME_LENGTH:
            low = low.replace(written, plain)
    return low


def places(text: str, needles: Needles) -> list[Place]:
    """Return ``(start, end, typed word)`` of the words that begin with, or hold, a needle."""
    flat = _flat(text[:LOOKED_AT])
    found: dict[int, tuple[int, int]] = {}
    for needle, word in needles.items():
        at = flat.find(needle)
        if at < 0:
            continue
        length, count = len(needle), 0
        while at >= 0 and count < MOST_PLACES:
            count += 1
            start = at
            while start and flat[start - 1].isalnum():
                start -= 1
            if start not in found and (start == at or length >= SHORTEST_WITHIN):
                border = _BORDER.search(flat, at + length)
                end = len(flat) if border is None else border.start()
                if end - start <= length + 30:
                    found[start] = (end, word)
            at = flat.find(needle, at + length)
    return [(start, *found[start]) for start in sorted(found)]


def marked(text: str, needles: Needles) -> tuple[Markup, set[int]]:
    """Return a whole text with the words in ``<mark>``, and which of the typed ones it holds."""
    found = places(text, needles)
    if not found:
        return Markup(escape(text, quote=False)), set()  # noqa: S704 - escaped
    held = {word for _start, _end, word in found}
    return Markup(_mark(text, 0, len(text), found)), held  # noqa: S704 - all escaped


def passage(text: str, needles: Needles, length: int = PASSAGE) -> tuple[Markup, set[int]]:
    """Return the stretch that holds most of the typed words, and which of them.

    The beginning, where there is none.
    """
    found = places(text, needles)
    start, held = _best(found, length)
    if start:
        begin = _START.search(text, max(0, start - length // 4))
        start = start if begin is None or begin.end() > start else begin.end()
    end = start + length
    if end < len(text):
        stop = text.rfind(" ", start, end)
        end = stop if stop > start else end
    head, tail = ("… " if start else ""), (" …" if end < len(text) else "")
    inner = _mark(text, start, min(end, len(text)), found)
    return Markup(head + inner + tail), held  # noqa: S704 - all escaped


def _best(spots: Sequence[Place], length: int) -> tuple[int, set[int]]:
    best: int = 0
    most: set[int] = set()
    every = len({word for _start, _end, word in spots})
    for index, (start, _end, _word) in enumerate(spots[:MOST_PLACES]):
        inside = {
            word for _at, end, word in spots[index : index + 20] if end <= start + length * 3 // 4
        }
        if len(inside) > len(most):
            best, most = start, inside
            if len(most) == every:
                break
    return best, most


def _mark(text: str, start: int, end: int, found: Iterable[Place]) -> str:
    parts: list[str] = []
    at = start
    for begin, stop, _word in found:
        if begin < at or stop > end:
            continue
        parts += (
            escape(text[at:begin], quote=False),
            "<mark>",
            escape(text[begin:stop], quote=False),
            "</mark>",
        )
        at = stop
    parts.append(escape(text[at:end], quote=False))
    return "".join(parts)
