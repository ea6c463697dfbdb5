"""Copying a page, with or without what stands below it."""

from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.admin.notices import Undo, tell
from stadtkern.admin.views.base import add_node_route, add_page, back, refused
from stadtkern.content import ContentRefused, Resource
from stadtkern.content.traversal import resource_for
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _


class CopySchema(colander.MappingSchema):
    """What the copy is called and where it stands."""

    title = f.line(_("Title of the copy"), maximum=200)
    deep = f.yes(_("With all pages below it"))
    parent = f.line(
        _("Address of the page below which it stands"),
        maximum=900,
        description=_("For example /rathaus-service."),
    )


def copy(context: Resource, request: Request) -> Any:
    """Make a draft with the same contents; pictures are shared, not copied."""
    above = context.__parent__
    if above is None:
        return back(
            request,
            "admin.node",
            _("A front page cannot be copied."),
            "error",
            id=context.node.id,
        )
    values = {
        "title": request.translate(_("Copy of ${title}", mapping={"title": context.title}))[:200],
        "parent": request.GET.get("parent") or above.path,
    }
    form = Form(request, CopySchema(), values)
    page: dict[str, Any] = {"form": form, "problem": None}
    if request.method == "GET":
        return page
    content = request.content
    try:
        values = form.validate(read_controls(request))
        target = content.by_path("/" + values["parent"].strip("/ "))
        if target is None:
            raise ContentRefused(_("There is no page at this address."), "parent")  # noqa: TRY301
        if not request.has_permission(Permission.ADD, resource_for(request, target)):
            raise HTTPForbidden
        made = content.copy(
            context.node.id, target.id, deep=bool(values["deep"]), title=values["title"]
        )
    except Failure:
        request.response.status_int = 422
        return page
    except ContentRefused as error:
        page["problem"] = refused(request, form, error)
        return page
    request.db.flush()
    tell(
        request,
        _("Copied. The copy is a draft."),
        undo=Undo(request.route_path("admin.node.delete", id=made.id), {"version": made.version}),
    )
    return back(request, "admin.node", id=made.id)


def includeme(config: Configurator) -> None:
    """Register the form."""
    add_node_route(config, "admin.node.copy", "/copy")
    add_page(
        config,
        copy,
        "admin.node.copy",
        "copy",
        permission=Permission.VIEW_DRAFTS,
        request_method=("GET", "POST"),
    )
