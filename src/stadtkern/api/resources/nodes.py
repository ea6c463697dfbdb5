"""Nodes: the content tree."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.api import cursors, queries, schemas
from stadtkern.api.asking import Asked
from stadtkern.api.operations import Operation
from stadtkern.api.representing import summaries, whole
from stadtkern.api.resources import history, writing
from stadtkern.api.resources.finding import node_context
from stadtkern.content import Resource, scope
from stadtkern.web.i18n import _


def listing(_context: Any, request: Request, asked: Asked) -> dict[str, Any]:
    """List the nodes that the token may see."""
    query = asked.query
    size = query["limit"] or cursors.SIZE
    order = query["sort"] or "id"
    rows = queries.nodes(
        request.db,
        types=list(request.content.types),
        seen=scope.office_view(request),
        wanted=query,
        order=order,
        after=cursors.unpack(request, query),
        limit=size + 1,
    )
    return cursors.page(
        request, asked, rows, size, key=queries.sort_key(order), show=summaries(request)
    )


def get(context: Resource, request: Request, asked: Asked) -> dict[str, Any]:
    """Return a node with what visitors see, or with its working copy."""
    node = request.content.get(context.node.id)
    asked.version = node.version
    if asked.query["copy"] != "working":
        return whole(request, node, node)
    if not request.has_permission(Permission.VIEW_DRAFTS, context):
        raise HTTPForbidden
    return whole(request, node, request.content.working_copy(node))


OPERATIONS = (
    Operation(
        "GET",
        "",
        listing,
        _("List nodes"),
        permission=Permission.OFFICE,
        query=schemas.NodesQuery,
        answer=schemas.NodeSummary,
        paged=True,
    ),
    Operation(
        "GET",
        "/{id}",
        get,
        _("Read a node"),
        permission=Permission.VIEW,
        query=schemas.CopyQuery,
        answer=schemas.NodeAnswer,
        context=node_context,
        tagged=True,
        refusals=(404,),
    ),
)


def includeme(config: Configurator) -> None:
    """Register the resource."""
    config.add_api_resource(
        "nodes",
        title=_("Nodes"),
        description=_("The pages of the site and all else that its tree holds."),
        operations=(*OPERATIONS, *writing.OPERATIONS, *history.OPERATIONS),
        scopes={
            "nodes:read": _("Read pages, drafts as far as the roles go"),
            "nodes:write": _("Add, change, move and delete pages"),
            "nodes:publish": _("Publish pages and take them off the site"),
        },
    )
