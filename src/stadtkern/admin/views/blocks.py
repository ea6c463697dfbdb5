"""What the editor's scripts ask for: a new block's fields."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.admin.editor import block_form
from stadtkern.admin.views.base import add_node_route, add_page
from stadtkern.content import Resource
from stadtkern.content.blocks import new_block


def block(context: Resource, request: Request) -> dict[str, Any]:
    """Return an empty block's part of the form, for a page here or below; stores nothing."""
    name = request.matchdict["type"]
    if name not in request.content.block_types:
        raise HTTPNotFound
    if not any(
        request.has_permission(permission, context)
        for permission in (Permission.EDIT, Permission.ADD)
    ):
        raise HTTPForbidden
    return {"block": block_form(request, new_block(name))}


def includeme(config: Configurator) -> None:
    """Register it; it only reads."""
    add_node_route(config, "admin.node.block", "/new-block/{type:[A-Za-z][A-Za-z0-9_]{0,58}}")
    add_page(config, block, "admin.node.block", "block", permission=Permission.OFFICE)
