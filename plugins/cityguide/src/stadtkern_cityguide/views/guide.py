"""The guide: all tours and places, as a list and beside it on a map."""

import json
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.site import page_number
from stadtkern_cityguide import geojson, queries
from stadtkern_cityguide.figures import duration_min
from stadtkern_cityguide.schemas import KINDS

KIND_TITLES = dict(KINDS)


def _rows(request: Request) -> Any:
    return queries.guide(
        request.db, request.locale_name, request.tenant.default_locale, page_number(request)
    )


def guide(request: Request) -> dict[str, Any]:
    """Show tours, then places."""
    rows = _rows(request)
    page = page_number(request)
    if not rows and page > 1:
        raise HTTPNotFound
    total = rows[0].total if rows else 0
    settings = request.settings_of("cityguide")
    return {
        "tours": [(row, _minutes(row)) for row in rows if row.type == "tour"],
        "places": [row for row in rows if row.type == "place"],
        "intro": settings.get(f"intro_{request.locale_name}") or "",
        "kinds": KIND_TITLES,
        "first": _first(page),
        "page": page,
        "pages": max(1, -(-total // queries.PAGE_SIZE)),
    }


def _first(page: int) -> int:
    """Return the number of a page's first entry; list and map count the same way."""
    return (page - 1) * queries.PAGE_SIZE + 1


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
        for number, row in enumerate(_rows(request), start=_first(page_number(request)))
    ]
    return answer(geojson.collection(features))


def answer(data: Any) -> Response:
    """Return GeoJSON."""
    return Response(
        json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(),
        content_type="application/geo+json",
        charset=None,
    )


def includeme(config: Configurator) -> None:
    """Register the pages; both depend on published content and settings only."""
    config.add_route("cityguide", "/guide")
    config.add_route("cityguide.map", "/guide/map.geojson")
    config.add_view(
        guide,
        route_name="cityguide",
        renderer="stadtkern_cityguide:templates/guide.jinja2",
        request_method="GET",
        page_cache={"params": ("page",)},
    )
    config.add_view(
        guide_map,
        route_name="cityguide.map",
        request_method="GET",
        page_cache={"params": ("page",)},
    )
