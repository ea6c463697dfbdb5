"""The guide: all tours and places, as a list and beside it on a map."""

import json
from typing import Any

from pyramid.config import Configurator
from pyramid.encode import urlencode
from pyramid.httpexceptions import HTTPFound, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.traversal import quote_path_segment

from stadtkern.site import page_number
from stadtkern_cityguide import geojson, queries, structured
from stadtkern_cityguide.feeds.views import links as feeds
from stadtkern_cityguide.figures import duration_min
from stadtkern_cityguide.filters import PARAMETERS, SPOKEN, Filter, filter_of
from stadtkern_cityguide.geometry import haversine_m
from stadtkern_cityguide.schemas import KINDS

LANGUAGE = "/{language:en|de-simple|gsg}"
KIND_TITLES = dict(KINDS)


def _rows(request: Request, wanted: Filter) -> Any:
    return queries.guide(
        request.db, request.locale_name, request.tenant.default_locale, page_number(request), wanted
    )


def _metres(row: Any, wanted: Filter) -> float | None:
    """Return how far away an entry is from the point of the link."""
    if wanted.near is None:
        return None
    there = (row.start_lat, row.start_lon) if row.type == "tour" else (row.lat, row.lon)
    return haversine_m(wanted.near, there)


def guide(request: Request) -> dict[str, Any]:
    """Show tours, then places."""
    wanted = filter_of(request)
    rows = _rows(request, wanted)
    page = page_number(request)
    if not rows and page > 1:
        raise HTTPNotFound
    total = rows[0].total if rows else 0
    settings = request.settings_of("cityguide")
    return {
        "tours": [(row, _minutes(row), _metres(row, wanted)) for row in rows if row.type == "tour"],
        "places": [(row, _metres(row, wanted)) for row in rows if row.type == "place"],
        "pictures": request.leading_pictures(queries.bodies(request.db, [row.id for row in rows])),
        "wanted": wanted,
        "total": total,
        "spoken": SPOKEN,
        "links": {name: _link(request, name, wanted) for name in ("cityguide", "cityguide.map")},
        "less": lambda **gone: _link(request, "cityguide", wanted, **gone),
        "feeds": feeds(request, wanted),
        "structured": structured.listed(request, rows),
        "intro": settings.get(f"intro_{request.locale_name}") or "",
        "kinds": KIND_TITLES,
        "first": _first(page),
        "page": page,
        "pages": max(1, -(-total // queries.PAGE_SIZE)),
    }


def _first(page: int) -> int:
    """Return the number of a page's first entry; list and map count the same way."""
    return (page - 1) * queries.PAGE_SIZE + 1


def _link(request: Request, route: str, wanted: Filter, **more: Any) -> str:
    """Return a route's address with the filter, so that list and map show the same.

    ``more``: as in ``Filter.query``.
    """
    address = str(request.site.link(route))
    query = wanted.query(**more)
    return f"{address}{'&' if '?' in address else '?'}{query}" if query else address


def _minutes(row: Any) -> int | None:
    return duration_min(row.mode, row.length_m, row.ascent_m, row.descent_m)


def guide_map(request: Request) -> Response:
    """Return the same tours (their starts) and places, in the same order."""
    features = [
        geojson.point(
            row.start_lat if row.type == "tour" else row.lat,
            row.start_lon if row.type == "tour" else row.lon,
            kind="place",
            id=row.id,
            number=number,
            title=row.title,
            url=row.path,
            type=row.type,
        )
        for number, row in enumerate(
            _rows(request, filter_of(request)), start=_first(page_number(request))
        )
    ]
    return answer(geojson.collection(features))


def answer(data: Any) -> Response:
    """Return GeoJSON."""
    return Response(
        json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(),
        content_type="application/geo+json",
        charset=None,
    )


def in_language(request: Request) -> HTTPFound:
    """Lead from ``/en/guide`` and what is below it to the same page in that language."""
    language = request.matchdict["language"]
    if language not in request.tenant.locales[1:]:
        raise HTTPNotFound
    below = [quote_path_segment(one) for one in request.matchdict.get("rest", ()) if one]
    asked = request.GET.copy()
    asked["lang"] = language
    return HTTPFound(location=f"{'/'.join(['/guide', *below])}?{urlencode(list(asked.items()))}")


def includeme(config: Configurator) -> None:
    """Register the pages; both depend on published content and settings only."""
    config.add_route("cityguide", "/guide")
    config.add_route("cityguide.map", "/guide/map.geojson")
    config.add_route("cityguide.language", f"{LANGUAGE}/guide")
    config.add_route("cityguide.language.below", f"{LANGUAGE}/guide/*rest")
    for route in ("cityguide.language", "cityguide.language.below"):
        config.add_view(in_language, route_name=route, request_method="GET")
    config.add_view(
        guide,
        route_name="cityguide",
        renderer="stadtkern_cityguide:templates/guide.jinja2",
        request_method="GET",
        page_cache={"params": ("page", *PARAMETERS)},
    )
    config.add_view(
        guide_map,
        route_name="cityguide.map",
        request_method="GET",
        page_cache={"params": ("page", *PARAMETERS)},
    )
