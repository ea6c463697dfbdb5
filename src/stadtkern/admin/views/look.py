"""Live preview: a page as wide as a phone and as a screen on a desk, saved or while it is typed."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.admin import open_forms
from stadtkern.admin.views.base import add_node_route, add_page
from stadtkern.content import Resource
from stadtkern.site import drafted, drafted_new, render_framed
from stadtkern.web.headers import frame_own_pages


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
        "may_edit": request.has_permission(Permission.EDIT, context),
    }


def frame(context: Resource, request: Request) -> Response:
    """Show the working copy as visitors would see it; only within our own pages."""
    node = request.content.get(context.node.id)
    if node.type not in request.content.types:
        raise HTTPNotFound
    return render_framed(request, drafted(request, node))


def frame_typed(context: Resource, request: Request) -> Response:
    """Show the same with what this person has typed into the form and not saved yet.

    Nobody else's text is asked for, and nothing is stored. Where nothing was typed: as saved.
    """
    node = request.content.get(context.node.id)
    kind = request.content.types.get(node.type)
    if kind is None:
        raise HTTPNotFound
    typed = open_forms.unsaved(request, open_forms.place_of(context), kind, node)
    return render_framed(request, drafted(request, node, typed.draft), left_out=typed.left_out)


def frame_new(context: Resource, request: Request) -> Response:
    """Show a page that is not there yet, as this person has typed it into the form for it."""
    kind = request.content.types.get(request.matchdict["type"])
    own = request.content.types.get(context.node.type)
    if kind is None or own is None or not kind.addable or not own.accepts(kind):
        raise HTTPNotFound
    typed = open_forms.unsaved(request, open_forms.place_of(context, kind), kind, None)
    resource = drafted_new(request, context, kind, typed.draft)
    return render_framed(request, resource, left_out=typed.left_out)


def includeme(config: Configurator) -> None:
    """Register the page and what it frames; global views answer there, for any type."""
    add_node_route(config, "admin.node.look", "/look")
    add_page(config, look, "admin.node.look", "look", permission=Permission.VIEW_DRAFTS)
    for name, rest, view, permission in (
        ("admin.node.frame", "/frame", frame, Permission.VIEW_DRAFTS),
        ("admin.node.frame.typed", "/frame/typed", frame_typed, Permission.EDIT),
        (
            "admin.node.add.frame",
            "/add/{type:[a-z][a-z0-9_]{0,58}}/frame",
            frame_new,
            Permission.ADD,
        ),
    ):
        add_node_route(config, name, rest, use_global_views=True)
        config.add_view(view, route_name=name, request_method="GET", permission=permission)
