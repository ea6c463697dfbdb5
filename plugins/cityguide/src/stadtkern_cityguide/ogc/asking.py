"""What a client asks: every parameter is known and read strictly, or the answer is 400.

OGC 17-069r4: 7.15.2 (limit), 7.15.3 (bbox), 7.15.4 (datetime), 7.15.5 (filters), 7.8 (unknown and
invalid parameters).
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.request import Request

from stadtkern_cityguide.ogc.collections import OpenCollection
from stadtkern_cityguide.ogc.queries import MAX_KEY, Box

DEFAULT_LIMIT, MAX_LIMIT = 10, 1_000
FORMS = ("json", "html")
LONGEST = 1_000
"""Characters of a parameter's value; more is refused unread."""

_BOX, _BOX_WITH_HEIGHT = 4, 6
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})"
)
_JSON = ("application/geo+json", "application/json", "application/vnd.oai.openapi+json")


class WrongError(ValueError):
    """A parameter that cannot be used; its text says which and why."""


@dataclass(frozen=True)
class Asked:
    """A request as it is understood. ``query``: what a next page has to repeat."""

    form: str
    language: str
    limit: int = DEFAULT_LIMIT
    after: int = 0
    box: Box | None = None
    span: tuple[datetime | None, datetime | None] | None = None
    days: tuple[date | None, date | None] | None = None
    filters: dict[str, str | int] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    @property
    def usual(self) -> bool:
        """Whether many ask for just this, so that it may stay among the town's pages."""
        return (
            self.after == 0
            and self.limit in {DEFAULT_LIMIT, 100, MAX_LIMIT}
            and self.box is None
            and self.span is None
            and not self.filters
        )

    @property
    def key(self) -> str:
        """Return all that the answer depends on, in one spelling."""
        return repr(
            (
                self.form,
                self.language,
                self.limit,
                self.after,
                self.box,
                self.span,
                sorted(self.filters.items()),
            )
        )


def asked(request: Request, collection: OpenCollection | None = None) -> Asked:
    """Read a request; with a collection its items are asked for. ``WrongError`` says why not."""
    given = request.GET
    more = ("limit", "after", "bbox", "datetime", *collection.filters) if collection else ()
    _known(given, ("f", "lang", *more))
    form = _form(request)
    found: dict[str, Any] = {"form": form, "language": _language(request, form)}
    if collection is not None:
        found["limit"] = min(_whole(given.get("limit"), "limit", DEFAULT_LIMIT, 1), MAX_LIMIT)
        found["after"] = min(_whole(given.get("after"), "after", 0, 0), MAX_KEY)
        found["box"] = _box(given.get("bbox"))
        zone = ZoneInfo(request.tenant.timezone)
        found["span"], found["days"] = _span(given.get("datetime"), zone)
        found["filters"] = {
            name: _filter(collection, name, given[name])
            for name in collection.filters
            if name in given
        }
    found["query"] = {name: value for name, value in given.items() if name != "after"}
    if found.get("box") is not None:
        found["query"]["bbox"] = ",".join(repr(one) for one in found["box"])
    return Asked(**found)


def _known(given: Any, names: Collection[str]) -> None:
    seen: set[str] = set()
    for name, value in given.items():
        if name not in names:
            raise WrongError(f"{name[:60]}: there is no such parameter here")
        if name in seen:
            raise WrongError(f"{name}: it is given more than once")
        if len(value) > LONGEST:
            raise WrongError(f"{name}: at most {LONGEST} characters can be read")
        seen.add(name)


def _form(request: Request) -> str:
    """Return ``json`` or ``html``: JSON for everybody who does not ask for a page."""
    wanted = request.GET.get("f")
    if wanted is not None:
        if wanted not in FORMS:
            raise WrongError(f"f: one of {', '.join(FORMS)} is needed")
        return str(wanted)
    if "html" not in request.environ.get("HTTP_ACCEPT", "").lower():
        return "json"
    offers = request.accept.acceptable_offers([*_JSON, "text/html"])
    return "html" if offers and offers[0][0] == "text/html" else "json"


