"""Nodes: the content tree."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.request import Request
from sqlalchemy import select

from stadtkern.accounts import Permission
from stadtkern.api import cursors, queries, schemas
from stadtkern.api.asking import Asked
from stadtkern.api.jsonschema import MAX_ID
from stadtkern.api.operations import Operation
from stadtkern.api.representing import summaries, whole
from stadtkern.content import Node, Resource, resource_for, scope
from stadtkern.content.queries import LIGHT
from stadtkern.web.i18n import _


def number_in(request: Request, name: str = "id") -> int:
    """Return an id of the address; 404 for what can be none."""
    text = request.matchdict[name]
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) <= MAX_ID):  # noqa: PLR2004
        raise HTTPNotFound
    return int(text)


def node_context(request: Request) -> Resource:
    """Return the node of ``{id}`` in its place; 404 for other towns' and unknown types'."""
    row = request.db.execute(
        select(*LIGHT).where(Node.id == number_in(request), Node.deleted_at.is_(None))
    ).first()
    if row is None or row.type not in request.content.types:
        raise HTTPNotFound
    return resource_for(request, row)


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
        operations=OPERATIONS,
        scopes={"nodes:read": _("Read pages, drafts as far as the roles go")},
    )
