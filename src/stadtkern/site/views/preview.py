"""Working copies as visitors would see them: by a link that expires, and in the back office."""

from datetime import datetime
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import render_view_to_response

from stadtkern.content import Node, Resource
from stadtkern.content.previews import Drafted, find_link
from stadtkern.content.traversal import resource_for

TOKEN = "{token:[A-Za-z0-9_-]{32}}"  # noqa: S105 - a route's pattern


def drafted(request: Request, node: Node) -> Resource:
    """Return a node's resource with the contents of its working copy."""
    resource = resource_for(request, node)
    resource.node = Drafted(resource.node, request.content.working_copy(node))
    return resource


def render_draft(
    request: Request, resource: Resource, *, until: datetime | None = None
) -> Response:
    """Render a resource by its public view, whoever asks: the caller has checked that they may.

    Never cached, never indexed. ``until``: when the link ends, for the line on top of the page.
    Raises ``HTTPNotFound`` for types without a public page.
    """
    request.context = resource
    # The page speaks the node's language, whatever the address that shows it.
    request.__dict__.pop("localizer", None)
    request.__dict__["locale_name"] = resource.node.language
    request.environ["stadtkern.preview"] = {"until": until}
    response: Any = render_view_to_response(resource, request, secure=False)
    if response is None:
        raise HTTPNotFound
    # The view has said that its page may be cached: this one shows what is not public.
    request.__dict__.pop("page_cache_options", None)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def preview(request: Request) -> Response:
    """Show what a shared link leads to, until it expires."""
    request.limit("preview", "60/minute", request.network)
    found = find_link(request.db, request.matchdict["token"])
    if found is None or found[1].type not in request.content.types:
        raise HTTPNotFound
    link, node = found
    return render_draft(request, drafted(request, node), until=link.expires_at)


def includeme(config: Configurator) -> None:
    """Register the page; global views answer on its route, so that any type can be shown."""
    config.add_route("preview", f"/preview/{TOKEN}", use_global_views=True)
    config.add_view(preview, route_name="preview", request_method="GET")