def _language(request: Request, form: str) -> str:
    tenant = request.tenant
    wanted = request.GET.get("lang")
    if wanted is not None:
        if wanted not in tenant.locales:
            raise WrongError(f"lang: one of {', '.join(tenant.locales)} is needed")
        return str(wanted)
    if form == "html" or not request.environ.get("HTTP_ACCEPT_LANGUAGE"):
        # Pages are the same for everybody; programs say whose language they need.
        return str(tenant.default_locale)
    accepted = request.accept_language
    return str(accepted.lookup(list(tenant.locales), default=tenant.default_locale))


def _whole(text: str | None, name: str, default: int, least: int) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 18) or int(text) < least:  # noqa: PLR2004
        raise WrongError(f"{name}: a whole number from {least} on is needed")
    return int(text)


def _box(text: str | None) -> Box | None:
    """Return west, south, east, north in degrees (CRS84); heights are passed over."""
    if text is None:
        return None
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        raise WrongError("bbox: four numbers are needed: west,south,east,north") from None
    if not all(math.isfinite(one) for one in found):
        raise WrongError("bbox: four numbers are needed: west,south,east,north")
    if len(found) == _BOX_WITH_HEIGHT:
        found = [found[0], found[1], found[3], found[4]]
    if len(found) != _BOX:
        raise WrongError("bbox: four numbers are needed: west,south,east,north")
    west, south, east, north = found
    if south > north:
        raise WrongError("bbox: its south lies north of its north")
    # GDAL asks for the whole world with a hair's breadth more.
    if max(abs(west), abs(east)) > 180.001 or max(abs(south), abs(north)) > 90.001:  # noqa: PLR2004
        raise WrongError("bbox: it lies outside the world; degrees are needed, longitude first")
    return west, south, east, north


def _span(text: str | None, zone: ZoneInfo) -> Any:
    """Return a time as moments and as days on the town's clock; both None without one."""
    if text is None:
        return None, None
    first, slash, last = text.partition("/")
    if slash and "/" not in last:
        start = _edge(first, zone, end=False)
        end = _edge(last, zone, end=True)
    elif not slash and text not in {"", ".."}:
        start, end = _edge(text, zone, end=False), _edge(text, zone, end=True)
    else:
        raise _no_time()
    if start is not None and end is not None and end < start:
        raise WrongError("datetime: the end lies before the beginning")
    try:
        days = tuple(None if one is None else one.astimezone(zone).date() for one in (start, end))
    except OverflowError:
        # On the town's clock it is the year 10000 already, or not yet the first.
        raise _no_time() from None
    return (start, end), days


def _no_time() -> WrongError:
    return WrongError(
        "datetime: a moment such as 2026-05-01T12:00:00Z, a day, or an interval of two of them"
        " with a slash between is needed; two dots stand for an open end"
    )


def _edge(text: str, zone: ZoneInfo, *, end: bool) -> datetime | None:
    """Return one end of an interval in UTC; None where it is open."""
    if text in {"", ".."}:
        return None
    try:
        if _DAY.fullmatch(text):
            day = date.fromisoformat(text)
            moment = datetime.combine(day, time(), tzinfo=zone)
            if end:
                moment = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
                return moment.astimezone(UTC) - timedelta(microseconds=1)
            return moment.astimezone(UTC)
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _no_time() from None
    raise _no_time()


def _filter(collection: OpenCollection, name: str, value: str) -> str | int:
    known = collection.filters[name]
    if known.values and value not in known.values:
        raise WrongError(f"{name}: one of {', '.join(known.values)} is needed")
    if known.type == "integer":
        if not (value.isascii() and value.isdigit() and len(value) <= 9):  # noqa: PLR2004
            raise WrongError(f"{name}: a whole number is needed")
        return int(value)
    if "\0" in value:
        raise WrongError(f"{name}: it holds a character that no text has")
    return value
