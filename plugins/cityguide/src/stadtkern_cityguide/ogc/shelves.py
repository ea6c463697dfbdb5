"""Which places of a town are public and where they lie, kept in memory until anything changes.

A box among 10,000 places is then found without the database; it is asked for the page's features
alone. Kept by tenant and language for as long as the town's generations have not risen.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pyramid.request import Request

from stadtkern.tenants import origin
from stadtkern_cityguide.ogc import queries
from stadtkern_cityguide.ogc.answers import dumped
from stadtkern_cityguide.ogc.features import features
from stadtkern_cityguide.ogc.queries import Wanted

MAX_ROWS = 1_000_000
"""Of all towns together; a row takes 24 bytes."""

MAX_TEXT = 32_000_000
"""Bytes of features that are kept ready, of all towns together."""


@dataclass(frozen=True)
class Shelf:
    """Ids in order, with degrees beside them; ``ready``: features as JSON, by their ids."""

    generation: tuple[int, ...]
    ids: Any
    lats: Any
    lons: Any
    ready: dict[int, bytes] = field(default_factory=dict)


class Shelves:
    """Bounded; the town that nobody has asked for longest goes first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[int, str, str], Shelf] = OrderedDict()
        self._lock = threading.Lock()
        self._written = 0

    def get(self, request: Request, wanted: Wanted) -> Shelf:
        """Return a town's shelf; two queries where something has changed, else none."""
        tenant = request.tenant
        key = (tenant.id, wanted.language, origin(request))
        generation = tenant.generation("content", "plugins", "tenant")
        found = self._kept.get(key)
        if found is None or found.generation != generation:
            rows = queries.shelved(request.db, wanted.language, wanted.default)
            found = Shelf(
                generation,
                np.array([row.id for row in rows], dtype=np.int64),
                np.array([row.lat for row in rows], dtype=np.float64),
                np.array([row.lon for row in rows], dtype=np.float64),
            )
            self._keep(key, found)
        return found

    def write(self, shelf: Shelf, texts: dict[int, bytes]) -> None:
        """Keep features ready; when there are too many, all shelves begin anew."""
        with self._lock:
            self._written += sum(map(len, texts.values()))
            if self._written > MAX_TEXT:
                for one in self._kept.values():
                    one.ready.clear()
                self._written = sum(map(len, texts.values()))
            shelf.ready.update(texts)

    def _keep(self, key: tuple[int, str, str], shelf: Shelf) -> None:
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = shelf
            while len(self._kept) > 1 and sum(len(one.ids) for one in self._kept.values()) > (
                MAX_ROWS
            ):
                self._kept.popitem(last=False)


def places(request: Request, wanted: Wanted) -> tuple[list[int], int]:
    """Return the ids of a page of places, and how many there are on all pages together."""
    shelf: Shelf = request.registry["cityguide_shelves"].get(request, wanted)
    ids = shelf.ids
    if wanted.box is not None:
        west, south, east, north = wanted.box
        within = (shelf.lats >= south) & (shelf.lats <= north)
        if west <= east:
            within &= (shelf.lons >= west) & (shelf.lons <= east)
        else:
            within &= (shelf.lons >= west) | (shelf.lons <= east)
        ids = ids[within]
    if wanted.equal or wanted.more or wanted.span is not None:
        ids = np.intersect1d(ids, np.array(queries.fitting(request.db, wanted), dtype=np.int64))
    first = int(np.searchsorted(ids, wanted.after, side="right"))
    return ids[first : first + wanted.limit].tolist(), len(ids)


def written(request: Request, wanted: Wanted, ids: Sequence[int]) -> list[bytes]:
    """Return places as JSON; those that nobody has asked for since a change are made now."""
    shelves: Shelves = request.registry["cityguide_shelves"]
    shelf = shelves.get(request, wanted)
    found = {number: text for number in ids if (text := shelf.ready.get(number)) is not None}
    missing = [number for number in ids if number not in found]
    if missing:
        rows = queries.places_by_id(request.db, missing)
        made = {one["id"]: dumped(one) for one in features(request, "places", rows)}
        shelves.write(shelf, made)
        found |= made
    return [found[number] for number in ids if number in found]


def extent(request: Request, wanted: Wanted) -> tuple[float, float, float, float] | None:
    """Return the box around a town's public places, west, south, east, north; None without any."""
    shelf: Shelf = request.registry["cityguide_shelves"].get(request, wanted)
    if not len(shelf.ids):
        return None
    return (
        float(shelf.lons.min()),
        float(shelf.lats.min()),
        float(shelf.lons.max()),
        float(shelf.lats.max()),
    )
