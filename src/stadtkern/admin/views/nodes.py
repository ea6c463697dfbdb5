"""The tree: looking around, publishing, renaming, moving, ordering, deleting."""

from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import func, select

from stadtkern.accounts import Permission
from stadtkern.admin.notices import Undo, tell
from stadtkern.admin.views.base import add_deed, add_node_route, add_page, back, refused
from stadtkern.admin.views.revisions import names
from stadtkern.admin.views.workflow import steps_for
from stadtkern.content import ContentRefused, ContentType, Resource, queries
from stadtkern.content.judging import judge
from stadtkern.content.models import Node
from stadtkern.content.rights import check_target, may_delete_others
from stadtkern.content.types import PAGES
from stadtkern.db import whole_number
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.site import page_number
from stadtkern.web.i18n import _

PAGE = 50


def node(context: Resource, request: Request) -> dict[str, Any]:
    """Show a node with what stands below it, and what can be done."""
    number = page_number(request)
    rows = request.db.execute(
        select(*queries.LIGHT, func.count().over().label("total"))
        .where(Node.parent_id == context.node.id, Node.deleted_at.is_(None))
        .order_by(Node.position, Node.id)
        .limit(PAGE)
        .offset((number - 1) * PAGE)
    ).all()
    if not rows and number > 1:
        raise HTTPNotFound
    types = request.content.types
    own = types.get(context.node.type)
    stored = request.content.get(context.node.id)
    comments = request.content.comments(stored.id, limit=5)
    copy = request.content.working_copy(stored)
    return {
        "stored": stored,
        "copy": copy,
        "findings": judge(request.content, stored, copy) if stored.type in types else None,
        "steps": steps_for(request, context, stored),
        "comments": comments,
        "names": names(request, {row.account_id for row in comments}),
        "rows": rows,
        "types": types,
        "page": number,
        "pages": max(1, -(-(rows[0].total if rows else 0) // PAGE)),
        "addable": _groups(
            request,
            [
                kind
                for kind in types.values()
                if own is not None and kind.addable and own.accepts(kind)
            ],
        ),
    }


def _groups(request: Request, kinds: list[ContentType]) -> dict[str, list[ContentType]]:
    """Return kinds by the title under which they are offered, in the order of registration."""
    plugins = request.registry["plugins"]
    found: dict[str, list[ContentType]] = {}
    for kind in kinds:
        owner = plugins[kind.owner].plugin if kind.owner in plugins else None
        title = kind.group or (owner.title if owner is not None else PAGES)
        found.setdefault(title, []).append(kind)
    return found


def order(context: Resource, request: Request) -> Response:
    """Move a node up or down among its siblings."""
    step = -1 if request.POST.get("step") == "up" else 1
    try:
        request.content.reorder(context.node.id, step)
    except ContentRefused as error:
        return back(request, "admin.node", error.args[0], "error", id=context.node.id)
    parent = context.node.parent_id
    if parent is None:
        return back(request, "admin.tree")
    return back(request, "admin.node", id=parent, _anchor=f"node-{context.node.id}")


class RenameSchema(colander.MappingSchema):
    """The last part of the address."""

    slug = f.line(
        _("Last part of the address"),
        maximum=80,
        description=_("Lower-case letters, digits and hyphens. The old address will redirect."),
    )


class MoveSchema(colander.MappingSchema):
    """Where to."""

    parent = f.line(
        _("Address of the new place"),
        maximum=900,
        description=_("For example /rathaus-service. The old address will redirect."),
    )


def rename(context: Resource, request: Request) -> Any:
    """Give a node another address."""
    form = Form(request, RenameSchema(), {"slug": context.node.slug})
    return _change(
        context,
        request,
        form,
        lambda values, version: request.content.rename(
            context.node.id, values["slug"].lower(), version=version
        ),
    )


def move(context: Resource, request: Request) -> Any:
    """Put a node somewhere else."""
    parent = context.__parent__
    chosen = request.GET.get("parent") or (parent.path if parent else "/")
    form = Form(request, MoveSchema(), {"parent": chosen})

    def do(values: dict[str, Any], version: int | None) -> Node:
        target = request.content.by_path("/" + values["parent"].strip("/"))
        if target is None:
            raise ContentRefused(_("There is no page at this address."), "parent")
        check_target(request, context.node, target)
        return request.content.move(context.node.id, target.id, version=version)

    return _change(context, request, form, do)


def _change(context: Resource, request: Request, form: Form, do: Any) -> Any:
    problem = None
    version = context.node.version
    if request.method == "POST":
        try:
            values = form.validate(read_controls(request))
            changed = do(values, whole_number(request.POST.get("version")))
        except Failure:
            request.response.status_int = 422
        except ContentRefused as error:
            problem = refused(request, form, error)
        else:
            return back(
                request,
                "admin.node",
                _("The page now stands at ${path}.", mapping={"path": changed.path}),
                id=context.node.id,
            )
    return {"form": form, "version": version, "problem": problem}


def delete(context: Resource, request: Request) -> Any:
    """Ask once, saying how much goes; then take it off the site."""
    below = request.db.scalar(
        select(func.count())
        .select_from(Node)
        .where(queries.below(Node.path, context.node.path), Node.deleted_at.is_(None))  # type: ignore[arg-type]
    )
    problem = None
    if request.method == "POST":
        parent = context.node.parent_id
        try:
            if below and not may_delete_others(request, context):
                raise ContentRefused(  # noqa: TRY301 - shown like the service's refusals
                    _("There are pages below your draft. Please ask an editor to delete it.")
                )
            count = request.content.delete(
                context.node.id, version=whole_number(request.POST.get("version"))
            )
        except ContentRefused as error:
            request.response.status_int = 422
            problem = error.args[0]
        else:
            tell(
                request,
                _("The page is deleted.")
                if count == 1
                else _("${n} pages are deleted.", mapping={"n": count}),
                undo=Undo(request.route_path("admin.trash.restore", id=context.node.id), {}),
            )
            return back(request, "admin.node", id=parent)
    return {"below": below, "version": context.node.version, "problem": problem}


def includeme(config: Configurator) -> None:
    """Register the tree's pages."""
    for name in ("", "order", "rename", "move", "delete", "edit"):
        rest = f"/{name}" if name else ""
        add_node_route(config, f"admin.node{'.' + name if name else ''}", rest)
    add_node_route(config, "admin.node.add", "/add/{type:[a-z][a-z0-9_]{0,58}}")
    both = ("GET", "POST")
    add_page(config, node, "admin.node", "node", permission=Permission.VIEW_DRAFTS)
    add_deed(config, order, "admin.node.order", permission=Permission.MOVE)
    add_page(
        config,
        rename,
        "admin.node.rename",
        "rename",
        permission=Permission.MOVE,
        request_method=both,
    )
    add_page(
        config, move, "admin.node.move", "move", permission=Permission.MOVE, request_method=both
    )
    add_page(
        config,
        delete,
        "admin.node.delete",
        "delete",
        permission=Permission.DELETE,
        request_method=both,
    )
