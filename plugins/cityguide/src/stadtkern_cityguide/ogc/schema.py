"""JSON Schemas of the collections: what features say (Part 5) and what can be asked (Part 3)."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from stadtkern_cityguide.ogc.answers import address
from stadtkern_cityguide.ogc.collections import OpenCollection, Property

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def property_schema(request: Request, one: Property) -> dict[str, Any]:
    """Return one property; values that are empty where nothing is known have no format."""
    found: dict[str, Any] = {"title": request.translate(one.title), "type": one.type}
    if one.format:
        found["format"] = one.format
    if one.type == "array":
        found["items"] = {"type": "string"}
    if one.values:
        found["enum"] = [*one.values, ""] if one.name == "step_free" else list(one.values)
    return found


def _geometry(collection: OpenCollection) -> dict[str, Any]:
    kinds = {
        ("Point",): "geometry-point",
        ("LineString", "MultiLineString"): "geometry-linestring-or-multilinestring",
        ("Polygon", "MultiPolygon"): "geometry-polygon-or-multipolygon",
    }
    return {"x-ogc-role": "primary-geometry", "format": kinds[collection.geometry]}


def returnables(request: Request, collection: OpenCollection) -> dict[str, Any]:
    """Return the schema of a collection's features."""
    return {
        "$schema": DIALECT,
        "$id": address(request, "collections", collection.name, "schema"),
        "type": "object",
        "title": request.translate(collection.title),
        "properties": {"geometry": _geometry(collection)}
        | {one.name: property_schema(request, one) for one in collection.properties},
        "required": [one.name for one in collection.properties],
    }


def queryables(request: Request, collection: OpenCollection) -> dict[str, Any]:
    """Return what can be asked by parameters of the same name."""
    found: dict[str, Any] = {"geometry": _geometry(collection)}
    for one in collection.filters.values():
        found[one.name] = property_schema(request, one)
        if one.values:
            found[one.name]["enum"] = list(one.values)
    return {
        "$schema": DIALECT,
        "$id": address(request, "collections", collection.name, "queryables"),
        "type": "object",
        "title": request.translate(collection.title),
        "properties": found,
        "additionalProperties": False,
    }
