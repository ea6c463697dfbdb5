"""What visitors look for: everything stands in the link, and nothing else decides.

``/guide?category=markt&open=1&step_free=1&near=50.14,8.15&page=2``: unknown categories and points
outside the world are passed over, as if they were not there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from pyramid.request import Request

from stadtkern_cityguide import hours, queries
from stadtkern_cityguide.categories import Category, categories
from stadtkern_cityguide.intake.loose import coordinates
from stadtkern_cityguide.opening import clock

PARAMETERS = ("category", "open", "step_free", "near")


@dataclass(frozen=True)
class Filter:
    """What a link asks for. ``near``: degrees; ``hours``: the texts that mean open now."""

    category: Category | None = None
    open_now: bool = False
    step_free: bool = False
    near: tuple[float, float] | None = None
    hours: tuple[str, ...] = ()
    today: date = date.min
    choices: list[Category] = field(default_factory=list)

    @property
    def given(self) -> bool:
        """Whether anything is left out of the list."""
        return bool(self.category or self.open_now or self.step_free)

    def query(self, **more: Any) -> str:
        """Return the link's query with ``more`` instead of what it has; None leaves one out."""
        values: dict[str, Any] = {
            "category": self.category.slug if self.category else None,
            "open": "1" if self.open_now else None,
            "step_free": "1" if self.step_free else None,
            "near": None if self.near is None else f"{self.near[0]:g},{self.near[1]:g}",
        } | more
        return urlencode({name: value for name, value in values.items() if value is not None})


def filter_of(request: Request) -> Filter:
    """Read the link; one query for the categories, one more where it asks what is open."""
    asked = request.GET
    choices = categories(request)
    now = clock(request)
    open_now = asked.get("open") == "1"
    lat, _comma, lon = str(asked.get("near", ""))[:60].partition(",")
    near = coordinates(lat, lon) if lon else None
    if near is not None or open_now:
        # Where somebody stands is kept nowhere, and what is open changes by the minute.
        request.page_cache_options = None
    return Filter(
        category=next((one for one in choices if one.slug == asked.get("category")), None),
        open_now=open_now,
        step_free=asked.get("step_free") == "1",
        near=near,
        hours=tuple(text for text in queries.written_hours(request.db) if hours.is_open(text, now))
        if open_now
        else (),
        today=now.date(),
        choices=choices,
    )
