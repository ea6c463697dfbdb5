"""The page that plays a film of somebody else: its frame exists here alone, after a click."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from sqlalchemy import select

from stadtkern.accounts import Permission
from stadtkern.content import Node, queries, resource_for
from stadtkern.db import MAX_ID
from stadtkern.web.headers import CONTENT_SECURITY_POLICY

_FIND = select(*queries.LIGHT)


def film(request: Request) -> dict[str, Any]:
    """Play the film of a stored block; only addresses that an editor has stored are framed."""
    number = int(request.matchdict["node_id"])
    if number > MAX_ID:
        raise HTTPNotFound
    row = request.db.execute(_FIND.where(Node.id == number, Node.deleted_at.is_(None))).first()
    if row is None:
        raise HTTPNotFound
    resource = resource_for(request, row)
    if not request.has_permission(Permission.VIEW, resource):
        raise HTTPNotFound
    data: dict[str, Any] = next(
        (
            block.get("data", {})
            for block in resource.blocks
            if block.get("type") == "video" and block.get("id") == request.matchdict["block_id"]
        ),
        {},
    )
    found = request.external_video(str(data.get("address", "")))
    if found is None:
        raise HTTPNotFound
    request.response.headers["Content-Security-Policy"] = (
        f"{CONTENT_SECURITY_POLICY}; frame-src {found.origin}"
    )
    # The page is nobody's search result: the one with the block is.
    request.response.headers["X-Robots-Tag"] = "noindex"
    return {"film": found, "title": str(data.get("title", "")), "page": resource}


def includeme(config: Configurator) -> None:
    """Serve it below ``/media``, which no page of the town can be named."""
    config.add_route("media.film", "/media/{node_id:[0-9]{1,10}}/film/{block_id:[0-9a-f]{4,16}}")
    config.add_view(
        film,
        route_name="media.film",
        renderer="stadtkern.site:templates/film.jinja2",
        request_method="GET",
    )
