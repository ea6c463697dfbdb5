"""Finding: what a visitor typed in, what everybody may see of it out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup
from pyramid.registry import Registry
from pyramid.request import Request
from sqlalchemy import ColumnElement

from stadtkern.content import Site, enabled_types
from stadtkern.db import utcnow
from stadtkern.search import parse, queries, spelling, words
from stadtkern.search.backends import Backend, backend_of
from stadtkern.search.highlighting import Needles, marked, needles_of, passage
from stadtkern.search.models import NODES
from stadtkern.search.sources import enabled_sources
from stadtkern.search.towns import MAX_TOWNS, Towns, towns_of
from stadtkern.tenants import Tenant
from stadtkern.web.languages import spoken

PAGE = 10
MOST = 200
"""Entries that are ranked, the newest; whoever finds more has asked for nothing in particular."""
MOST_NARROWED = 2_000
"""The same once a kind, a time or a language was chosen: it lies among all that fit."""
DEEPEST = 50
"""Pages of results that can be turned to."""
SUGGESTIONS = 8
TYPED_BEFORE = 2
"""Letters from which on suggestions are made."""


@dataclass(frozen=True)
class Hit:
    """One result, ready for a page: title and passage are escaped, with ``<mark>`` inside."""

    id: int
    title: Markup
    path: str
    passage: Markup
    kind: str
    language: str
    day: datetime | None
    expires: datetime | None


@dataclass(frozen=True)
class Choice:
    """One value that results can be narrowed to, with how many there are."""

    value: str
    title: str
    number: int
    current: bool


@dataclass(frozen=True)
class Results:
    """What was found."""

    text: str
    query: parse.Query
    hits: Sequence[Hit] = ()
    total: int = 0
    page: int = 1
    kinds: Sequence[Choice] = ()
    languages: Sequence[Choice] = ()
    eras: Sequence[Choice] = ()
    corrected: str = ""
    """The query as it would be written, where other words than the typed ones were found."""
    elsewhere: int = 0
    """How many there are without the narrowing, where there is none with it."""
    more: bool = False
    """Whether there is more than is counted."""
    chosen: dict[str, str] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        """Return the number of pages that can be turned to."""
        return min(max(1, -(-self.total // PAGE)), DEEPEST)


@dataclass(frozen=True)
class Suggestion:
    """What somebody may be typing: a page's title and address."""

    title: str
    path: str
    kind: str
    expires: datetime | None


@dataclass(frozen=True)
class Reach:
    """What can be found where these plugins are switched on, whoever asks."""

    titles: Mapping[str, str]
    """What kinds and sources are called."""
    kinds: tuple[str, ...]
    daily: tuple[str, ...]
    sources: Mapping[str, str | None]
    """Sources, and the permission that each asks for."""

    @classmethod
    def of(cls, registry: Registry, plugins: frozenset[str]) -> "Reach":
        """Return what towns with these plugins have."""
        types = enabled_types(registry, plugins)
        kinds = tuple(name for name, kind in types.items() if kind.searchable and kind.listed)
        sources = enabled_sources(registry, plugins)
        named = {name: source.title for name, source in sources.items()}
        return cls(
            titles=named | {name: kind.title for name, kind in types.items()},
            kinds=kinds,
            daily=tuple(name for name in kinds if types[name].sorts_by_day),
            sources={name: source.permission for name, source in sources.items()},
        )


def reach_of(request: Request) -> Reach:
    """Return what can be found in the request's town; made once for each set of plugins."""
    known: dict[frozenset[str], Reach] = request.registry["search_reach"]
    plugins = request.plugins.enabled
    found = known.get(plugins)
    if found is None:
        if len(known) >= MAX_TOWNS:
            known.clear()
        found = known[plugins] = Reach.of(request.registry, plugins)
    return found


def _may_find(request: Request, reach: Reach, backend: Backend) -> dict[str, Any]:
    """Return the kinds and sources that whoever asks may find, as parameters."""
    sources = [
        name
        for name, permission in reach.sources.items()
        if permission is None or request.has_permission(permission, Site(request))
    ]
    return {
        "kinds": backend.listed((*reach.kinds, *sources)),
        "sources": backend.listed((NODES, *sources)),
    }


