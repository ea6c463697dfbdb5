"""What stands in a public page's head for browsers, search engines and previews of links."""

from functools import cached_property
from typing import Any

from markupsafe import Markup
from pyramid.request import Request

from stadtkern.content import Resource
from stadtkern.site import structured, switch
from stadtkern.site.addresses import absolute, own_path, own_query
from stadtkern.site.pictures import Picture, first_picture
from stadtkern.web.languages import spoken


class PageMeta:
    """The head of one page.

    ``page`` and ``pages`` are those of a list in parts, ``rows`` what a folder lists; else None.
    """

    def __init__(
        self, request: Request, page: Any = None, pages: Any = None, rows: Any = None
    ) -> None:
        self.request = request
        self.failed = getattr(request, "exception", None) is not None
        self.resource: Resource | None = None if self.failed else request.site.resource
        self._page = page if isinstance(page, int) else 1
        self._pages = pages if isinstance(pages, int) else 1
        self._rows = rows if isinstance(rows, list | tuple) else ()

    @cached_property
    def canonical(self) -> str | None:
        """Return the one address that counts for this page (RFC 6596); errors have none.

        Nor have pages that no search engine may list (their view has set ``request.unlisted``):
        without an address nobody asks for previews or other languages of it either.
        """
        if self.failed or self.request.site.keyed or getattr(self.request, "unlisted", False):
            return None
        return absolute(self.request, own_path(self.request), own_query(self.request))

    def _part(self, number: int) -> str | None:
        if self.failed or not 1 <= number <= self._pages or self._pages == 1:
            return None
        query = own_query(self.request) | {"page": str(number)}
        if number == 1:
            del query["page"]
        return absolute(self.request, own_path(self.request), query)

    @property
    def previous(self) -> str | None:
        """Return the address of the part before this one."""
        return self._part(self._page - 1)

    @property
    def following(self) -> str | None:
        """Return the address of the part after this one."""
        return self._part(self._page + 1)

    @cached_property
    def alternates(self) -> list[switch.Alternate]:
        """Return the page's versions in other languages."""
        if self.failed or self.request.site.keyed:
            return []
        return switch.alternates(self.request, self.resource)

    @property
    def feeds(self) -> list[tuple[str, str]]:
        """Return title and path of the feeds that belong to the page: its own, the language's."""
        if self.failed:
            return []
        found = []
        resource = self.resource
        if resource is not None and resource.node.type == "folder" and self.has_news:
            found.append((resource.title, f"{resource.path}/feed.atom"))
        home = str(self.request.site.home)
        return [*found, (str(self.request.tenant.name), f"{home.rstrip('/')}/feed.atom")]

    @property
    def has_news(self) -> bool:
        """Tell whether the page lists news."""
        return any(getattr(row, "type", None) == "news" for row in self._rows)

    @property
    def has_events(self) -> bool:
        """Tell whether the page lists events."""
        return any(getattr(row, "type", None) == "event" for row in self._rows)

    @property
    def hidden(self) -> bool:
        """Tell search engines to pass by: demonstrations, towns that ask for it, errors."""
        return self.failed or not listed(self.request)

    @property
    def type(self) -> str:
        """Return the Open Graph type."""
        resource = self.resource
        return "article" if resource is not None and resource.node.type == "news" else "website"

    @property
    def published(self) -> str | None:
        """Return the day of a news item (ISO 8601)."""
        resource = self.resource
        if resource is None or self.type != "article" or resource.node.sort_at is None:
            return None
        return str(self.request.tenant.day_of(resource.node.sort_at))

    @property
    def description(self) -> str:
        """Return the page's summary."""
        return "" if self.resource is None else str(self.resource.node.summary or "")

    @cached_property
    def picture(self) -> Picture | None:
        """Return the picture that the page shows first."""
        return first_picture(self.request, self.resource)

    @property
    def locale(self) -> str:
        """Return the Open Graph locale, e.g. ``de_DE``."""
        return self.request.language.territory or str(self.request.language.interface)

    @property
    def other_locales(self) -> list[str]:
        """Return the Open Graph locales of the page's translations."""
        if self.resource is None:
            return []
        codes = {spoken(code).territory for code in self.resource.translations}
        return sorted(codes - {self.locale, ""})

    @cached_property
    def structured(self) -> Markup | None:
        """Return the JSON-LD of the page."""
        data = structured.graph(self.request, self.resource, self.picture)
        return None if data is None else structured.as_script(data)


def listed(request: Request) -> bool:
    """Tell whether search engines may list the tenant's pages."""
    return not request.tenant.demo and bool(request.settings_of("site").get("listed"))
