"""Arranging entries from A to Z, the way German directories do, and hours by days."""

import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stadtkern.municipal.schemas import DAYS

OTHER = "#"
"""Where entries stand that begin with no letter."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Entry:
    """One line of an A–Z; ``see``: the title of what it leads to, where it is another name."""

    title: str
    row: Any
    see: str | None = None


def folded(text: str) -> str:
    """Return a key that sorts as German dictionaries do (DIN 5007-1: ä as a, ß as ss)."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))


def letter(text: str) -> str:
    """Return the letter under which a text stands."""
    first = folded(text.lstrip(" „“\"'«»(§"))[:1].upper()
    return first if first and first in LETTERS else OTHER


def by_letter(entries: Iterable[Entry]) -> list[tuple[str, list[Entry]]]:
    """Return letters in order, each with its entries in order; what is no letter comes last."""
    found: dict[str, list[Entry]] = {}
    for entry in sorted(entries, key=lambda one: (folded(one.title), one.row.id)):
        found.setdefault(letter(entry.title), []).append(entry)
    return sorted(found.items(), key=lambda item: (item[0] == OTHER, item[0]))


def matching(
    entries: Iterable[Entry], words: str, texts: Callable[[Entry], Iterable[str]]
) -> list[Entry]:
    """Return the entries in whose texts all the words occur, whatever their case and accents."""
    wanted = [folded(word) for word in words.split()]

    def fits(entry: Entry) -> bool:
        text = folded(" ".join(texts(entry)))
        return all(word in text for word in wanted)

    return [entry for entry in entries if fits(entry)]


def lines(text: str | None) -> list[str]:
    """Return the lines of a field in which each line is one item; list marks are dropped."""
    found = (line.strip().lstrip("-–•*").strip() for line in (text or "").splitlines())
    return [line for line in found if line]


def surname(title: str, family_name: str | None) -> str:
    """Return what a person stands under: the given name to sort by, else the last word."""
    if family_name:
        return family_name
    return title.rsplit(maxsplit=1)[-1] if title.split() else title


def hours_of(fields: Mapping[str, Any]) -> list[tuple[str, list[Mapping[str, Any]]]]:
    """Return the days that have hours, Monday first, each with its spans in order."""
    spans = fields.get("hours") or []
    found = []
    for name, title in DAYS:
        own = [span for span in spans if span.get("day") == name]
        if own:
            found.append((title, sorted(own, key=lambda span: span.get("opens") or "99")))
    return found
