"""Places that look like the same one: pure functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from stadtkern_cityguide.geometry import haversine_m

NEAR_M = 100.0
"""Two places of one name that are nearer than this are the same, as the import has it."""

LIKE = 0.82
"""How alike two names must be (difflib's ratio) to be pointed out."""

MAX_PAIRS = 200
MAX_COMPARED = 400_000
_CELL = 0.0015
"""Degrees: a little more than ``NEAR_M`` to the north; to the east twice as many are asked."""


@dataclass(frozen=True)
class Pair:
    """Two places, the older one first; ``why``: ``name`` or ``number``; metres between them."""

    first: Any
    second: Any
    why: str
    metres: float


def plain(title: str) -> str:
    """Return a name as it is compared: without case, signs and double blanks."""
    return " ".join("".join(c if c.isalnum() else " " for c in title.casefold()).split())


def alike(one: str, other: str) -> bool:
    """Tell whether two plain names are the same or nearly so."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    if len(short) >= 5 and f" {short} " in f" {long} ":  # noqa: PLR2004 - “Tor” is in many names
        return True
    return SequenceMatcher(None, one, other).ratio() >= LIKE


def twins(places: Sequence[Any]) -> list[Pair]:
    """Return up to ``MAX_PAIRS`` pairs; translations of each other are none."""
    found = {(pair.first.id, pair.second.id): pair for pair in _by_number(places)}
    for pair in _by_name(places):
        found.setdefault((pair.first.id, pair.second.id), pair)
        if len(found) >= MAX_PAIRS:
            break
    return sorted(found.values(), key=lambda pair: (pair.first.title, pair.first.id))[:MAX_PAIRS]


def _may_be_same(one: Any, other: Any) -> bool:
    group = one.translation_group
    return one.language == other.language and (group is None or group != other.translation_group)


def _by_number(places: Iterable[Any]) -> Iterator[Pair]:
    numbered: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
    for place in places:
        if place.source and place.source_id:
            key = (plain(place.source), place.source_id.strip(), place.language)
            numbered[key].append(place)
    for same in numbered.values():
        for other in same[1:]:
            yield Pair(same[0], other, "number", _metres(same[0], other))


def _by_name(places: Iterable[Any]) -> Iterator[Pair]:
    cells: dict[tuple[int, int], list[tuple[Any, str]]] = defaultdict(list)
    compared = 0
    for place in places:
        name = plain(place.title)
        north, east = round(place.lat / _CELL), round(place.lon / _CELL)
        for up in (-1, 0, 1):
            for right in (-2, -1, 0, 1, 2):
                for other, called in cells.get((north + up, east + right), ()):
                    compared += 1
                    if compared > MAX_COMPARED:
                        return
                    metres = _metres(other, place)
                    if metres <= NEAR_M and _may_be_same(other, place) and alike(called, name):
                        yield Pair(other, place, "name", metres)
        cells[north, east].append((place, name))


def _metres(one: Any, other: Any) -> float:
    return haversine_m((one.lat, one.lon), (other.lat, other.lon))
