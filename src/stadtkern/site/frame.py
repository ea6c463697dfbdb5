"""What surrounds every public page: brand, menu, languages, footer."""

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup
from pyramid.encode import urlencode
from pyramid.request import Request

from stadtkern.content import Resource, queries
from stadtkern.site import repeated, switch
from stadtkern.site.meta import PageMeta
from stadtkern.web.languages import spoken

MAX_MENUS = 512


@dataclass(frozen=True)
class Entry:
    """A menu's entry."""

    title: str
    path: str
    id: int
    summary: str


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
        return root.path, [Entry(row.title, row.path, row.id, row.summary or "") for row in rows]


class SiteFrame:
    """The frame of one request's page."""

    def __init__(self, request: Request) -> None:
        self.request = request

    @cached_property
    def _main(self) -> tuple[str, list[Entry]]:
        menus: MenuCache = self.request.registry["menus"]
        return menus.get(self.request)

    @property
    def home(self) -> str:
        """Return the address of the language's front page."""
        return self._main[0]

    @property
    def menu(self) -> list[Entry]:
        """Return the main menu."""
        return self._main[1]

    @property
    def resource(self) -> Resource | None:
        """Return the node that is shown, if the page is one."""
        context = getattr(self.request, "context", None)
        return context if isinstance(context, Resource) else None

    def is_current(self, entry: Entry) -> bool:
        """Tell whether the page stands at or below a menu entry."""
        path = self.request.path_info.rstrip("/")
        return path == entry.path or path.startswith(entry.path + "/")

    @cached_property
    def languages(self) -> list[switch.Language]:
        """Return the switch of languages."""
        if self.keyed:
            return []
        failed = getattr(self.request, "exception", None) is not None
        return switch.languages(self.request, None if failed else self.resource)

    @property
    def untranslated(self) -> str | None:
        """Return how the language calls itself that the visitor came from without a translation."""
        code = switch.came_untranslated(self.request)
        return None if code is None else spoken(code).name

    def meta(self, page: object = None, pages: object = None, rows: object = None) -> PageMeta:
        """Return what stands in the page's head; ``page`` of ``pages`` for lists in parts."""
        return PageMeta(self.request, page, pages, rows)

    @cached_property
    def repeats(self) -> bool:
        """Tell whether masthead and footer stand alike on pages with other words typed."""
        return repeated.repeats(self.request)

    def part(self, name: str, context: object) -> Markup:
        """Return ``masthead`` or ``footer`` where the page ``repeats`` them; made once."""
        parts: repeated.Parts = self.request.registry["repeated_parts"]
        return parts.get(self.request, name, context)

    @property
    def told_path(self) -> str:
        """Return the page's path as links may pass it on: nothing where it holds a key."""
        return "" if self.keyed else str(self.request.path_info)

    @property
    def keyed(self) -> bool:
        """Tell whether the page's address holds a key (its view has set ``request.keyed``)."""
        return bool(getattr(self.request, "keyed", False))

    def link(self, route: str, **query: str) -> str:
        """Return a route's address in the page's language."""
        if self.request.locale_name != self.request.tenant.default_locale:
            query["lang"] = self.request.locale_name
        path = self.path(route)
        return f"{path}?{urlencode(query)}" if query else path

    def path(self, route: str) -> str:
        """Return the address of a route without parameters; made once, a page has a dozen."""
        paths: dict[tuple[str, str], str] = self.request.registry["route_paths"]
        key = (self.request.script_name, route)
        if key not in paths:
            if len(paths) >= MAX_MENUS:
                paths.clear()
            paths[key] = self.request.route_path(route)
        return paths[key]

    @property
    def arms(self) -> str | None:
        """Return the address of the coat of arms."""
        sha = self.request.tenant.arms
        return None if sha is None else f"/theme/arms-{sha[:12]}"

    @property
    def theme(self) -> str:
        """Return the address of the tenant's colours; it changes with them."""
        return f"/theme.css?v={self.request.tenant.accent[1:]}"
