"""Finding: what a visitor typed in, what everybody may see of it out."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup
from pyramid.request import Request
from sqlalchemy import ColumnElement

from stadtkern.content import Site
from stadtkern.db import utcnow
from stadtkern.search import parse, queries, spelling, words
from stadtkern.search.backends import backend_of
from stadtkern.search.backends.sqlite import MOST
from stadtkern.search.highlighting import marked, needles_of, passage
from stadtkern.search.models import NODES
from stadtkern.search.schemas import lines_of
from stadtkern.search.sources import enabled_sources
from stadtkern.tenants import Tenant
from stadtkern.web.languages import spoken

PAGE = 10
DEEPEST = 50
"""Pages of results that can be turned to."""
SUGGESTIONS = 8
TYPED_BEFORE = 2
"""Letters from which on suggestions are made."""
MAX_TOWNS = 1_024


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
    chosen: dict[str, str] = field(default_factory=dict)

    @property
    def pages(self) -> int:
        """Return the number of pages that can be turned to."""
        return min(max(1, -(-self.total // PAGE)), DEEPEST)

    @property
    def more(self) -> bool:
        """Tell whether there is more than is counted."""
        return self.total >= MOST


@dataclass(frozen=True)
class Suggestion:
    """What somebody may be typing: a page's title and address."""

    title: str
    path: str
    kind: str
    expires: datetime | None


def town_with(tenant: Tenant, settings: Mapping[str, Any], language: str) -> parse.Town:
    """Return a town's synonyms and languages, ``language`` first."""
    bases = [words.base_language(code) for code in (language, *tenant.locales)]
    languages = tuple(dict.fromkeys(bases))
    return parse.Town(languages, parse.synonyms_of(lines_of(settings.get("synonyms")), languages))


class Towns:
    """What searches must know of each town, until its settings change."""

    def __init__(self) -> None:
        self._towns: OrderedDict[tuple[Any, ...], parse.Town] = OrderedDict()

    def of(self, request: Request, language: str) -> parse.Town:
        """Return a town's synonyms and languages, that of the page first."""
        tenant = request.tenant
        key = (tenant.id, language, tenant.generation("plugins", "tenant"))
        found = self._towns.get(key)
        if found is None:
            found = town_with(tenant, request.settings_of("search"), language)
            self._towns[key] = found
            while len(self._towns) > MAX_TOWNS:
                self._towns.popitem(last=False)
        return found


def town_of(request: Request) -> parse.Town:
    """Return what a search must know of the request's town."""
    towns: Towns = request.registry["search_towns"]
    return towns.of(request, request.locale_name)


def reach(request: Request) -> dict[str, Any]:
    """Return the kinds and sources that whoever asks may find, as parameters."""
    kinds = [
        name for name, kind in request.content.types.items() if kind.searchable and kind.listed
    ]
    sources = [
        name
        for name, source in enabled_sources(request.registry, request.plugins.enabled).items()
        if source.permission is None or request.has_permission(source.permission, Site(request))
    ]
    daily = [name for name in kinds if request.content.types[name].sorts_by_day]
    return {
        "daily": f"|{'|'.join(daily)}|",
        "kinds": f"|{'|'.join(kinds + sources)}|",
        "sources": f"|{'|'.join([NODES, *sources])}|",
    }


def titles(request: Request) -> dict[str, str]:
    """Return what kinds are called."""
    sources = enabled_sources(request.registry, request.plugins.enabled)
    found = {name: source.title for name, source in sources.items()}
    return found | {name: kind.title for name, kind in request.content.types.items()}


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
    query = parse.parse(text, town_of(request))
    chosen = {
        "kind": kind,
        "language": request.locale_name if language is None else language,
        "era": era if era in queries.ERAS else "",
    }
    if not query:
        return Results(text, query, chosen=chosen)
    page = min(max(page, 1), DEEPEST)
    place = queries.ERAS.index(chosen["era"]) if chosen["era"] else -1
    values = (
        reach(request)
        | chosen
        | _times(request.tenant)
        | {"era": place, "limit": PAGE, "offset": (page - 1) * PAGE}
    )
    backend = backend_of(request.db)
    rows = queries.find(request.db, values | backend.asked(request.tenant.id, query))
    corrected: dict[str, list[Any]] = {}
    if not rows and not query.titles_only:
        typed = [words.fold(group.word) for group in query.groups if group.word]
        similar = backend.similar(request.db, request.tenant.id, typed)
        groups, corrected = spelling.widened(query.groups, similar)
        query = query.loosely(groups)
        rows = queries.find(request.db, values | backend.asked(request.tenant.id, query))
    return _results(request, text, query, rows, chosen, page, corrected)


def suggest(request: Request, text: str) -> list[Suggestion]:
    """Return pages whose titles hold words that begin like the last one typed; one statement."""
    query = parse.begin(text, town_of(request))
    if len(query.beginning) < TYPED_BEFORE:
        return []
    values = reach(request) | {
        "now": utcnow(),
        "language": request.locale_name,
        "limit": SUGGESTIONS,
    }
    backend = backend_of(request.db)
    rows = queries.begun(request.db, values | backend.begun_with(request.tenant.id, query))
    names = titles(request)
    return [
        Suggestion(
            row.title, row.path, request.translate(names.get(row.kind, row.kind)), row.expires
        )
        for row in rows
    ]


def holding(request: Request, text: str) -> ColumnElement[bool] | None:
    """Return the condition that a node's text has all the words; None for a text without words.

    For lists of the back office, beside the condition of what the person may see: drafts and
    archived pages are indexed, too. Of published pages it is what visitors read.
    """
    towns: Towns = request.registry["search_towns"]
    query = parse.parse(text, towns.of(request, request.tenant.default_locale))
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
    chosen: dict[str, str],
    page: int,
    corrected: dict[str, list[Any]],
) -> Results:
    names = titles(request)
    needles = needles_of(query)
    found = sorted(
        (row for row in rows if row.id is not None), key=lambda row: (-row.score, row.id)
    )
    called = {kind: request.translate(names.get(kind, kind)) for kind in {row.kind for row in rows}}
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


def _hit(request: Request, row: Any, needles: Sequence[str], called: dict[str, str]) -> Hit:
    text = row.text or ""
    if any(not request.plugin_enabled(name) for name in row.plugins or ()):
        # Its text holds blocks of a plugin that has gone since it was indexed.
        text = ""
    shown, held = passage(text, needles)
    if row.summary:
        # What editors say of a page is the better passage where it has as many of the words.
        whole, own = passage(row.summary, needles)
        shown = whole if own >= held else shown
    return Hit(
        id=row.id,
        title=marked(row.title, needles),
        path=row.path,
        passage=shown,
        kind=called[row.kind],
        language=row.language,
        day=row.at if row.dated else None,
        expires=row.expires,
    )


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
