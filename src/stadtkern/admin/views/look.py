"""Live preview: the working copy as wide as a phone and as a screen on a desk."""

import re
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.admin.views.base import add_node_route, add_page
from stadtkern.content import Resource
from stadtkern.site import drafted, render_draft
from stadtkern.web.headers import CONTENT_SECURITY_POLICY, frame_own_pages

FRAMED = CONTENT_SECURITY_POLICY.replace(
    "frame-ancestors 'none'", "frame-ancestors 'self'"
).replace("form-action 'self'", "form-action 'none'")
"""Of the page within the frame: only our own pages may show it, and its forms go nowhere."""
MODULES = re.compile(r"<script\b[^>]*\bsrc=[^>]*></script>\s*")


def look(context: Resource, request: Request) -> dict[str, Any]:
    """Show the frames."""
    if context.node.type not in request.content.types:
        raise HTTPNotFound
    frame_own_pages(request.response)
    width = request.GET.get("width")
    node = request.content.get(context.node.id)
    return {
        "width": width if width in {"phone", "desktop"} else "both",
        "node": node,
        "copy": request.content.working_copy(node),
    }


def frame(context: Resource, request: Request) -> Response:
    """Show the working copy as visitors would see it; only within our own pages."""
    node = request.content.get(context.node.id)
    if node.type not in request.content.types:
        raise HTTPNotFound
    response = render_draft(request, drafted(request, node))
    # The frame runs no scripts: one that stands in it would only be complained about.
    response.text = MODULES.sub("", response.text)
    response.headers["Content-Security-Policy"] = FRAMED
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def includeme(config: Configurator) -> None:
    """Register the page and what it frames; global views answer there, for any type."""
    add_node_route(config, "admin.node.look", "/look")
    add_node_route(config, "admin.node.frame", "/frame", use_global_views=True)
    add_page(config, look, "admin.node.look", "look", permission=Permission.VIEW_DRAFTS)
    config.add_view(
        frame,
        route_name="admin.node.frame",
        request_method="GET",
        permission=Permission.VIEW_DRAFTS,
    )
