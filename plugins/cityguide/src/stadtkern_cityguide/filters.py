"""What visitors look for: everything stands in the link, and nothing else decides.

``/guide?q=turm&category=markt&open=1&step_free=1&spoken=gsg&near=50.14,8.15&page=2``: unknown
categories, languages and points outside the world are passed over, as if they were not there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from pyramid.request import Request
from sqlalchemy import ColumnElement

from stadtkern import search
from stadtkern_cityguide import hours, queries
from stadtkern_cityguide.categories import Category, categories
from stadtkern_cityguide.intake.loose import coordinates
from stadtkern_cityguide.opening import clock
from stadtkern_cityguide.schemas import LANGUAGES

PARAMETERS = ("q", "category", "open", "step_free", "spoken", "near")
SPOKEN = dict(LANGUAGES)
MAX_WORDS = 100
"""Characters of a search."""

RATE = "120/minute"
"""Searches from one connection that nobody has just made; an office may need more."""


@dataclass(frozen=True)
class Filter:
    """What a link asks for. ``near``: degrees; ``hours``: the texts that mean open now.

    ``held``: the condition that a page has the words; ``called``: categories that are called so.
    """

    words: str = ""
    held: ColumnElement[bool] | None = None
    called: frozenset[int] = frozenset()
    category: Category | None = None
    open_now: bool = False
    step_free: bool = False
    spoken: str = ""
    near: tuple[float, float] | None = None
    hours: tuple[str, ...] = ()
    today: date = date.min
    choices: list[Category] = field(default_factory=list)

    @property
    def given(self) -> bool:
        """Whether anything is left out of the list."""
        return bool(self.words or self.step_free or self.places_only)

    @property
    def places_only(self) -> bool:
        """Whether something is asked for that tours do not have."""
        return bool(self.category or self.open_now or self.spoken)

    def query(self, **more: Any) -> str:
        """Return the link's query with ``more`` instead of what it has; None leaves one out."""
        values: dict[str, Any] = {
            "q": self.words or None,
            "category": self.category.slug if self.category else None,
            "open": "1" if self.open_now else None,
            "step_free": "1" if self.step_free else None,
            "spoken": self.spoken or None,
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
    words = " ".join(str(asked.get("q", "")).replace("\0", " ").split())[:MAX_WORDS]
    if words:
        request.limit("guide search", RATE, str(request.tenant.id), request.network)
    category = next((one for one in choices if one.slug == asked.get("category")), None)
    understood = {
        "category": category.slug if category else None,
        "step_free": "1",
        "spoken": asked.get("spoken") if asked.get("spoken") in SPOKEN else None,
    }
    # An empty one comes from the form.
    made_up = any(asked.get(name, "") not in ("", understood.get(name)) for name in PARAMETERS)
    if near is not None or open_now or words or made_up:
        # Where somebody stands is kept nowhere, what is open changes by the minute, and neither
        # what people type nor values that mean nothing push a page out.
        request.page_cache_options = None
    return Filter(
        words=words,
        held=search.holding(request, words) if words else None,
        called=_called(words, choices),
        spoken=str(asked.get("spoken")) if asked.get("spoken") in SPOKEN else "",
        category=category,
        open_now=open_now,
        step_free=asked.get("step_free") == "1",
        near=near,
        hours=tuple(text for text in queries.written_hours(request.db) if hours.is_open(text, now))
        if open_now
        else (),
        today=now.date(),
        choices=choices,
    )


def _called(words: str, choices: list[Category]) -> frozenset[int]:
    """Return the categories (with all below them) that are called like what was typed."""
    typed = words.casefold()
    return frozenset(
        number
        for one in choices
        if typed and typed in {one.title.casefold(), *one.words}
        for number in one.ids
    )
