"""Links that show a working copy to people without a login."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.admin.views.base import add_deed, add_node_route, add_page, back
from stadtkern.content import Resource
from stadtkern.content.previews import end_links, links, make_link
from stadtkern.web.i18n import _


def preview_links(context: Resource, request: Request) -> dict[str, Any]:
    """Show the link that was just made, and how many work."""
    return {
        "rows": links(request.db, context.node.id),
        "fresh": request.session.pop("preview_link", None),
        "days": request.content.settings["preview_days"],
    }


def make(context: Resource, request: Request) -> Response:
    """Make a link, or end all of them."""
    if request.POST.get("end"):
        count = end_links(request.db, context.node.id)
        message = _("${n} links ended.", mapping={"n": count})
        return back(request, "admin.node.links", message, id=context.node.id)
    node = request.content.get(context.node.id)
    token = make_link(
        request.db,
        node,
        days=int(request.content.settings["preview_days"]),
        account_id=request.identity.account_id,
    )
    # Shown once: only its hash is kept.
    request.session["preview_link"] = request.route_url("preview", token=token)
    return back(request, "admin.node.links", id=node.id)


def includeme(config: Configurator) -> None:
    """Register the page."""
    add_node_route(config, "admin.node.links", "/preview-links")
    add_page(config, preview_links, "admin.node.links", "preview_links", permission=Permission.EDIT)
    add_deed(config, make, "admin.node.links", permission=Permission.EDIT)
