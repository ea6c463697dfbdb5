"""Working copies as visitors would see them: by a link that expires, and in the back office."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from pyramid.view import render_view_to_response

from stadtkern.content import ContentType, Node, Resource
from stadtkern.content.previews import Drafted, find_link
from stadtkern.content.services import join
from stadtkern.content.slugs import slugify
from stadtkern.content.traversal import resource_for
from stadtkern.db import utcnow
from stadtkern.web.headers import CONTENT_SECURITY_POLICY

TOKEN = "{token:[A-Za-z0-9_-]{32}}"  # noqa: S105 - a route's pattern


FRAMED = CONTENT_SECURITY_POLICY.replace(
    "frame-ancestors 'none'", "frame-ancestors 'self'"
).replace("form-action 'self'", "form-action 'none'")
"""Of the page within a frame: only our own pages may show it, and its forms go nowhere."""
MODULES = re.compile(r"<script\b[^>]*\bsrc=[^>]*></script>\s*")


def drafted(request: Request, node: Node, draft: Any = None) -> Resource:
    """Return a node's resource with the contents of its working copy, or of ``draft``.

    ``draft``: contents that are stored nowhere, as ``content.unsaved`` returns them.
    """
    resource = resource_for(request, node)
    contents = request.content.working_copy(node) if draft is None else draft
    resource.node = Drafted(resource.node, contents)
    return resource


def drafted_new(request: Request, parent: Resource, kind: ContentType, draft: Any) -> Resource:
    """Return the resource of a node that is not stored yet, as it would stand below ``parent``.

    Its number is 0, which no node has: whatever is asked for it finds nothing.
    """
    slug = slugify(draft.title)
    now = utcnow()
    node = Node(
        id=0,
        tenant_id=request.tenant.id,
        parent_id=parent.node.id,
        path=join(parent.node.path, slug),
        slug=slug,
        type=kind.name,
        state="draft",
        language=parent.node.language,
        derived={},
        version=0,
        created_at=now,
        updated_at=now,
    )
    return kind.resource(Drafted(node, draft), parent, {})


def render_draft(
    request: Request,
    resource: Resource,
    *,
    until: datetime | None = None,
    left_out: Sequence[str] = (),
) -> Response:
    """Render a resource by its public view, whoever asks: the caller has checked that they may.

    Never cached, never indexed. ``until``: when the link ends, for the line on top of the page.
    ``left_out``: sentences on what the page does not show, translated; they stand there, too.
    Raises ``HTTPNotFound`` for types without a public page.
    """
    spoken_by = request.language.tag
    request.context = resource
    # The page speaks the node's language, whatever the address that shows it.
    request.__dict__.pop("localizer", None)
    request.__dict__["locale_name"] = resource.node.language
    request.environ["stadtkern.preview"] = {
        "until": until,
        "left_out": left_out,
        "spoken_by": spoken_by,
    }
    # Public views answer GET only: what was posted to get here (an unsaved drawing) is not theirs.
    method, request.method = request.method, "GET"
    try:
        response: Any = render_view_to_response(resource, request, secure=False)
    finally:
        request.method = method
    if response is None:
        raise HTTPNotFound
    # The view has said that its page may be cached: this one shows what is not public.
    request.__dict__.pop("page_cache_options", None)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def render_framed(
    request: Request, resource: Resource, *, left_out: Sequence[str] = ()
) -> Response:
    """Render a draft for a frame within our own pages, beside a form; see ``render_draft``."""
    response = render_draft(request, resource, left_out=left_out)
    # The frame runs no scripts: one that stands in it would only be complained about.
    response.text = MODULES.sub("", response.text)
    response.headers["Content-Security-Policy"] = FRAMED
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
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
