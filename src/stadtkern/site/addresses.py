"""Absolute addresses of a town's pages: always at the canonical host."""

from urllib.parse import quote, urlencode

from pyramid.request import Request

from stadtkern.content import Resource
from stadtkern.tenants import origin
from stadtkern.web.languages import interface

LAST_PAGE = 5_000


def absolute(request: Request, path: str, query: dict[str, str] | None = None) -> str:
    """Return the address of a stored path, percent-encoded (RFC 3986)."""
    asked = f"?{urlencode(query)}" if query else ""
    return f"{origin(request)}{quote(path)}{asked}"


def page_of(value: str) -> int:
    """Return the number of a page as an address names it, from 1 to ``LAST_PAGE``.

    Nonsense counts as 1. Views, the page's own address and the page cache must agree on this:
    else one page would be kept under another one's name.
    """
    if not (value.isascii() and value.isdigit()):
        return 1
    return min(max(int(value[:6]), 1), LAST_PAGE)


def own_path(request: Request) -> str:
    """Return the path of the page that is shown, as a node or a route spells it."""
    context = getattr(request, "context", None)
    if getattr(request, "matched_route", None) is None and isinstance(context, Resource):
        name = getattr(request, "view_name", "")
        return f"{context.path.rstrip('/')}/{name}" if name else context.path
    return str(request.path_info)


def own_query(request: Request) -> dict[str, str]:
    """Return the parameters that make this page another one: those that its view declares.

    Values that change nothing (page 1, the language that counts anyway) are left out.
    """
    options = getattr(request, "page_cache_options", None)
    kept: dict[str, str] = {}
    for name in options.params if options is not None else ("lang",):
        value = request.GET.get(name)
        if value is None:
            continue
        if name == "lang":
            language = page_language(request)
            if getattr(request, "matched_route", None) is not None and language:
                kept[name] = language
        elif name == "page":
            number = page_of(value)
            if number > 1:
                kept[name] = str(number)
        elif name != "untranslated":
            kept[name] = str(value)[:100]
    return dict(sorted(kept.items()))


def page_language(request: Request) -> str:
    """Return the ``lang`` of a route's page; empty where its words are those of the default."""
    tenant = request.tenant
    words = interface(request.locale_name)
    if words == interface(tenant.default_locale):
        return ""
    return words if words in tenant.locales else str(request.locale_name)
