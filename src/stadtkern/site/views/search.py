"""The search of the public site, and suggestions while somebody types."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus
from uuid import uuid5

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy.orm import Session

from stadtkern import search
from stadtkern.db import utcnow
from stadtkern.site import calendars, feeds
from stadtkern.site.addresses import absolute
from stadtkern.site.views.content import page_number
from stadtkern.tenants import Tenant
from stadtkern.web.i18n import _, speaker

NARROWING = ("in", "kind", "when")
TEMPLATE = "stadtkern.site:templates/search.jinja2"
ERAS = {
    "coming": _("To come"),
    "month": _("Last month"),
    "year": _("Last year"),
    "older": _("Older"),
}
ANY = "all"
RATE = "120/minute"
"""Searches from one address that nobody has just made; an office may need more."""
LOOKED_THROUGH = 300
"""Newest pages among which a feed of a search looks."""
_NAME = re.compile(r"[a-z0-9_.-]{1,60}")


@dataclass(frozen=True)
class Narrowing:
    """One list of choices beside the results; each has address, title, number and is current."""

    heading: str
    everything: str
    """The address of the same search without this choice."""
    chosen: bool
    choices: Sequence[tuple[str, str, int, bool]]


def narrowings(
    request: Request, found: search.Results, link: Callable[..., str], *, every_language: bool
) -> list[Narrowing]:
    """Return what the results can be narrowed down by; nothing where there is but one choice."""
    lists = []
    for heading, name, everything, choices, chosen in (
        (_("Kind"), "kind", "", found.kinds, bool(found.chosen.get("kind"))),
        (_("When"), "when", "", found.eras, bool(found.chosen.get("era"))),
        (_("Language"), "in", ANY, found.languages, not every_language),
    ):
        if len(choices) < 2 and (name == "in" or not chosen):  # noqa: PLR2004 - nothing to choose
            continue
        rows = [
            (
                link(**{name: one.value}),
                request.translate(ERAS[one.value]) if name == "when" else one.title,
                one.number,
                one.current,
            )
            for one in choices
        ]
        lists.append(
            Narrowing(request.translate(heading), link(**{name: everything}), chosen, rows)
        )
    return lists


def asked(request: Request) -> str:
    """Return what was typed; what is no text at all counts as nothing."""
    return " ".join(str(request.GET.get("q", "")).replace("\0", " ").split())


def _named(request: Request, name: str) -> str:
    value = str(request.GET.get(name, ""))
    return value if _NAME.fullmatch(value) else ""


def results(request: Request) -> dict[str, Any]:
    """Show what was found; at most four statements."""
    rate = request.registry.settings.get("stadtkern.search_rate", RATE)
    request.limit("search", rate, request.network)
    text = asked(request)
    language = _named(request, "in")
    anew = page_number(request) == 1 and not any(request.GET.get(name) for name in NARROWING)
    found = search.find(
        request,
        text,
        kind=_named(request, "kind"),
        language="" if language == ANY else language or None,
        era=_named(request, "when"),
        page=page_number(request),
    )
    if found.query and "@" not in text and anew:
        # The words of a mail address would be told one by one; who turns pages asks nothing new.
        results = 0 if found.query.loose else found.total
        told = search.Searched(request.tenant.id, found.query.terms, results)
        request.registry.notify(told)
        request.page_cache_event = told
    _end(request, found.hits)
    request.response.headers["X-Robots-Tag"] = "noindex"
    request.unlisted = True
    request.response.cache_control = "private, no-store"

    base = request.site.link("search")
    base += "&" if "?" in base else "?"
    own = {
        "q": found.text,
        "kind": found.chosen.get("kind", ""),
        "in": language,
        "when": found.chosen.get("era", ""),
    }
    written = {name: f"{name}={quote_plus(value)}" for name, value in own.items() if value}

    def link(**changes: Any) -> str:
        """Return the address of the same search with something else chosen."""
        new = {
            name: f"{name}={quote_plus(str(value))}" if value else ""
            for name, value in changes.items()
        }
        return base + "&".join(filter(None, (written | new).values()))

    return {
        "found": found,
        "link": link,
        "narrowings": narrowings(request, found, link, every_language=language == ANY),
        "any": ANY,
        "page": found.page,
        "pages": found.pages,
    }


def suggestions(request: Request) -> Response:
    """Return titles and addresses as JSON, for the script beside the field."""
    request.response.cache_control = "private, max-age=60"
    found = search.suggest(request, asked(request))
    _end(request, found)
    return [{"title": one.title, "path": one.path, "kind": one.kind} for one in found]


def _end(request: Request, found: Sequence[search.Hit | search.Suggestion]) -> None:
    """Let nobody keep the answer longer than what it shows is on the site."""
    ends = [one.expires for one in found if one.expires is not None]
    if ends:
        request.page_cache_seconds = (min(ends) - utcnow()).total_seconds()


def _found(request: Request, rows: list[Any]) -> tuple[str, str, list[Any]]:
    """Return the words and kind that an address asks for, and which of the rows fit."""
    rate = request.registry.settings.get("stadtkern.search_rate", RATE)
    request.limit("search", rate, request.network)
    text, kind = asked(request)[: feeds.LONGEST], _named(request, "kind")
    request.response.headers["X-Robots-Tag"] = "noindex"
    fits = search.fitting(
        request.db,
        request.registry,
        request.tenant,
        text,
        language=request.locale_name,
        nodes=[row.id for row in rows],
        kind=kind,
    )
    return text, kind, [row for row in rows if row.id in fits]


def feed(request: Request) -> Response:
    """Return the newest pages that a search finds, as a feed."""
    newest = feeds.newest_of(
        request,
        feeds.page_types(request),
        under=None,
        language=request.locale_name,
        limit=LOOKED_THROUGH,
    )
    text, kind, rows = _found(request, newest)
    query = {name: value for name, value in (("q", text), ("kind", kind)) if value}
    if request.locale_name != request.tenant.default_locale:
        query["lang"] = request.locale_name
    about = feeds.About(
        id=uuid5(feeds.lasting_id(request, 0), f"{request.locale_name}/{kind}/{text}").urn,
        title=f"{request.translate(_('Search: ${text}'), text=text)} – {request.tenant.name}",
        subtitle="",
        own=absolute(request, "/suche/feed.atom", query),
        page=absolute(request, "/suche", query),
    )
    return feeds.answer(request, about, rows[: feeds.ENTRIES])


def calendar(request: Request) -> Response:
    """Return the events that a search finds, as a calendar."""
    text, _kind, rows = _found(request, calendars.coming(request, None, request.locale_name))
    title = f"{request.translate(_('Search: ${text}'), text=text)} – {request.tenant.name}"
    return calendars.written(request, title, rows)


def own_pages(_session: Session, registry: Any, tenant: Tenant) -> list[search.Entry]:
    """Return the pages that every town has and that are no nodes."""
    found = []
    for locale in tenant.locales:
        say = speaker(registry, locale)
        query = "" if locale == tenant.default_locale else f"?lang={locale}"
        for key, path, title, names in (
            ("imprint", "/impressum", _("Imprint"), _("provider, responsible, contact")),
            ("privacy", "/datenschutz", _("Privacy"), _("data protection, personal data")),
            (
                "accessibility",
                "/barrierefreiheit",
                _("Accessibility"),
                _("accessibility statement, barrier-free"),
            ),
            (
                "barrier",
                "/barriere-melden",
                _("Report a barrier"),
                _("feedback on accessibility, complaint"),
            ),
        ):
            found.append(
                search.Entry(
                    key=key,
                    title=say(title),
                    path=path + query,
                    language=locale,
                    names=say(names),
                    weight=0.8,
                )
            )
    return found


def includeme(config: Configurator) -> None:
    """Register both; what was asked is kept until something that can be found has changed."""
    config.add_route("search", "/suche")
    config.add_route("search.suggestions", "/suche/vorschlaege")
    config.add_view(
        results,
        route_name="search",
        renderer=TEMPLATE,
        request_method="GET",
        page_cache={"params": ("q", *NARROWING, "page"), "generation": "search", "aside": True},
    )
    config.add_view(
        suggestions,
        route_name="search.suggestions",
        renderer="json",
        request_method="GET",
        page_cache={"params": ("q",), "generation": "search", "aside": True},
    )
    config.add_route("search.feed", "/suche/feed.atom")
    config.add_route("search.calendar", "/suche/events.ics")
    config.add_view(feed, route_name="search.feed", request_method="GET")
    config.add_view(calendar, route_name="search.calendar", request_method="GET")
    config.add_search_source("site", title=_("Page"), entries=own_pages)
