"""Error pages in the site's layout."""

import re
from difflib import get_close_matches
from typing import Any
from urllib.parse import quote

import structlog
from pyramid.config import Configurator
from pyramid.exceptions import BadCSRFOrigin, BadCSRFToken
from pyramid.httpexceptions import (
    HTTPBadRequest,
    HTTPForbidden,
    HTTPFound,
    HTTPMovedPermanently,
    HTTPNotFound,
    HTTPTooManyRequests,
)
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.content import Resource, redirects
from stadtkern.db import DatabaseBusy
from stadtkern.site import misses
from stadtkern.web.i18n import is_office
from stadtkern.web.locations import header_safe
from stadtkern.web.plain import plain_page

log = structlog.get_logger("stadtkern.errors")
TEMPLATE = "stadtkern.site:templates/error.jinja2"


def not_found(_error: HTTPNotFound, request: Request) -> Any:
    """404; an address that a published page once had leads to the page."""
    if request.method in {"GET", "HEAD"} and request.matched_route is None:
        path = "/" + request.path_info.strip("/")
        if len(path) < 1000 and path.isprintable():  # noqa: PLR2004
            lead = redirects.lead_for(request.db, path)
            if lead is not None:
                request.registry["counts"].count("hit", request.tenant.id, lead.rule)
                return _led(request, lead)
            misses.miss(request, path)
    request.response.status_int = 404
    return {"status": 404, "ways": ways_on(request)}


def _led(request: Request, lead: redirects.Lead) -> Response:
    """Lead on; what was asked behind the question mark goes along within the site."""
    kind = HTTPMovedPermanently if lead.permanent else HTTPFound
    if not lead.target.startswith("/") or "?" in lead.target or "#" in lead.target:
        return kind(location=header_safe(lead.target))
    query = f"?{request.query_string}" if request.query_string else ""
    return kind(location=quote(lead.target) + query)


def ways_on(request: Request) -> list[tuple[str, str]]:
    """Return titles and paths of pages that may have been meant: above it, or of a similar name.

    Without a query: what was found on the way, and the menu that the page shows anyway.
    """
    found: dict[str, str] = {}
    context = getattr(request, "context", None)
    if isinstance(context, Resource):
        above = next((step for step in context.lineage[::-1] if step.visible), None)
        if above is not None and len(above.lineage) > 1:
            found[above.path] = above.title
    words = {word for word in re.split(r"[^a-z0-9]+", request.path_info.lower()) if len(word) > 3}  # noqa: PLR2004
    for entry in request.site.menu:
        names = [name for name in re.split(r"[^a-z0-9]+", entry.path) if len(name) > 3]  # noqa: PLR2004
        if any(get_close_matches(word, names, n=1, cutoff=0.8) for word in sorted(words)[:12]):
            found.setdefault(entry.path, entry.title)
    return [(title, path) for path, title in found.items()][:4]


def forbidden(_error: HTTPForbidden, request: Request) -> Any:
    """403; who is not logged in is asked to, and drafts do not show that they exist."""
    office = is_office(request.path_info)
    if request.identity is None:
        if office and request.method == "GET":
            return HTTPFound(location=request.route_path("login", _query={"next": request.path}))
        if not office and request.method in {"GET", "HEAD"}:
            return not_found(_error, request)
    elif request.identity.must_enrol and request.method == "GET":
        if office:
            return HTTPFound(location=request.route_path("account.factor"))
        return not_found(_error, request)
    request.response.status_int = 403
    return {"status": 403}


def stale_form(_error: BadCSRFToken, request: Request) -> Any:
    """Answer a form without valid proof of origin: usually one that lay open too long."""
    request.response.status_int = 400
    return {"status": "stale"}


def bad_request(_error: HTTPBadRequest, request: Request) -> Any:
    """400 in the site's layout."""
    request.response.status_int = 400
    return {"status": 400}


def too_many(_error: HTTPTooManyRequests, request: Request) -> Any:
    """429 in the site's layout."""
    request.response.status_int = 429
    request.response.headers["Retry-After"] = "60"
    return {"status": 429}


def busy(_error: DatabaseBusy, request: Request) -> Response:
    """503 without asking the database."""
    response = plain_page(503, request)
    response.headers["Retry-After"] = "5"
    return response


def broken(_error: Exception, request: Request) -> Response:
    """500 without asking anything: the error may lie anywhere."""
    return plain_page(500, request)


def unreadable(_error: UnicodeDecodeError, request: Request) -> Response:
    """400 for addresses and forms in a broken encoding."""
    return plain_page(400, request)


def includeme(config: Configurator) -> None:
    """Register the error views."""
    config.add_notfound_view(not_found, renderer=TEMPLATE)
    config.add_forbidden_view(forbidden, renderer=TEMPLATE)
    config.add_exception_view(stale_form, context=BadCSRFToken, renderer=TEMPLATE)
    config.add_exception_view(stale_form, context=BadCSRFOrigin, renderer=TEMPLATE)
    config.add_exception_view(bad_request, context=HTTPBadRequest, renderer=TEMPLATE)
    config.add_exception_view(too_many, context=HTTPTooManyRequests, renderer=TEMPLATE)
    config.add_exception_view(busy, context=DatabaseBusy)
    config.add_exception_view(unreadable, context=UnicodeDecodeError)
    config.add_exception_view(broken, context=Exception)
