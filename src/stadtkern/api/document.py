"""The OpenAPI 3.1 document and the JSON Schemas, made from what rooms and plugins register."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import colander
from pyramid.registry import Registry
from pyramid.request import Request

import stadtkern
from stadtkern.api import jsonschema as js
from stadtkern.api.operations import ROOT, ApiResource, Operation, resources_here
from stadtkern.db import MAX_ID
from stadtkern.web.i18n import _, speaker
from stadtkern.web.problems import MEDIA_TYPE

VERSION = "3.1.0"
IDS = ("id", "number")
"""Parameters of addresses that are whole numbers."""
PROBLEMS: Mapping[int, str] = {
    400: _("The request cannot be read."),
    401: _("No valid token."),
    403: _("The token, or whoever it acts for, may not do this."),
    404: _("There is nothing here, or the token may not see it."),
    405: _("The address does not take this method."),
    412: _("It has changed since the version that “If-Match” names."),
    413: _("The body is too large."),
    415: _("The body is of another media type."),
    422: _("The values do not fit, or what is asked cannot be done."),
    428: _("“If-Match” is missing."),
    429: _("Too many requests; “Retry-After” says how long to wait."),
}


class Document:
    """One language's document for one choice of plugins."""

    def __init__(self, registry: Registry, enabled: frozenset[str], locale: str) -> None:
        self.registry = registry
        self.enabled = enabled
        self.translate: Callable[[str], str] = speaker(registry, locale)
        self._components: dict[str, Any] = {}

    def component(self, name: str, make: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """Return a reference to a schema, made when it is first asked for."""
        if name not in self._components:
            self._components[name] = {}
            self._components[name] = dict(make())
        return {"$ref": f"#/components/schemas/{name}"}

    def of_schema(self, schema: type[colander.Schema], *, answer: bool = False) -> dict[str, Any]:
        """Return the JSON Schema of a colander class, as a reference."""
        return self.component(
            _name_of(schema),
            lambda: js.schema_of(schema().bind(), self.translate, answer=answer),
        )

    def whole(self) -> dict[str, Any]:
        """Return the document."""
        paths: dict[str, dict[str, Any]] = {}
        tags = []
        for resource in resources_here(self.registry, self.enabled):
            tags.append(
                {
                    "name": resource.name,
                    "description": self.translate(resource.description or resource.title),
                }
            )
            for operation in resource.operations:
                path = resource.path(operation).removeprefix(ROOT)
                at = paths.setdefault(path, {})
                at[operation.method.lower()] = self._operation(resource, operation)
        self.component("Problem", self._problem)
        return {
            "openapi": VERSION,
            "jsonSchemaDialect": js.DIALECT,
            "info": {
                "title": "Stadtkern",
                "version": stadtkern.__version__,
                "description": self.translate(
                    _(
                        "Reads and writes the site of a municipality. Every request carries an "
                        "access token; tokens are made in the back office. Errors are problem "
                        "details (RFC 9457)."
                    )
                ),
                "license": {"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
            },
            "servers": [{"url": ROOT}],
            "security": [{"token": []}],
            "tags": tags,
            "paths": paths,
            "components": {
                "securitySchemes": {
                    "token": {
                        "type": "http",
                        "scheme": "bearer",
                        "description": self.translate(
                            _("An access token, such as stadtkern_…; it has scopes and an end.")
                        ),
                    }
                },
                "responses": {
                    str(status): {
                        "description": self.translate(text),
                        "content": {
                            MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}
                        },
                    }
                    for status, text in PROBLEMS.items()
                },
                "schemas": dict(sorted(self._components.items())),
            },
        }

    def _operation(self, resource: ApiResource, operation: Operation) -> dict[str, Any]:
        made: dict[str, Any] = {
            "operationId": _operation_id(resource, operation),
            "tags": [resource.name],
            "summary": self.translate(operation.summary),
            "x-scope": resource.scope(operation),
            "parameters": self._parameters(operation),
            "responses": self._responses(operation),
        }
        if operation.description:
            made["description"] = self.translate(operation.description)
        if operation.body is not None:
            made["requestBody"] = {"required": True, "content": self._body(operation)}
        return made

    def _parameters(self, operation: Operation) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = [
            {
                "name": name,
                "in": "path",
                "required": True,
                "schema": {"type": "integer", "minimum": 1, "maximum": MAX_ID}
                if name in IDS
                else {"type": "string", "pattern": "^[a-z0-9_]{1,60}$"},
            }
            for name in operation.parameters
        ]
        if operation.query is not None:
            for node in operation.query().bind().children:
                schema = js.schema_of(node, self.translate)
                # Behind the question mark nothing is null: it is left out.
                kind = schema.get("type")
                schema["type"] = kind[0] if isinstance(kind, list) else kind
                if "enum" in schema:
                    schema["enum"] = [one for one in schema["enum"] if one]
                title = schema.pop("title", None)
                parameter = {"name": node.name, "in": "query", "required": js.is_required(node)}
                if title:
                    parameter["description"] = title
                found.append(parameter | {"schema": schema})
        if operation.if_match:
            found.append(
                {
                    "name": "If-Match",
                    "in": "header",
                    "required": True,
                    "description": self.translate(_("The ETag of the version that you have seen.")),
                    "schema": {"type": "string", "pattern": r'^"[!#-~]+"$'},
                }
            )
        return found

    def _body(self, operation: Operation) -> dict[str, Any]:
        body = operation.body
        if isinstance(body, type):
            return {"application/json": {"schema": self.of_schema(body)}}
        assert body is not None  # noqa: S101 - asked before
        return {
            media_type: {"schema": body.describe(self, media_type)}
            for media_type in body.media_types
        }

    def _responses(self, operation: Operation) -> dict[str, Any]:
        status = str(operation.status)
        good: dict[str, Any] = {"description": self.translate(operation.summary)}
        if operation.answer is not None:
            schema = self.of_schema(operation.answer, answer=True)
            if operation.paged:
                schema = self.component(
                    f"{_name_of(operation.answer)}Page", partial(self._page, schema)
                )
            good["content"] = {operation.answer_type: {"schema": schema}}
        elif operation.answer_type == "*/*":
            good["content"] = {"*/*": {"schema": {}}}
        headers: dict[str, Any] = {}
        if operation.tagged or operation.method == "GET":
            headers["ETag"] = {"schema": {"type": "string"}}
        if operation.status == 201:  # noqa: PLR2004 - created
            headers["Location"] = {"schema": {"type": "string", "format": "uri-reference"}}
        if headers:
            good["headers"] = headers
        statuses = {400, 401, 403, 405, 429, *operation.refusals}
        if operation.body is not None:
            statuses |= {413, 415, 422}
        found = {status: good} | {
            str(one): {"$ref": f"#/components/responses/{one}"} for one in sorted(statuses)
        }
        if operation.method == "GET":
            found["304"] = {"description": self.translate(_("You have this version already."))}
        return found

    def _page(self, inner: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "items": {"type": "array", "items": inner},
                "next": {
                    "type": ["string", "null"],
                    "description": self.translate(
                        _("Address of the next page; null on the last one.")
                    ),
                },
            },
            "required": ["items", "next"],
            "additionalProperties": False,
        }

    def _problem(self) -> dict[str, Any]:
        text = {"type": "string"}
        return {
            "type": "object",
            "description": self.translate(_("What is wrong, and what to do next (RFC 9457).")),
            "properties": {
                "type": text,
                "title": text,
                "status": {"type": "integer"},
                "detail": text,
                "instance": text,
                "errors": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"pointer": text, "detail": text},
                        "required": ["pointer", "detail"],
                    },
                },
            },
            "required": ["type", "title", "status"],
        }


def _name_of(schema: type[colander.Schema]) -> str:
    """Return a component's name; two plugins may call their classes alike."""
    package = schema.__module__.partition(".")[0]
    return schema.__name__ if package == "stadtkern" else f"{package}.{schema.__name__}"


def _operation_id(resource: ApiResource, operation: Operation) -> str:
    parts = [
        "by_" + part[1:-1].partition(":")[0] if part.startswith("{") else part
        for part in operation.path.split("/")
        if part
    ]
    return "_".join([operation.method.lower(), resource.name, *parts]).replace("-", "_")


def document_for(request: Request) -> dict[str, Any]:
    """Return the document in the request's language; made once for each choice of plugins."""
    enabled = frozenset(request.plugins.enabled)
    known: dict[Any, dict[str, Any]] = request.registry.setdefault("api_documents", {})
    key = (enabled, request.locale_name)
    if key not in known:
        if len(known) >= MAX_DOCUMENTS:
            known.clear()
        known[key] = Document(request.registry, enabled, request.locale_name).whole()
    return known[key]


MAX_DOCUMENTS = 64
"""Choices of plugins and languages that a process keeps."""