def find(
    request: Request,
    text: str,
    *,
    kind: str = "",
    language: str | None = None,
    era: str = "",
    page: int = 1,
) -> Results:
    """Return what everybody may see and what fits; at most three statements.

    ``kind``, ``language`` and ``era`` narrow it down (empty: not at all). Without ``language``
    results are in that of the request. Where nothing has all the words, pages with some of
    them, or with words that are spelt nearly so, are found.
    """
    chosen = {
        "kind": kind,
        "language": request.locale_name if language is None else language,
        "era": era if era in queries.ERAS else "",
    }
    # A word has a stem in each language of the town: each costs as much as the first.
    every, own = towns_of(request)
    town = own if chosen["language"] == request.locale_name else every
    query = parse.parse(text, town)
    if not query:
        return Results(text, query, chosen=chosen)
    page = min(max(page, 1), DEEPEST)
    place = queries.ERAS.index(chosen["era"]) if chosen["era"] else -1
    most = MOST_NARROWED if kind or language or chosen["era"] else MOST
    reach = reach_of(request)
    backend = backend_of(request.db)
    values = (
        _may_find(request, reach, backend)
        | chosen
        | _times(request.tenant)
        | {"era": place, "most": most, "limit": PAGE, "offset": (page - 1) * PAGE}
        | {"daily": backend.listed(reach.daily)}
    )
    tenant_id = request.tenant.id
    asked = backend.asked(tenant_id, query)
    rows = queries.find(request.db, tenant_id, values | asked, loosely=False)
    corrected: dict[str, list[Any]] = {}
    if not rows and not query.titles_only:
        typed = [words.fold(group.word) for group in query.groups if group.word]
        if town is not every:
            query = parse.parse(text, every)
        similar = backend.similar(request.db, tenant_id, typed)
        groups, corrected = spelling.widened(query.groups, similar)
        query = query.loosely(groups)
        asked = backend.asked(tenant_id, query)
        rows = queries.find(request.db, tenant_id, values | asked, loosely=True)
    called = _called(request, reach, rows)
    results = _results(request, text, query, rows, called, chosen, page, corrected)
    return replace(results, more=sum(row.number for row in rows) >= most)


def _called(request: Request, reach: Reach, rows: Iterable[Any]) -> dict[str, str]:
    """Return what the kinds of these rows are called in the request's language."""
    return {
        kind: request.translate(reach.titles.get(kind, kind)) for kind in {r.kind for r in rows}
    }


def suggest(request: Request, text: str) -> list[Suggestion]:
    """Return pages whose titles hold words that begin like the last one typed; one statement."""
    query = parse.begin(text, towns_of(request)[1])
    if len(query.beginning) < TYPED_BEFORE:
        return []
    reach = reach_of(request)
    backend = backend_of(request.db)
    values = _may_find(request, reach, backend) | {
        "now": utcnow(),
        "language": request.locale_name,
        "most": MOST // 2,
        "limit": SUGGESTIONS,
    }
    tenant_id = request.tenant.id
    rows = queries.begun(request.db, tenant_id, values | backend.begun_with(tenant_id, query))
    called = _called(request, reach, rows)
    return [Suggestion(row.title, row.path, called[row.kind], row.expires) for row in rows]


def holding(request: Request, text: str) -> ColumnElement[bool] | None:
    """Return the condition that a node's text has all the words; None for a text without words.

    For lists of the back office, beside the condition of what the person may see: drafts and
    archived pages are indexed, too. Of published pages it is what visitors read.
    """
    towns: Towns = request.registry["search_towns"]
    query = parse.parse(text, towns.of(request, request.tenant.default_locale)[0])
    if not query:
        return None
    wanted = backend_of(request.db).asked(request.tenant.id, query)["wanted"]
    return queries.holding(request.db, request.tenant.id, wanted)


