"""The trash: what was deleted, until it is restored or its time is over."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.api import cursors, queries, schemas
from stadtkern.api.asking import Asked
from stadtkern.api.operations import Operation
from stadtkern.api.representing import moments
from stadtkern.api.resources.finding import number_in
from stadtkern.api.resources.writing import CHANGED, place_of, shown
from stadtkern.content import ContentRefused, Node
from stadtkern.content.rights import check_return, may_deal_with_trashed
from stadtkern.web.i18n import _


def _shown(request: Request, row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "type": row.type,
        "path": row.path,
        "title": row.title,
        "parent": row.parent_id,
        "version": row.version,
        "deleted_at": moments(request)(row.deleted_at),
    }


def listing(_context: Any, request: Request, asked: Asked) -> dict[str, Any]:
    """List deletions, newest nodes first; what went along with a page above it is not listed."""
    size = asked.query["limit"] or cursors.SIZE
    after = cursors.unpack(request, asked.query)
    everything = Permission.DELETE in request.permissions
    rows = queries.trashed(
        request.db,
        deleted_by=None if everything else request.identity.account_id,
        after=None if after is None else after[0],
        limit=size + 1,
    )
    return cursors.page(
        request, asked, rows, size, key=lambda row: [row.id], show=lambda row: _shown(request, row)
    )


def _trashed(request: Request, *, lock: bool = False) -> Node:
    try:
        node: Node = request.content.trashed_node(number_in(request), lock=lock)
    except ContentRefused as error:
        raise HTTPNotFound from error
    if not may_deal_with_trashed(request, node):
        # Whether it lies there is nobody else's business.
        raise HTTPNotFound
    return node


def get(_context: Any, request: Request, asked: Asked) -> dict[str, Any]:
    """Return what lies in the trash under an id."""
    node = _trashed(request)
    asked.version = node.version
    return _shown(request, node)


def restore(_context: Any, request: Request, asked: Asked) -> dict[str, Any]:
    """Bring a node back with all that went with it."""
    content, body = request.content, asked.body
    node = _trashed(request, lock=True)
    asked.expect(node.version)
    chosen = body["parent"]
    if chosen is not None:
        target: Node | None = place_of(request, chosen)
    else:
        target = request.db.get(Node, node.parent_id) if node.parent_id else None
        target = target if target is not None and target.deleted_at is None else None
    check_return(request, node, target)
    if node.type not in content.types:
        raise HTTPForbidden
    back = content.restore_trashed(
        node.id,
        parent_id=chosen if chosen is not None else None,
        slug=body["slug"] or None,
    )
    return shown(request, asked, back)


OPERATIONS = (
    Operation(
        "GET",
        "",
        listing,
        _("List what lies in the trash"),
        permission=Permission.OFFICE,
        query=schemas.Paged,
        answer=schemas.Trashed,
        scope="nodes:read",
        paged=True,
    ),
    Operation(
        "GET",
        "/{id}",
        get,
        _("Read what lies in the trash"),
        permission=Permission.OFFICE,
        answer=schemas.Trashed,
        scope="nodes:read",
        tagged=True,
        refusals=(404,),
    ),
    Operation(
        "POST",
        "/{id}/restore",
        restore,
        _("Restore a node"),
        permission=Permission.OFFICE,
        description=_("Deleting for good is done in the back office only."),
        body=schemas.RestoreBody,
        answer=schemas.NodeAnswer,
        scope="nodes:write",
        tagged=True,
        if_match=True,
        refusals=CHANGED,
    ),
)


def includeme(config: Configurator) -> None:
    """Register the resource."""
    config.add_api_resource(
        "trash",
        title=_("Trash"),
        description=_("What was deleted waits there until it is restored or its time is over."),
        operations=OPERATIONS,
        shares=True,
    )
