"""What the list's filters mean for a whole collection."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import false, or_, select

from stadtkern.content import Node
from stadtkern_cityguide.filters import Filter
from stadtkern_cityguide.models import Filing, Point, Track


def conditions(collection: str, wanted: Filter) -> tuple[Any, ...]:
    """Return the conditions for one of places, areas and tours; the same as the list's."""
    found: list[Any] = []
    tours = collection == "tours"
    if tours and wanted.places_only:
        found.append(false())
    if wanted.words:
        fits: list[Any] = [Node.title.icontains(wanted.words, autoescape=True)]
        if wanted.held is not None:
            fits.append(wanted.held)
        if wanted.called:
            fits.append(_filed(wanted.called))
        found.append(or_(*fits))
    if wanted.category is not None:
        found.append(_filed(wanted.category.ids))
    if wanted.step_free:
        found.append((Track if tours else Point).step_free == "yes")
    if wanted.spoken and not tours:
        found.append(Point.spoken.contains(f" {wanted.spoken} ", autoescape=True))
    if wanted.open_now and not tours:
        found += [
            Point.hours.in_(wanted.hours),
            or_(Point.closed_until.is_(None), Point.closed_until < wanted.today),
        ]
    return tuple(found)


def _filed(categories: Collection[int]) -> Any:
    return Node.id.in_(select(Filing.node_id).where(Filing.category_id.in_(categories)))
