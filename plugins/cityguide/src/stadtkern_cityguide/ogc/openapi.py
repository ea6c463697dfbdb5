"""The description of the open data (OpenAPI 3.0): every path with all of its parameters."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.ogc.answers import GEOJSON, HTML, JSON, OPENAPI, SCHEMA, address
from stadtkern_cityguide.ogc.asking import DEFAULT_LIMIT, FORMS, LONGEST, MAX_LIMIT
from stadtkern_cityguide.ogc.collections import COLLECTIONS, OpenCollection
from stadtkern_cityguide.ogc.queries import MAX_KEY
from stadtkern_cityguide.ogc.schema import property_schema

_REF = "#/components/"


def document(request: Request) -> dict[str, Any]:
    """Return the whole document."""
    say = request.translate
    paths: dict[str, Any] = {
        "/": _get("landing", say(_("What there is")), "Landing", JSON),
        "/conformance": _get("conformance", say(_("Classes of the standard")), "Classes", JSON),
        "/api": _get("api", say(_("This description")), "Anything", OPENAPI),
        "/collections": _get("collections", say(_("Collections")), "Collections", JSON),
    }
    for name, collection in COLLECTIONS.items():
        title = say(collection.title)
        own = f"/collections/{name}"
        paths |= {
            own: _get(f"{name}.about", title, "Collection", JSON),
            f"{own}/queryables": _get(
                f"{name}.queryables",
                say(_("${title}: what can be asked", mapping={"title": title})),
                "Anything",
                SCHEMA,
            ),
            f"{own}/schema": _get(
                f"{name}.schema",
                say(_("${title}: what features say", mapping={"title": title})),
                "Anything",
                SCHEMA,
            ),
            f"{own}/items": _get(
                f"{name}.items",
                say(collection.description),
                f"{name}.page",
                GEOJSON,
                *({"$ref": f"{_REF}parameters/{one}"} for one in ("limit", "bbox", "after")),
                _time(request, collection),
                *_filters(request, collection),
                refusals=("400",),
            ),
            f"{own}/items/{{featureId}}": _get(
                f"{name}.item",
                say(_("${title}: one feature", mapping={"title": title})),
                f"{name}.feature",
                GEOJSON,
                {
                    "name": "featureId",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "integer", "minimum": 1, "maximum": MAX_KEY},
                },
                refusals=("400", "404"),
            ),
        }
    return {
        "openapi": "3.0.3",
        "info": {
            "title": f"{request.tenant.name}: {say(_('City guide'))}",
            "description": say(
                _(
                    "Open data after OGC API – Features. Each feature names its licence, whose "
                    "work it is and where its facts come from."
                )
            ),
            "version": "1.0.0",
        },
        "servers": [{"url": address(request)}],
        "paths": paths,
        "components": {"schemas": _schemas(request), "parameters": _parameters(request)},
    }


def _get(
    name: str,
    words: str,
    schema: str,
    kind: str,
    *parameters: dict[str, Any],
    refusals: tuple[str, ...] = ("400",),
) -> dict[str, Any]:
    content = {kind: {"schema": {"$ref": f"{_REF}schemas/{schema}"}}}
    if kind not in {SCHEMA, OPENAPI}:
        content[HTML] = {"schema": {"type": "string"}}
    shared = ({"$ref": f"{_REF}parameters/{one}"} for one in ("f", "lang"))
    why = {"application/json": {"schema": {"$ref": f"{_REF}schemas/Refusal"}}}
    return {
        "get": {
            "operationId": name,
            "summary": words,
            "parameters": [*parameters, *shared],
            "responses": {"200": {"description": words, "content": content}}
            | {code: {"description": _WHY[code], "content": why} for code in refusals},
        }
    }


_WHY = {"400": "A parameter is unknown or cannot be read.", "404": "There is no such feature."}


def _time(request: Request, collection: OpenCollection) -> dict[str, Any]:
    return {
        "name": "datetime",
        "in": "query",
        "description": request.translate(collection.times)
        + " "
        + request.translate(
            _("A moment, a day, or an interval with a slash; two dots are an open end.")
        ),
        "style": "form",
        "explode": False,
        "schema": {"type": "string", "maxLength": LONGEST},
    }


def _filters(request: Request, collection: OpenCollection) -> list[dict[str, Any]]:
    found = []
    for one in collection.filters.values():
        schema = property_schema(request, one)
        words = schema.pop("title")
        if one.values:
            schema["enum"] = list(one.values)
        elif one.type == "string":
            schema["maxLength"] = LONGEST
        else:
            schema |= {"minimum": 0, "maximum": 999_999_999}
        found.append({"name": one.name, "in": "query", "description": words, "schema": schema})
    return found


def _parameters(request: Request) -> dict[str, Any]:
    def query(name: str, words: Any, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {
            "name": name,
            "in": "query",
            "description": request.translate(words),
            "schema": schema,
        } | more

    return {
        "f": query("f", _("JSON or a page for people."), {"type": "string", "enum": list(FORMS)}),
        "lang": query(
            "lang",
            _("Language; what nobody has translated comes in the town's first one."),
            {"type": "string", "enum": list(request.tenant.locales)},
        ),
        "limit": query(
            "limit",
            _("Features of a page at most; more than the maximum counts as the maximum."),
            {
                "type": "integer",
                "minimum": 1,
                "maximum": MAX_LIMIT,
                "default": DEFAULT_LIMIT,
            },
            style="form",
            explode=False,
        ),
        "bbox": query(
            "bbox",
            _("West, south, east, north in degrees; with heights they are passed over."),
            {
                "type": "array",
                "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
                "items": {"type": "number"},
            },
            style="form",
            explode=False,
        ),
        "after": query(
            "after",
            _("The last feature of the page before; the link “next” has it."),
            {"type": "integer", "minimum": 0, "maximum": MAX_KEY},
        ),
    }


def _schemas(request: Request) -> dict[str, Any]:
    text, links = {"type": "string"}, {"$ref": f"{_REF}schemas/Links"}
    schemas: dict[str, Any] = {
        "Anything": {"type": "object"},
        "Link": {
            "type": "object",
            "required": ["href", "rel"],
            "properties": {"href": text, "rel": text, "type": text, "title": text},
        },
        "Links": {"type": "array", "items": {"$ref": f"{_REF}schemas/Link"}},
        "Refusal": {
            "type": "object",
            "required": ["code"],
            "properties": {"code": text, "description": text},
        },
        "Landing": _object(links=links, title=text, description=text),
        "Classes": _object(conformsTo={"type": "array", "items": text}),
        "Collection": {
            **_object(id=text, links=links),
            "properties": {"id": text, "title": text, "description": text, "links": links},
        },
        "Collections": _object(
            links=links,
            collections={"type": "array", "items": {"$ref": f"{_REF}schemas/Collection"}},
        ),
    }
    for name, collection in COLLECTIONS.items():
        geometry: dict[str, Any] = _object(
            type={"type": "string", "enum": list(collection.geometry)},
            coordinates={"type": "array", "items": {}},
        )
        if name == "events":
            geometry["nullable"] = True
        schemas[f"{name}.feature"] = _object(
            type={"type": "string", "enum": ["Feature"]},
            id={"type": "integer"},
            geometry=geometry,
            properties=_object(
                **{one.name: property_schema(request, one) for one in collection.properties}
            ),
        )
        schemas[f"{name}.page"] = _object(
            type={"type": "string", "enum": ["FeatureCollection"]},
            timeStamp={"type": "string", "format": "date-time"},
            numberMatched={"type": "integer", "minimum": 0},
            numberReturned={"type": "integer", "minimum": 0},
            links=links,
            features={"type": "array", "items": {"$ref": f"{_REF}schemas/{name}.feature"}},
        )
    return schemas


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}
