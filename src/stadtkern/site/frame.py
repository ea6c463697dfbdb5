"""What surrounds every public page: brand, menu, languages, footer."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request
from sqlalchemy import select

from stadtkern.content import Resource, queries
from stadtkern.content.models import Node

NATIVE = {
    "de": "Deutsch",
    "en": "English",
    "de-simple": "Leichte Sprache",
    "gsg": "Deutsche Gebärdensprache",
}
"""Languages name themselves."""

MAX_MENUS = 512

_TRANSLATIONS = select(Node.language, Node.path).where(
    Node.deleted_at.is_(None), Node.state == "published"
)


@dataclass(frozen=True)
class Entry:
    """A menu's entry."""

    title: str
    path: str
    id: int


@dataclass(frozen=True)
class Language:
    """A language that this page or at least the site has."""

    code: str
    name: str
    href: str
    current: bool


class MenuCache:
    """Main menus by tenant and language, until something published changes."""

    def __init__(self) -> None:
        self._menus: OrderedDict[tuple[Any, ...], tuple[str, list[Entry]]] = OrderedDict()

    def get(self, request: Request) -> tuple[str, list[Entry]]:
        """Return the language's front page path and its menu."""
        tenant = request.tenant
        key = (
            tenant.id,
            request.locale_name,
            tenant.generation("content", "plugins", "tenant"),
        )
        found = self._menus.get(key)
        if found is None:
            found = self._read(request)
            self._menus[key] = found
            while len(self._menus) > MAX_MENUS:
                self._menus.popitem(last=False)
        return found

    def _read(self, request: Request) -> tuple[str, list[Entry]]:
        roots = queries.roots(request.db)
        root = next((row for row in roots if row.language == request.locale_name), None)
        if root is None:
            return "/", []
        rows = queries.menu(request.db, root.id, request.content.types)
        return root.path, [Entry(row.title, row.path, row.id) for row in rows]


class SiteFrame:
    """The frame of one request's page."""

    def __init__(self, request: Request) -> None:
        self.request = request

    @property
    def home(self) -> str:
        """Return the address of the language's front page."""
        path, _menu = self.request.registry["menus"].get(self.request)
        return str(path)

    @property
    def menu(self) -> list[Entry]:
        """Return the main menu."""
        _path, menu = self.request.registry["menus"].get(self.request)
        return list(menu)

    @property
    def resource(self) -> Resource | None:
        """Return the node that is shown, if the page is one."""
        context = getattr(self.request, "context", None)
        return context if isinstance(context, Resource) else None

    def is_current(self, entry: Entry) -> bool:
        """Tell whether the page stands at or below a menu entry."""
        path = self.request.path_info.rstrip("/")
        return path == entry.path or path.startswith(entry.path + "/")

    @property
    def languages(self) -> list[Language]:
        """Return the switch: to the translation where there is one, else to the front page."""
        request = self.request
        tenant = request.tenant
        if len(tenant.locales) < 2:  # noqa: PLR2004
            return []
        paths: dict[str, str] = {}
        resource = self.resource
        if resource is not None and resource.node.translation_group:
            rows = request.db.execute(
                _TRANSLATIONS.where(Node.translation_group == resource.node.translation_group)
            )
            paths = {language: path for language, path in rows}  # noqa: C416
        found = []
        for locale in tenant.locales:
            if resource is None and getattr(request, "matched_route", None) is not None:
                href = f"{request.path_info}?lang={locale}"
            else:
                default = "/" if locale == tenant.default_locale else f"/{locale}"
                href = paths.get(locale, default)
            found.append(
                Language(locale, NATIVE.get(locale, locale), href, locale == request.locale_name)
            )
        return found

    def link(self, route: str, **query: str) -> str:
        """Return a route's address in the page's language."""
        if self.request.locale_name != self.request.tenant.default_locale:
            query["lang"] = self.request.locale_name
        return str(self.request.route_path(route, _query=query))

    @property
    def arms(self) -> str | None:
        """Return the address of the coat of arms."""
        sha = self.request.tenant.arms
        return None if sha is None else f"/theme/arms-{sha[:12]}"

    @property
    def theme(self) -> str:
        """Return the address of the tenant's colours; it changes with them."""
        return f"/theme.css?v={self.request.tenant.accent[1:]}"
