"""OGC API – Features 1.0 (OGC 17-069r4): places and tours for maps and programs of others.

Coordinates are CRS84: longitude first. Pages follow one another by the last item's number, so that
what is added in between neither repeats nor skips anything. JSON is what everybody gets.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.db import utcnow
from stadtkern_cityguide import geojson, queries
from stadtkern_cityguide.access import a11y
from stadtkern_cityguide.figures import decode_line, duration_min
from stadtkern_cityguide.i18n import _

CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{name}"
    for name in ("core", "geojson", "oas30")
)
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
COLLECTIONS = {
    "places": ("place", _("Places"), _("Sights, points of interest and facilities.")),
    "tours": ("tour", _("Tours"), _("Ways with stops, as lines.")),
}
DEFAULT_LIMIT, MAX_LIMIT = 10, 1_000
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
_BOX = 4
_BOX_WITH_HEIGHT = 6


class _WrongError(ValueError):
    """A parameter that cannot be used; its text says which and why."""


def _answer(data: Mapping[str, Any], kind: str = "application/json", status: int = 200) -> Response:
    return Response(
        json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode(),
        content_type=kind,
        charset=None,
        status=status,
    )


def _address(request: Request, *parts: str) -> str:
    return "/".join((f"{request.host_url}/ogc", *parts))


def _link(href: str, rel: str, kind: str = "application/json", title: str = "") -> dict[str, str]:
    return {"href": href, "rel": rel, "type": kind} | ({"title": title} if title else {})


def landing(request: Request) -> Response:
    """Say what there is."""
    return _answer(
        {
            "title": f"{request.tenant.name}: {request.translate(_('City guide'))}",
            "description": request.translate(
                _("Places and tours in the town, as a list and on a map.")
            ),
            "links": [
                _link(_address(request), "self"),
                _link(_address(request, "api"), "service-desc", OPENAPI),
                _link(_address(request, "conformance"), "conformance"),
                _link(_address(request, "collections"), "data"),
            ],
        }
    )


def conformance(_request: Request) -> Response:
    """Name the classes of the standard that are kept."""
    return _answer({"conformsTo": list(CONFORMANCE)})


def _collection(request: Request, name: str) -> dict[str, Any]:
    _kind, title, description = COLLECTIONS[name]
    own = _address(request, "collections", name)
    return {
        "id": name,
        "title": request.translate(title),
        "description": request.translate(description),
        "itemType": "feature",
        "crs": [CRS84],
        "links": [
            _link(own, "self"),
            _link(f"{own}/items", "items", "application/geo+json"),
        ],
    }


def collections(request: Request) -> Response:
    """List the collections."""
    return _answer(
        {
            "links": [_link(_address(request, "collections"), "self")],
            "collections": [_collection(request, name) for name in COLLECTIONS],
        }
    )


def collection(request: Request) -> Response:
    """Show one collection."""
    return _answer(_collection(request, request.matchdict["collection"]))


def _whole(request: Request, name: str, default: int, least: int) -> int:
    text = request.GET.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10) or int(text) < least:  # noqa: PLR2004
        raise _WrongError(f"{name}: a whole number from {least} on is needed")
    return int(text)


def _box(request: Request) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north in degrees; heights are passed over."""
    text = request.GET.get("bbox")
    if text is None:
        return None
    try:
        found = [float(part) for part in text[:500].split(",")]
    except ValueError:
        raise _WrongError("bbox: four numbers are needed: west,south,east,north") from None
    if len(found) == _BOX_WITH_HEIGHT:
        found = [found[0], found[1], found[3], found[4]]
    if len(found) != _BOX or not all(math.isfinite(one) for one in found) or found[1] > found[3]:
        raise _WrongError("bbox: four numbers are needed: west,south,east,north")
    return found[0], found[1], found[2], found[3]


def items(request: Request) -> Response:
    """Return a page of features; two queries, whatever the number of items."""
    name = request.matchdict["collection"]
    try:
        limit = min(_whole(request, "limit", DEFAULT_LIMIT, 1), MAX_LIMIT)
        after = _whole(request, "after", 0, 0)
        box = _box(request)
    except _WrongError as error:
        return _answer({"code": "InvalidParameterValue", "description": str(error)}, status=400)
    kind = COLLECTIONS[name][0]
    language = request.tenant.default_locale
    rows = queries.features(request.db, kind, language, limit=limit + 1, after=after, box=box)
    matched = queries.count_features(request.db, kind, language, box=box)
    features = [_feature(request, row) for row in rows[:limit]]
    own = _address(request, "collections", name)
    links = [_link(request.url, "self", "application/geo+json"), _link(own, "collection")]
    if len(rows) > limit:
        query = f"limit={limit}&after={rows[limit - 1].id}"
        if box is not None:
            query += "&bbox=" + ",".join(repr(one) for one in box)
        links.append(_link(f"{own}/items?{query}", "next", "application/geo+json"))
    return _answer(
        {
            "type": "FeatureCollection",
            "timeStamp": utcnow().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "numberMatched": matched,
            "numberReturned": len(features),
            "links": links,
            "features": features,
        },
        "application/geo+json",
    )


