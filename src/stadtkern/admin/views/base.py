"""What views of the back office share."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.content import ContentRefused, Resource
from stadtkern.content.traversal import resource_by_id
from stadtkern.db import MAX_ID
from stadtkern.forms import Form

TEMPLATES = "stadtkern.admin:templates"


def add_page(config: Configurator, view: Any, route: str, template: str, **kw: Any) -> None:
    """Register a page of the back office: with session, GET unless said otherwise."""
    kw.setdefault("request_method", "GET")
    config.add_view(
        view,
        route_name=route,
        renderer=f"{TEMPLATES}/{template}.jinja2",
        uses_session=True,
        **kw,
    )


def add_deed(config: Configurator, view: Any, route: str, **kw: Any) -> None:
    """Register what only happens by POST and leads back to a page."""
    config.add_view(view, route_name=route, request_method="POST", uses_session=True, **kw)


def node_factory(request: Request) -> Resource:
    """Return the node of ``{id}`` in its place, as the context that permissions ask."""
    number = int(request.matchdict["id"])
    if number > MAX_ID:
        raise HTTPNotFound
    found = resource_by_id(request, number)
    if found is None:
        raise HTTPNotFound
    return found


def add_node_route(config: Configurator, name: str, rest: str = "", **kw: Any) -> None:
    """Add a route whose context is a node."""
    pattern = f"/admin/nodes/{{id:[0-9]{{1,10}}}}{rest}"
    config.add_route(name, pattern, factory=node_factory, **kw)


def back(
    request: Request, route: str, message: str = "", kind: str = "success", **kw: Any
) -> Response:
    """Lead to a page, with a message for it."""
    if message:
        request.session.flash([kind, request.translate(message)], "notice")
    return HTTPFound(location=request.route_path(route, **kw))


def refused(request: Request, form: Form, error: ContentRefused) -> Any:
    """Answer 422 with the form: show what was refused at its field, if the form has that.

    Returns the sentence for the top of the page where no field takes it, else None.
    """
    request.response.status_int = 422
    if error.field is not None and error.field in form.deform:
        form.fail(error.field, error.args[0])
        return None
    return error.args[0]
