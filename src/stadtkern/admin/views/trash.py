"""The trash: what was deleted, until it is restored or its time is over."""

from datetime import timedelta
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import func, select

from stadtkern.accounts import Permission
from stadtkern.admin.views.base import add_deed, add_page, back, refused
from stadtkern.admin.views.revisions import names
from stadtkern.content import ContentRefused, Node, queries
from stadtkern.content.rights import check_return, may_deal_with_trashed
from stadtkern.db import MAX_ID
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.site import page_number
from stadtkern.web.i18n import _

PAGE = 50


class RestoreSchema(colander.MappingSchema):
    """Where to, when the old place is gone or taken."""

    parent = f.line(
        _("Below the page"), maximum=900, description=_("For example /rathaus-service.")
    )
    slug = f.line(
        _("Last part of the address"),
        maximum=80,
        description=_("Lower-case letters, digits and hyphens."),
    )


def trash(request: Request) -> dict[str, Any]:
    """List deletions, newest first; a page that went along with another is not listed."""
    number = page_number(request)
    everything = Permission.DELETE in request.permissions
    taken = (
        select(Node.deleted_with, func.count().label("n"))
        .where(Node.deleted_with.is_not(None), Node.deleted_at.is_not(None))
        .group_by(Node.deleted_with)
        .subquery()
    )
    statement = (
        select(
            *queries.LIGHT,
            Node.deleted_at,
            Node.deleted_by,
            taken.c.n,
            func.count().over().label("total"),
        )
        .join(taken, taken.c.deleted_with == Node.id)
        .where(Node.deleted_at.is_not(None), Node.deleted_with == Node.id)
    )
    if not everything:
        statement = statement.where(Node.deleted_by == request.identity.account_id)
    rows = request.db.execute(
        statement.order_by(Node.deleted_at.desc(), Node.id.desc())
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    ).all()
    days = request.content.trash_days
    return {
        "rows": rows,
        "names": names(request, {row.deleted_by for row in rows}),
        "types": request.content.types,
        "keeps": timedelta(days=days),
        "days": days,
        "page": number,
        "pages": max(1, -(-(rows[0].total if rows else 0) // PAGE)),
    }


def _trashed(request: Request) -> Node:
    """Return what ``{id}`` names, if this person may deal with it."""
    number = int(request.matchdict["id"])
    if number > MAX_ID:
        raise HTTPNotFound
    try:
        node: Node = request.content.trashed_node(number)
    except ContentRefused as error:
        raise HTTPNotFound from error
    if not may_deal_with_trashed(request, node):
        raise HTTPForbidden
    return node


def restore(request: Request) -> Any:
    """Bring a page back; where its old place is gone or taken, ask for another one."""
    node = _trashed(request)
    parent = request.db.execute(
        select(Node.path).where(Node.id == node.parent_id, Node.deleted_at.is_(None))
    ).scalar()
    form = Form(request, RestoreSchema(), {"parent": parent or "", "slug": node.slug})
    page = {"node": node, "form": form, "problem": None}
    if request.method == "GET":
        return page
    chosen = "parent" in request.POST
    try:
        values = form.validate(read_controls(request)) if chosen else {}
        if chosen:
            target = request.content.by_path("/" + values["parent"].strip("/"))
            if target is None:
                raise ContentRefused(_("There is no page at this address."), "parent")  # noqa: TRY301
        else:
            target = None if parent is None else request.content.by_path(parent)
        check_return(request, node, target)
        back_again = request.content.restore_trashed(
            node.id,
            parent_id=target.id if chosen and target is not None else None,
            slug=values.get("slug", "").lower() or None,
        )
    except Failure:
        request.response.status_int = 422
        return page
    except ContentRefused as error:
        page["problem"] = refused(request, form, error)
        return page
    message = _("Restored: it stands at ${path} again.", mapping={"path": back_again.path})
    return back(request, "admin.node", message, id=back_again.id)


def purge(request: Request) -> Response:
    """Delete for good what lies in the trash."""
    node = _trashed(request)
    if not request.POST.get("sure"):
        return back(
            request,
            "admin.trash",
            _(
                "Please tick that you want to delete “${title}” for good.",
                mapping={"title": node.title},
            ),
            "error",
        )
    title = node.title
    try:
        request.content.purge(node.id)
    except ContentRefused as error:
        return back(request, "admin.trash", error.args[0], "error")
    return back(request, "admin.trash", _("“${title}” is gone.", mapping={"title": title}))


def includeme(config: Configurator) -> None:
    """Register the pages."""
    config.add_route("admin.trash", "/admin/trash")
    config.add_route("admin.trash.restore", "/admin/trash/{id:[0-9]{1,10}}/restore")
    config.add_route("admin.trash.purge", "/admin/trash/{id:[0-9]{1,10}}/purge")
    office = {"permission": Permission.OFFICE}
    add_page(config, trash, "admin.trash", "trash", **office)
    add_page(
        config,
        restore,
        "admin.trash.restore",
        "restore",
        request_method=("GET", "POST"),
        **office,
    )
    add_deed(config, purge, "admin.trash.purge", permission=Permission.DELETE)
    config.add_admin_item("trash", title=_("Trash"), route="admin.trash", order=60)
