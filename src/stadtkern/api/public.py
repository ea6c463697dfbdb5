"""What everybody may read about the API: its document, its JSON Schemas, and a page of ours."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.api import jsonschema as js
from stadtkern.api.asking import encoded, tag_of
from stadtkern.api.bodies import block_schema, fields_schema
from stadtkern.api.document import Document, document_for
from stadtkern.api.operations import ROOT, resources_here
from stadtkern.content.types import enabled_blocks, enabled_types
from stadtkern.plugins.settings import bound_schema, schema_of
from stadtkern.web.i18n import _

MAX_AGE = "public, max-age=300"
SCHEMA_TYPE = "application/schema+json"


def _answer(request: Request, value: Any, media_type: str) -> Response:
    response = Response(encoded(value), charset=None, conditional_response=True)
    response.content_type = media_type
    response.etag = tag_of(value)
    response.vary = ["Accept-Language"]
    response.headers["Cache-Control"] = MAX_AGE
    response.headers["Content-Language"] = str(request.locale_name)
    return response


def openapi(request: Request) -> Response:
    """Return the OpenAPI document."""
    return _answer(request, document_for(request), "application/json")


class Schemas(Document):
    """JSON Schemas that stand alone: what a document refers to is within them."""

    def all(self) -> dict[str, dict[str, Any]]:
        """Return schemas by their path below ``/api/v1/schemas/``."""
        found: dict[str, dict[str, Any]] = {}
        for name, kind in sorted(enabled_types(self.registry, self.enabled).items()):
            found[f"content-types/{name}"] = fields_schema(self, kind)
        for name, block in sorted(enabled_blocks(self.registry, self.enabled).items()):
            found[f"blocks/{name}"] = block_schema(self, block)
        owners = [*self.registry["settings_titles"], *sorted(self.enabled)]
        for owner in owners:
            schema = schema_of(self.registry, owner)
            if schema is not None and not getattr(schema, "own_page", False):
                made = js.schema_of(bound_schema(schema), self.translate)
                titles = self.registry["settings_titles"]
                installed = self.registry["plugins"].get(owner)
                title = titles.get(owner) or installed.plugin.title
                found[f"settings/{owner}"] = {**made, "title": self.translate(title)}
        return {
            name: {"$schema": js.DIALECT, "$id": f"{ROOT}/schemas/{name}.json", **schema}
            for name, schema in found.items()
        }


def _schemas(request: Request) -> dict[str, dict[str, Any]]:
    enabled = frozenset(request.plugins.enabled)
    known: dict[Any, dict[str, dict[str, Any]]] = request.registry.setdefault("api_schemas", {})
    key = (enabled, request.locale_name)
    if key not in known:
        if len(known) >= 64:  # noqa: PLR2004 - as documents
            known.clear()
        known[key] = Schemas(request.registry, enabled, request.locale_name).all()
    return known[key]


def schemas(request: Request) -> Response:
    """List the JSON Schemas."""
    items = [
        {"title": schema.get("title", name), "url": schema["$id"]}
        for name, schema in _schemas(request).items()
    ]
    return _answer(request, {"items": items}, "application/json")


def schema(request: Request) -> Response:
    """Return one JSON Schema; those of disabled plugins do not exist."""
    name = f"{request.matchdict['kind']}/{request.matchdict['name']}"
    found = _schemas(request).get(name)
    if found is None:
        raise HTTPNotFound
    return _answer(request, found, SCHEMA_TYPE)


def reader(request: Request) -> dict[str, Any]:
    """Show what the API offers, for people: no script, nothing of another site."""
    document = document_for(request)
    resources = []
    for resource in resources_here(request.registry, frozenset(request.plugins.enabled)):
        operations = [
            {
                "method": operation.method,
                "path": resource.path(operation),
                "summary": operation.summary,
                "description": operation.description,
                "scope": resource.scope(operation),
                "if_match": operation.if_match,
                "parameters": document["paths"][resource.path(operation).removeprefix(ROOT)][
                    operation.method.lower()
                ]["parameters"],
            }
            for operation in resource.operations
        ]
        resources.append({"resource": resource, "operations": operations})
    return {
        "title": request.translate(_("Programming interface (API)")),
        "resources": resources,
        "schemas": [
            (schema.get("title", name), schema["$id"]) for name, schema in _schemas(request).items()
        ],
        "root": ROOT,
        "site": f"{request.scheme}://{request.host}",
    }


def includeme(config: Configurator) -> None:
    """Register the addresses."""
    config.add_route("api.openapi", f"{ROOT}/openapi.json")
    config.add_route("api.schemas", f"{ROOT}/schemas/")
    config.add_route(
        "api.schema",
        f"{ROOT}/schemas/{{kind:content-types|blocks|settings}}/{{name:[a-z0-9_]{{1,60}}}}.json",
    )
    config.add_route("api.reader", f"{ROOT}/")
    for view, route in (
        (openapi, "api.openapi"),
        (schemas, "api.schemas"),
        (schema, "api.schema"),
    ):
        config.add_view(view, route_name=route, request_method="GET", machine=True)
    config.add_view(
        reader,
        route_name="api.reader",
        request_method="GET",
        machine=True,
        renderer="stadtkern.api:templates/reader.jinja2",
    )
