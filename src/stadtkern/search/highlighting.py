"""The passage of a text in which the words stand, with the words marked. Pure; escapes."""

import re
from collections.abc import Iterable, Sequence
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


def needles_of(query: Query) -> list[str]:
    """Return the beginnings of words to mark, folded, the longest first."""
    found: set[str] = set()
    for group in query.groups:
        found.update(group.exact, group.phrase, group.parts, group.near)
        for stems in group.same:
            found.update(stems)
        if group.word and " " not in group.word:
            found.update((fold(group.word), group.start))
    if query.beginning:
        found.add(query.beginning)
    every = {needle for needle in found if len(needle) > 1 or needle.isdigit()}
    # "ss" may be written "ß", which is one letter.
    every |= {needle.replace("ss", "ß") for needle in every if "ss" in needle}
    # Stems of several languages differ in an ending: the shortest finds what the others find.
    kept = {
        needle
        for needle in every
        if not any(needle[:-cut] in every for cut in range(1, 4) if len(needle) > cut + 3)
    }
    return sorted(kept, key=lambda needle: (-len(needle), needle))


def _flat(text: str) -> str:
    low = text.lower()
    if len(low) != len(text):
        low = "".join(char if len(char.lower()) != 1 else char.lower() for char in text)
    if not low.isascii():
        for written, plain in _SAME_LENGTH:
            low = low.replace(written, plain)
    return low


def places(text: str, needles: Sequence[str]) -> list[tuple[int, int, str]]:
    """Return ``(start, end, needle)`` of the words that begin with, or hold, a needle."""
    flat = _flat(text[:LOOKED_AT])
    found: dict[int, tuple[int, str]] = {}
    for needle in needles:
        at = flat.find(needle)
        count = 0
        while at >= 0 and count < MOST_PLACES:
            count += 1
            start = at
            while start and flat[start - 1].isalnum():
                start -= 1
            if start == at or len(needle) >= SHORTEST_WITHIN:
                border = _BORDER.search(flat, at + len(needle))
                end = len(flat) if border is None else border.start()
                if start not in found and end - start <= len(needle) + 30:
                    found[start] = (end, needle)
            at = flat.find(needle, at + len(needle))
    return [(start, end, needle) for start, (end, needle) in sorted(found.items())]


def marked(text: str, needles: Sequence[str]) -> Markup:
    """Return a whole text with the words in ``<mark>``."""
    return Markup(_mark(text, 0, len(text), places(text, needles)))  # noqa: S704 - all escaped


def passage(text: str, needles: Sequence[str], length: int = PASSAGE) -> tuple[Markup, int]:
    """Return the stretch that holds most of the words, and how many different ones it holds.

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


def _best(spots: Sequence[tuple[int, int, str]], length: int) -> tuple[int, int]:
    best, most = 0, 0
    for index, (start, _end, _needle) in enumerate(spots[:MOST_PLACES]):
        inside = {
            needle
            for _at, end, needle in spots[index : index + 20]
            if end <= start + length * 3 // 4
        }
        if len(inside) > most:
            best, most = start, len(inside)
    return best, most


def _mark(text: str, start: int, end: int, found: Iterable[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    at = start
    for begin, stop, _needle in found:
        if begin < at or stop > end:
            continue
        parts += (escape(text[at:begin], quote=False), "<mark>")
        parts += (escape(text[begin:stop], quote=False), "</mark>")
        at = stop
    parts.append(escape(text[at:end], quote=False))
    return "".join(parts)
