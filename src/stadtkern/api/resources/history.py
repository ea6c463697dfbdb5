"""A node's versions."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.api import cursors, queries, schemas
from stadtkern.api.asking import Asked
from stadtkern.api.operations import Operation
from stadtkern.api.representing import blocks_json, fields_json, moments
from stadtkern.api.resources.finding import node_context, number_in
from stadtkern.api.resources.writing import CHANGED, ONE, shown
from stadtkern.content import ContentRefused, Resource
from stadtkern.web.i18n import _


def _summary(request: Request, row: Any) -> dict[str, Any]:
    return {
        "number": row.number,
        "kind": row.kind,
        "title": row.title,
        "note": row.note,
        "restored": row.restored,
        "account": row.account_id,
        "created_at": moments(request)(row.created_at),
    }


def listing(context: Resource, request: Request, asked: Asked) -> dict[str, Any]:
    """List the versions of a node, newest first."""
    size = asked.query["limit"] or cursors.SIZE
    after = cursors.unpack(request, asked.query)
    rows = queries.revisions(
        request.db, context.node.id, after=None if after is None else after[0], limit=size + 1
    )
    return cursors.page(
        request,
        asked,
        rows,
        size,
        key=lambda row: [row.number],
        show=lambda row: _summary(request, row),
    )


def _revision(request: Request, node_id: int) -> Any:
    try:
        return request.content.revision(node_id, number_in(request, "number"))
    except ContentRefused as error:
        raise HTTPNotFound from error


def get(context: Resource, request: Request, _asked: Asked) -> dict[str, Any]:
    """Return a version with its contents."""
    found = _revision(request, context.node.id)
    kind = request.content.kind(context.node.type)
    return _summary(request, found) | {
        "summary": found.summary,
        "in_nav": found.in_nav,
        "fields": fields_json(request, kind, found),
        "blocks": blocks_json(request, found),
    }


def restore(context: Resource, request: Request, asked: Asked) -> dict[str, Any]:
    """Bring a version back as the newest one."""
    content = request.content
    node = content.get(context.node.id)
    asked.expect(node.version)
    number = _revision(request, node.id).number
    return shown(request, asked, content.restore(node.id, number, version=node.version))


SEEN: dict[str, Any] = {
    "permission": Permission.VIEW_DRAFTS,
    "context": node_context,
    "refusals": (404,),
}

OPERATIONS = (
    Operation(
        "GET",
        "/{id}/revisions",
        listing,
        _("List the versions of a node"),
        query=schemas.Paged,
        answer=schemas.RevisionSummary,
        paged=True,
        **SEEN,
    ),
    Operation(
        "GET",
        "/{id}/revisions/{number}",
        get,
        _("Read a version"),
        answer=schemas.RevisionAnswer,
        **SEEN,
    ),
    Operation(
        "POST",
        "/{id}/revisions/{number}/restore",
        restore,
        _("Bring a version back"),
        permission=Permission.EDIT,
        description=_("A published page gets it as its working copy."),
        if_match=True,
        refusals=CHANGED,
        **ONE,
    ),
)