def item(request: Request) -> Response:
    """Return one feature."""
    name = request.matchdict["collection"]
    rows = queries.features(
        request.db,
        COLLECTIONS[name][0],
        request.tenant.default_locale,
        limit=1,
        only=int(request.matchdict["id"]),
    )
    if not rows:
        raise HTTPNotFound
    own = _address(request, "collections", name)
    feature = _feature(request, rows[0])
    feature["links"] = [
        _link(f"{own}/items/{rows[0].id}", "self", "application/geo+json"),
        _link(own, "collection"),
    ]
    return _answer(feature, "application/geo+json")


def _feature(request: Request, row: Any) -> dict[str, Any]:
    """Return a feature. No property is null: programs learn the fields from the first page."""
    fields = request.content.fields(row)

    def text(name: str) -> str:
        return str(fields.get(name) or "")

    shared = {
        "title": row.title,
        "summary": row.summary,
        "url": f"{request.host_url}{row.path}",
        "language": row.language,
        "updated": row.updated_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "licence": text("licence"),
        "attribution": text("attribution"),
    }
    if row.type == "tour":
        line = decode_line(row.line, row.elevations)
        minutes = duration_min(row.mode, row.length_m, row.ascent_m, row.descent_m)
        feature = geojson.way(
            line,
            **shared,
            mode=row.mode,
            length_m=round(row.length_m, 1),
            ascent_m=round(row.ascent_m or 0.0, 1),
            descent_m=round(row.descent_m or 0.0, 1),
            duration_min=minutes or 0,
            stops=len(fields.get("stops") or ()),
        )
    else:
        names = ("kind", "street", "postal_code", "city", "opening_hours", "hours_note", "fee")
        more = {name: text(name) for name in (*names, "phone", "website", "step_free")}
        feature = geojson.point(row.lat, row.lon, **shared, **more, accessibility=a11y(fields))
    feature["id"] = row.id
    return feature


def api(request: Request) -> Response:
    """Describe all this (OpenAPI 3.0)."""

    def number(name: str, words: str, **schema: Any) -> dict[str, Any]:
        return {
            "name": name,
            "in": "query",
            "description": words,
            "schema": {"type": "integer"} | schema,
        }

    def get(words: str, *parameters: dict[str, Any], path: bool = False) -> dict[str, Any]:
        own = [
            {
                "name": "collection",
                "in": "path",
                "required": True,
                "schema": {"type": "string", "enum": list(COLLECTIONS)},
            }
        ]
        return {
            "get": {
                "summary": words,
                "parameters": [*(own if path else ()), *parameters],
                "responses": {"200": {"description": words}},
            }
        }

    box = {
        "name": "bbox",
        "in": "query",
        "style": "form",
        "explode": False,
        "schema": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6},
    }
    feature_id = {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "integer"},
    }
    paging = (
        number("limit", "features of a page", minimum=1, maximum=MAX_LIMIT, default=DEFAULT_LIMIT),
        number("after", "number of the page before's last feature", minimum=0),
        box,
    )
    return _answer(
        {
            "openapi": "3.0.3",
            "info": {"title": f"{request.tenant.name}: OGC API – Features", "version": "1.0.0"},
            "servers": [{"url": _address(request)}],
            "paths": {
                "/": get("Landing page"),
                "/conformance": get("Classes of the standard"),
                "/collections": get("Collections"),
                "/collections/{collection}": get("A collection", path=True),
                "/collections/{collection}/items": get("Features", *paging, path=True),
                "/collections/{collection}/items/{id}": get("A feature", feature_id, path=True),
            },
        },
        OPENAPI,
    )


def includeme(config: Configurator) -> None:
    """Register the addresses; all of them show what is public anyway."""
    one = "/ogc/collections/{collection:places|tours}"
    for view, name, pattern in (
        (landing, "cityguide.ogc", "/ogc"),
        (conformance, "cityguide.ogc.conformance", "/ogc/conformance"),
        (api, "cityguide.ogc.api", "/ogc/api"),
        (collections, "cityguide.ogc.collections", "/ogc/collections"),
        (collection, "cityguide.ogc.collection", one),
        (items, "cityguide.ogc.items", f"{one}/items"),
        (item, "cityguide.ogc.item", one + r"/items/{id:\d{1,9}}"),
    ):
        config.add_route(name, pattern)
        config.add_view(view, route_name=name, request_method="GET")
