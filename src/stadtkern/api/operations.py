"""Operations of the API, and the directive by which rooms and plugins add theirs."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import colander
from pyramid.config import Configurator
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.api.asking import Asked, factory_of
from stadtkern.plugins import owner_of

ROOT = "/api/v1"
NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
PARAMETER = re.compile(r"\{([a-z_]+)(?::[^}]*)?\}")
SAFE = ("GET",)
JSON = "application/json"
MERGE = "application/merge-patch+json"

Handler = Callable[[Any, Request, Asked], Any]


class Describes(Protocol):
    """What knows the schemas of a document that is being made (``stadtkern.api.document``)."""

    registry: Registry
    enabled: frozenset[str]

    def translate(self, message: str) -> str:
        """Return a message in the document's language."""

    def component(self, name: str, make: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        """Return a reference to a schema of the document, made when it is first asked for."""

    def of_schema(self, schema: type[colander.Schema], *, answer: bool = False) -> dict[str, Any]:
        """Return the JSON Schema of a colander class, as a reference."""


class Body(Protocol):
    """A body that one colander schema does not describe."""

    media_types: tuple[str, ...]

    def describe(self, document: Describes, media_type: str) -> dict[str, Any]:
        """Return its JSON Schema."""

    def read(self, context: Any, request: Request) -> Any:
        """Return what the handler gets; raises a ``Problem``."""


@dataclass(frozen=True)
class Operation:
    """One thing that can be done with a resource.

    ``path``: below the resource's, e.g. ``"/{id}"``. ``handler(context, request, asked)`` returns
    plain JSON values (or a response); what it raises as ``Problem`` is told. ``query``, ``body``,
    ``answer``: colander schemas (``body`` may be a ``Body``); None: nothing. ``permission`` is
    asked on the context, which ``context(request)`` finds. ``scope``: of the token; without one
    ``<resource>:read`` or ``<resource>:write``. ``if_match``: whether the client must name the
    version that it has seen (428 without). ``paged``: the answer is a page of ``answer``.
    ``tagged``: the answer has an ETag. ``refusals``: statuses that the operation may answer with,
    beyond those that all do.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    permission: str
    description: str = ""
    query: type[colander.Schema] | None = None
    body: type[colander.Schema] | Body | None = None
    answer: type[colander.Schema] | None = None
    answer_type: str = JSON
    scope: str | None = None
    context: Callable[[Request], Any] | None = None
    if_match: bool = False
    paged: bool = False
    tagged: bool = False
    status: int = 200
    refusals: tuple[int, ...] = ()

    @property
    def parameters(self) -> list[str]:
        """Return the names in its path."""
        return PARAMETER.findall(self.path)


@dataclass(frozen=True)
class ApiResource:
    """A resource with its operations."""

    name: str
    title: str
    description: str
    operations: tuple[Operation, ...]
    owner: str | None
    scopes: Mapping[str, str] = field(default_factory=dict)

    def path(self, operation: Operation) -> str:
        """Return an operation's address, as Pyramid's patterns are written."""
        return f"{ROOT}/{self.name}{operation.path}"

    def route(self, operation: Operation) -> str:
        """Return the name of an operation's route: one a path."""
        plain = PARAMETER.sub(lambda match: match[1], operation.path).strip("/")
        return ".".join(["api", self.name, *(part for part in plain.split("/") if part)])

    def scope(self, operation: Operation) -> str:
        """Return the scope that a token needs."""
        if operation.scope is not None:
            return operation.scope
        return f"{self.name}:{'read' if operation.method in SAFE else 'write'}"


def add_api_resource(
    config: Configurator,
    name: str,
    *,
    title: str,
    operations: Sequence[Operation],
    description: str = "",
    scopes: Mapping[str, str] | None = None,
    shares: bool = False,
) -> None:
    """Add a resource below ``/api/v1/<name>``: its routes, its views, its part of the document.

    ``scopes``: scope → title, for those that tokens can be limited to; without, one for reading
    and, if anything is written, one for writing. ``shares``: its scopes are another resource's.
    """
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r}: use lower-case letters, digits and single hyphens")
    resource = ApiResource(
        name, title, description, tuple(operations), owner_of(config), scopes or {}
    )

    def register() -> None:
        config.registry["api_resources"][name] = resource

    intr = config.introspectable("api resources", name, str(title), "api resource")
    intr["name"] = name
    intr["paths"] = sorted({resource.path(one) for one in resource.operations})
    config.action(("api resource", name), register, introspectables=(intr,))
    for scope, scope_title in () if shares else _scopes(resource).items():
        config.add_token_scope(scope, title=scope_title)
    routes: dict[str, list[Operation]] = {}
    for operation in resource.operations:
        routes.setdefault(resource.route(operation), []).append(operation)
    for route, found in routes.items():
        methods = {operation.method: operation for operation in found}
        config.add_route(route, resource.path(found[0]), factory=factory_of(resource, methods))
        for operation in found:
            config.add_view(
                view_of(operation),
                route_name=route,
                request_method=operation.method,
                permission=operation.permission,
                machine=True,
            )


def _scopes(resource: ApiResource) -> dict[str, str]:
    if resource.scopes:
        return dict(resource.scopes)
    return dict.fromkeys(
        sorted({resource.scope(operation) for operation in resource.operations}), resource.title
    )


def view_of(operation: Operation) -> Callable[[Any, Request], Response]:
    """Return the Pyramid view of an operation: reads what was asked, answers what was found."""

    def view(context: Any, request: Request) -> Response:
        asked = Asked(context, request, operation)
        found = operation.handler(context, request, asked)
        return asked.answered(found)

    view.__doc__ = str(operation.summary)
    return view


def directives(config: Configurator) -> None:
    """Offer ``add_api_resource``."""
    config.registry["api_resources"] = {}
    config.add_directive("add_api_resource", add_api_resource)


def resources_here(registry: Registry, enabled: frozenset[str]) -> list[ApiResource]:
    """Return the resources that a tenant with these plugins has, by name."""
    return [
        resource
        for _name, resource in sorted(registry["api_resources"].items())
        if resource.owner is None or resource.owner in enabled
    ]