def _times(tenant: Tenant) -> dict[str, Any]:
    now = utcnow()
    following = now.astimezone(ZoneInfo(tenant.timezone)).date() + timedelta(days=1)
    return {
        "now": now,
        "midnight": datetime.combine(following, time(), tzinfo=ZoneInfo(tenant.timezone)),
        "month": now - timedelta(days=31),
        "year": now - timedelta(days=365),
    }


def _results(
    request: Request,
    text: str,
    query: parse.Query,
    rows: Sequence[Any],
    called: Mapping[str, str],
    chosen: dict[str, str],
    page: int,
    corrected: dict[str, list[Any]],
) -> Results:
    needles = needles_of(query)
    found = sorted(
        (row for row in rows if row.id is not None), key=lambda row: (-row.score, -row.id)
    )
    hits = [_hit(request, row, needles, called) for row in found]
    counts, total, everything = _counted(rows, chosen)

    def choices(what: str, label: Any, order: Any) -> list[Choice]:
        return [
            Choice(value, label(value), number, value == chosen[what])
            for value, number in sorted(counts[what].items(), key=order)
        ]

    return Results(
        text=text[: parse.LONGEST_QUERY],
        query=query,
        hits=hits,
        total=total,
        page=page,
        kinds=choices("kind", lambda name: called[name], lambda c: (-c[1], c[0])),
        languages=choices("language", lambda code: spoken(code).name, lambda c: (-c[1], c[0])),
        eras=choices("era", lambda name: name, lambda c: queries.ERAS.index(c[0])),
        corrected=_written(text, corrected, hits),
        elsewhere=0 if total else everything,
        chosen=chosen,
    )


def _counted(
    rows: Sequence[Any], chosen: dict[str, str]
) -> tuple[dict[str, dict[str, int]], int, int]:
    """Return how many results each choice would leave, how many there are, and without choices."""
    counts: dict[str, dict[str, int]] = {"kind": {}, "language": {}, "era": {}}
    total = everything = 0
    for row in rows:
        if row.id is not None:
            continue
        own = {"kind": row.kind, "language": row.language, "era": queries.ERAS[row.era]}
        other = {name for name, value in own.items() if chosen[name] not in {"", value}}
        everything += row.number
        total += 0 if other else row.number
        for name, value in own.items():
            # Each list of choices counts as narrowed down by the other two.
            if not other - {name}:
                counts[name][value] = counts[name].get(value, 0) + row.number
    return counts, total, everything


def _hit(request: Request, row: Any, needles: Needles, called: Mapping[str, str]) -> Hit:
    title, named = marked(row.title, needles)
    shown, held = passage(row.summary or "", needles)
    if not row.summary or len(held | named) < len(set(needles.values())):
        # What editors say of a page is the better passage where it has as many of the words.
        inner, inside = passage(_text(request, row), needles)
        if not row.summary or len(inside) > len(held):
            shown = inner
    return Hit(
        id=row.id,
        title=title,
        path=row.path,
        passage=shown,
        kind=called[row.kind],
        language=row.language,
        day=row.at if row.dated else None,
        expires=row.expires,
    )


def _text(request: Request, row: Any) -> str:
    """Return a result's text; none with blocks of a plugin that has gone since it was indexed."""
    known = all(request.plugin_enabled(name) for name in row.plugins or ())
    return (row.text or "") if known else ""


def _written(text: str, corrected: dict[str, list[Any]], hits: Sequence[Hit]) -> str:
    """Return the query with the words that were found instead; none that no result shows.

    The town's words may still hold some that are not public any more.
    """
    if not corrected or not hits:
        return ""
    shown = {
        words.fold(word)
        for hit in hits
        for word in words.words((hit.title + " " + hit.passage).striptags())
    }
    new = text[: parse.LONGEST_QUERY]
    for typed, rows in corrected.items():
        best = next((row for row in rows if row.word in shown), None)
        if best is None:
            continue
        start = new.lower().find(typed)
        if start >= 0:
            word = best.shown
            if new[start].isupper():
                word = word[:1].upper() + word[1:]
            new = new[:start] + word + new[start + len(typed) :]
    return new if new != text[: parse.LONGEST_QUERY] else ""
