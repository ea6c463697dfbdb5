"""The versions of a page: list, compare, bring back."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select

from stadtkern.accounts import Permission
from stadtkern.accounts.models import Account
from stadtkern.admin.comparing import compared
from stadtkern.admin.views.base import add_deed, add_node_route, add_page, back
from stadtkern.content import ContentRefused, Resource
from stadtkern.db import whole_number
from stadtkern.site import page_number
from stadtkern.web.i18n import _

PAGE = 30


def names(request: Request, ids: set[int | None]) -> dict[int | None, str]:
    """Return account names by id; one query."""
    wanted = [number for number in ids if number is not None]
    if not wanted:
        return {}
    rows = request.db.execute(select(Account.id, Account.name).where(Account.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def revisions(context: Resource, request: Request) -> dict[str, Any]:
    """List a page's versions, newest first."""
    node = request.content.get(context.node.id)
    number = page_number(request)
    rows = request.content.revisions(node.id, limit=PAGE, offset=(number - 1) * PAGE)
    return {
        "node": node,
        "copy": request.content.working_copy(node),
        "rows": rows,
        "names": names(request, {row.account_id for row in rows}),
        "page": number,
        "pages": max(1, -(-node.revision // PAGE)),
    }


def compare(context: Resource, request: Request) -> Any:
    """Show two versions side by side: by block, within a text by word."""
    node = request.content.get(context.node.id)
    new = whole_number(request.GET.get("new")) or node.revision
    old = whole_number(request.GET.get("old")) or max(new - 1, 1)
    if old > new:
        old, new = new, old
    try:
        before, after = (request.content.revision(node.id, number) for number in (old, new))
    except ContentRefused as error:
        return back(request, "admin.node.revisions", error.args[0], "error", id=node.id)
    return {
        "node": node,
        "before": before,
        "after": after,
        "names": names(request, {before.account_id, after.account_id}),
        "changes": compared(request, node.type, before, after),
    }


def restore(context: Resource, request: Request) -> Response:
    """Bring a version back as the newest one."""
    number = whole_number(request.POST.get("number")) or 0
    try:
        node = request.content.restore(
            context.node.id, number, version=whole_number(request.POST.get("version"))
        )
    except ContentRefused as error:
        return back(request, "admin.node.revisions", error.args[0], "error", id=context.node.id)
    message = (
        _(
            "Version ${n} is your working copy now. Visitors see it when it is published.",
            mapping={"n": number},
        )
        if node.draft_revision is not None
        else _("Version ${n} is back.", mapping={"n": number})
    )
    return back(request, "admin.node", message, id=node.id)


def includeme(config: Configurator) -> None:
    """Register the pages."""
    for name in ("revisions", "compare", "restore"):
        add_node_route(config, f"admin.node.{name}", f"/{name}")
    seen = {"permission": Permission.VIEW_DRAFTS}
    add_page(config, revisions, "admin.node.revisions", "revisions", **seen)
    add_page(config, compare, "admin.node.compare", "compare", **seen)
    add_deed(config, restore, "admin.node.restore", permission=Permission.EDIT)
