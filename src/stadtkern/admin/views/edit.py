"""Adding and editing a node: fields and blocks in one form that needs no JavaScript."""

from collections.abc import Mapping
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.admin.editor import NodeForm
from stadtkern.admin.views.base import add_page, back, whole_number
from stadtkern.content import Conflict, ContentRefused, Resource
from stadtkern.content.models import Node
from stadtkern.forms import Failure, read_controls
from stadtkern.web.i18n import _


def add(context: Resource, request: Request) -> Any:
    """Add a node of a type below another one."""
    content = request.content
    kind = content.types.get(request.matchdict["type"])
    own = content.types.get(context.node.type)
    if kind is None or own is None or not kind.addable or not own.accepts(kind):
        raise HTTPNotFound
    form = NodeForm(request, kind, in_nav=kind.in_nav, adding=True)
    if request.method == "GET":
        return _page(form, context, problem=None, version=0)
    controls = read_controls(request)
    form.read(controls)
    if form.rearranged:
        return _page(form, context, problem=None, version=0)
    try:
        values = form.validate(request.registry)
        node = content.create(
            content.get(context.node.id),
            kind.name,
            title=values["core"]["title"],
            slug=values["core"].get("slug") or None,
            summary=values["core"]["summary"],
            in_nav=values["core"]["in_nav"],
            fields=values["fields"],
            blocks=values["blocks"],
        )
    except Failure:
        request.response.status_int = 422
        return _page(form, context, problem=None, version=0)
    except ContentRefused as error:
        return _refused(request, form, context, error, 0)
    return _done(request, node, form, context)


def edit(context: Resource, request: Request) -> Any:
    """Edit a node; a version from another hand stops the save and loses nothing."""
    content = request.content
    kind = content.types.get(context.node.type)
    if kind is None:
        raise HTTPNotFound
    stored = content.get(context.node.id)
    form = NodeForm(request, kind, node=content.working_copy(stored))
    if request.method == "GET":
        return _page(form, context, problem=None, version=stored.version)
    controls = read_controls(request)
    form.read(controls)
    version = whole_number(request.POST.get("version")) or 0
    if form.rearranged:
        return _page(form, context, problem=None, version=version)
    try:
        values = form.validate(request.registry)
        # A published page goes on showing what it showed, until its changes are published.
        store = content.save if form.publish else content.save_draft
        _may_publish(request, form, context)
        node = store(
            stored.id,
            version=version,
            title=values["core"]["title"],
            summary=values["core"]["summary"],
            in_nav=values["core"]["in_nav"],
            fields=values["fields"],
            blocks=values["blocks"],
        )
    except Failure:
        request.response.status_int = 422
        return _page(form, context, problem=None, version=version)
    except Conflict as error:
        request.response.status_int = 409
        # Saving again is then a decision, not an accident.
        return _page(form, context, problem=error.args[0], version=error.node.version)
    except ContentRefused as error:
        return _refused(request, form, context, error, version)
    return _done(request, node, form, context)


def _may_publish(request: Request, form: NodeForm, context: Resource) -> None:
    if form.publish and not request.has_permission(Permission.PUBLISH, context):
        raise HTTPForbidden


def _done(request: Request, node: Node, form: NodeForm, context: Resource) -> Any:
    if form.publish:
        _may_publish(request, form, context)
        try:
            request.content.publish(node.id)
        except ContentRefused as error:
            # What was written is kept; it is only not public yet.
            return back(request, "admin.node", error.args[0], "warning", id=node.id)
        return back(request, "admin.node", _("Saved and published."), id=node.id)
    if node.draft_revision is not None:
        message = _("Saved as a working copy: visitors see it when you publish it.")
        return back(request, "admin.node", message, id=node.id)
    return back(request, "admin.node", _("Saved."), id=node.id)


def _refused(
    request: Request, form: NodeForm, context: Resource, error: ContentRefused, version: int
) -> Mapping[str, Any]:
    request.response.status_int = 422
    if form.fail(error.field, error.args[0]):
        return _page(form, context, problem=None, version=version)
    return _page(form, context, problem=error.args[0], version=version)


def _page(
    form: NodeForm, context: Resource, *, problem: str | None, version: int
) -> dict[str, Any]:
    direct = form.request.content.workflow_of_type(form.kind).direct
    return {
        "form": form,
        "context": context,
        "problem": problem,
        "version": version,
        "direct": direct,
    }


def includeme(config: Configurator) -> None:
    """Register both forms; the routes stand with the tree's."""
    both = ("GET", "POST")
    add_page(config, add, "admin.node.add", "edit", permission=Permission.ADD, request_method=both)
    add_page(
        config, edit, "admin.node.edit", "edit", permission=Permission.EDIT, request_method=both
    )
