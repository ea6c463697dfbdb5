"""Answers of the open data: JSON for programs, a small page for people who ask for one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from pyramid.request import Request
from pyramid.response import Response

from stadtkern.tenants import origin
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.ogc.asking import Asked, WrongError, asked
from stadtkern_cityguide.ogc.collections import COLLECTIONS, OpenCollection

JSON, GEOJSON, HTML = "application/json", "application/geo+json", "text/html"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
SCHEMA = "application/schema+json"
TEMPLATE = "stadtkern_cityguide:templates/ogc.jinja2"


def address(request: Request, *parts: str, query: Mapping[str, Any] | None = None) -> str:
    """Return an address of the open data at the town's own host."""
    asked_for = f"?{urlencode(query)}" if query else ""
    return "/".join((f"{origin(request)}/ogc", *parts)) + asked_for


def link(href: str, rel: str, kind: str = JSON, title: str = "") -> dict[str, str]:
    """Return a link (RFC 8288) as JSON."""
    return {"href": href, "rel": rel, "type": kind} | ({"title": title} if title else {})


def dumped(data: Any) -> bytes:
    """Return JSON in UTF-8, without blanks."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "backslashreplace"
    )


def answer(data: Any, kind: str = JSON, *, status: int = 200) -> Response:
    """Return JSON that every site's pages may read: it is public, and no cookie is asked."""
    response = Response(data if isinstance(data, bytes) else dumped(data), status=status)
    # GDAL takes the description for one only with its version behind the type.
    response.headers["Content-Type"] = kind
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Vary"] = "Accept, Accept-Language"
    return response


def refused(request: Request, status: int, code: str, why: str) -> Response:
    """Return why nothing can be answered (OGC 17-069r4, 7.5.1)."""
    request.page_cache_options = None
    return answer({"code": code, "description": why}, status=status)


def page(
    request: Request,
    title: str,
    *,
    crumbs: Sequence[tuple[str, str]] = (),
    lead: str = "",
    facts: Sequence[tuple[str, Any]] = (),
    entries: Sequence[Mapping[str, str]] = (),
    links: Sequence[tuple[str, str]] = (),
) -> Response:
    """Return the same as a page for people."""
    template = request.registry["jinja"].get_template(TEMPLATE)
    body = template.render(
        request=request,
        title=title,
        crumbs=crumbs,
        lead=lead,
        facts=facts,
        entries=entries,
        links=links,
    )
    response = Response(body, content_type=HTML, charset="utf-8")
    response.headers["Vary"] = "Accept, Accept-Language"
    # For search engines the places' own pages count.
    response.headers["X-Robots-Tag"] = "noindex"
    return response


View = Callable[[Request, Asked], Response]


def reading(view: View) -> Callable[[Request], Response]:
    """Return a Pyramid view that reads the parameters first; wrong ones are answered with 400."""

    def read(request: Request) -> Response:
        name = request.matchdict.get("collection")
        if name is not None and name not in COLLECTIONS:
            return refused(request, 404, "NotFound", f"There is no collection {name[:60]}.")
        items = request.matched_route.name == "cityguide.ogc.items"
        try:
            found = _once(request, COLLECTIONS[name] if items else None)
        except WrongError as error:
            return refused(request, 400, "InvalidParameterValue", str(error))
        # Before the first word is translated: it decides in which language.
        request.locale_name = found.language
        response = view(request, found)
        options = getattr(request, "page_cache_options", None)
        if options is not None and not found.usual:
            # Made-up boxes push no page out of the cache.
            request.page_cache_options = options.apart()
        return response

    return read


def _once(request: Request, collection: OpenCollection | None) -> Asked:
    """Read a request's parameters once: caches and view ask for them."""
    known: Asked | None = request.__dict__.get("guide_asked")
    if known is None:
        known = request.__dict__["guide_asked"] = asked(request, collection)
    return known


def variant(request: Request) -> str | None:
    """Return all that an answer depends on, for the page cache; None where it is refused."""
    parts = str(request.environ.get("PATH_INFO", "")).strip("/").split("/")
    items = len(parts) == 4 and parts[3] == "items"  # noqa: PLR2004 - ogc/collections/…/items
    collection = COLLECTIONS.get(parts[2]) if items else None
    if items and collection is None:
        return None
    try:
        return _once(request, collection).key
    except WrongError:
        return None


def alternatives(
    request: Request, found: Asked, *parts: str, kind: str = JSON
) -> list[dict[str, str]]:
    """Return the links to what is shown and to its other forms."""
    own = {"lang": found.query["lang"]} if "lang" in found.query else {}
    query = found.query | ({"after": str(found.after)} if found.after else {}) | own
    query.pop("f", None)
    return [
        link(address(request, *parts, query=query), "self", kind),
        link(
            address(request, *parts, query=query | {"f": "html"}),
            "alternate",
            HTML,
            request.translate(_("As a page")),
        ),
    ]
