"""The audit: who did what to which object; ids and hashes, never values."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.api import cursors, queries, schemas
from stadtkern.api.asking import Asked
from stadtkern.api.operations import Operation
from stadtkern.api.representing import moments
from stadtkern.web.i18n import _


def listing(_context: Any, request: Request, asked: Asked) -> dict[str, Any]:
    """List entries, newest first."""
    size = asked.query["limit"] or cursors.SIZE
    after = cursors.unpack(request, asked.query)
    rows = queries.entries(
        request.db, asked.query, after=None if after is None else after[0], limit=size + 1
    )
    when = moments(request)
    return cursors.page(
        request,
        asked,
        rows,
        size,
        key=lambda row: [row.id],
        show=lambda row: {
            "id": row.id,
            "at": when(row.at),
            "actor": row.actor_id,
            "origin": row.origin,
            "deed": row.deed,
            "kind": row.kind,
            "subject": row.subject,
            "content": row.content,
        },
    )


def includeme(config: Configurator) -> None:
    """Register the resource."""
    config.add_api_resource(
        "audit",
        title=_("Audit"),
        description=_("Who did what to which object."),
        operations=(
            Operation(
                "GET",
                "",
                listing,
                _("List entries of the audit"),
                permission=Permission.AUDIT,
                query=schemas.AuditQuery,
                answer=schemas.AuditAnswer,
                paged=True,
            ),
        ),
        scopes={"audit:read": _("Read the audit")},
    )
