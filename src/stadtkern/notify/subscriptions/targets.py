"""What can be subscribed to, and what it is called."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.registry import Registry
from pyramid.request import Request

from stadtkern.content import ContentType, enabled_types, queries
from stadtkern.db import whole_number
from stadtkern.notify.subscriptions.models import (
    DAILY,
    MOST_WORDS,
    NOW,
    SEARCH,
    SECTION,
    TYPE,
    WEEKLY,
    Subscription,
)
from stadtkern.web.i18n import _

OFTEN = (
    (NOW, _("At once, when something is published")),
    (DAILY, _("Once a day, in the morning")),
    (WEEKLY, _("Once a week, on Monday morning")),
)
OFTEN_TITLES = dict(OFTEN)


@dataclass(frozen=True)
class Target:
    """One thing that can be subscribed to; ``name`` stands in forms, ``title`` is translatable."""

    kind: str
    language: str
    title: Any
    node_id: int | None = None
    type: str = ""
    words: str = ""

    @property
    def name(self) -> str:
        """Return how forms and links name it."""
        if self.kind == SEARCH:
            return f"{SEARCH}:{self.type}:{self.words}"
        return f"{self.kind}:{self.node_id or self.type}"

    @property
    def unconfirmed(self) -> Any:
        """Return its title for a mail to somebody who may not have asked for it.

        Words of a search are anybody's: in a mail from the town they could be a trap.
        """
        if self.kind == SEARCH:
            return _("A saved search; you see its words when you have confirmed it")
        return self.title

    @property
    def about(self) -> tuple[str, int | None, str, str, str]:
        """Return what it is about, as ``Subscription.about``."""
        return self.kind, self.node_id, self.type, self.words, self.language


def telling(registry: Registry, plugins: frozenset[str]) -> dict[str, ContentType]:
    """Return the types whose pages are told of: those that lists show and that are pages."""
    return {name: kind for name, kind in enabled_types(registry, plugins).items() if tells(kind)}


def tells(kind: ContentType | None) -> bool:
    """Tell whether pages of a type are told of."""
    return kind is not None and kind.listed and kind.in_sitemap and kind.name != "home"


def section_title(title: str, *, whole: bool) -> Any:
    """Return what a section is called among subscriptions."""
    if whole:
        return _("Everything new on this site")
    return _("Everything new in “${title}”", mapping={"title": title})


def type_title(title: Any) -> Any:
    """Return what all pages of a type are called among subscriptions."""
    return _("All over the site: ${kind}", mapping={"kind": title})


def search_title(words: str) -> Any:
    """Return what a saved search is called among subscriptions."""
    return _("What the search finds for “${words}”", mapping={"words": words})


def named(request: Request, name: str) -> Target | None:
    """Return what a form or link names, if it can be subscribed to here."""
    kind, _colon, value = name.partition(":")
    types = telling(request.registry, request.plugins.enabled)
    number = whole_number(value)
    if kind == SECTION and number is not None:
        node = queries.by_ids(request.db, [number]).get(number)
        if node is None or (node.type not in types and node.type != "home"):
            return None
        title = section_title(node.title, whole=node.parent_id is None)
        return Target(SECTION, node.language, title, node_id=node.id)
    if kind == TYPE and value in types:
        return Target(TYPE, request.locale_name, type_title(types[value].title), type=value)
    if kind == SEARCH:
        return _search(request, value, types)
    return None


def _search(request: Request, value: str, types: Mapping[str, ContentType]) -> Target | None:
    narrowed, _colon, text = value.partition(":")
    words = " ".join(text.replace("\0", " ").split())[:MOST_WORDS].strip()
    if not any(letter.isalnum() for letter in words) or (narrowed and narrowed not in types):
        return None
    return Target(SEARCH, request.locale_name, search_title(words), type=narrowed, words=words)


def common(request: Request) -> list[Target]:
    """Return what every form offers: the site, the sections of its menu, dated types."""
    found = [
        Target(SECTION, row.language, section_title(row.title, whole=True), node_id=row.id)
        for row in queries.roots(request.db)
        if row.language == request.locale_name and row.state == "published"
    ]
    found += [
        Target(
            SECTION, request.locale_name, section_title(entry.title, whole=False), node_id=entry.id
        )
        for entry in request.site.menu
    ]
    types = telling(request.registry, request.plugins.enabled)
    return found + [
        Target(TYPE, request.locale_name, type_title(kind.title), type=name)
        for name, kind in types.items()
        if kind.sort_at is not None
    ]


def title_of(row: Subscription, types: Mapping[str, ContentType], nodes: Mapping[int, Any]) -> Any:
    """Return what a stored subscription is called; ``nodes``: its section among those by id."""
    if row.kind == SECTION:
        node = nodes.get(row.node_id or 0)
        if node is None:
            return _("A section that is not public at present")
        return section_title(node.title, whole=node.parent_id is None)
    if row.kind == TYPE:
        kind = types.get(row.type)
        return type_title(row.type if kind is None else kind.title)
    return search_title(row.words)
