"""Adding and editing a node: fields and blocks in one form that needs no JavaScript."""

from collections.abc import Mapping
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.renderers import render_to_response
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.admin import open_forms
from stadtkern.admin.editor import NodeForm
from stadtkern.admin.open_forms import OpenForm
from stadtkern.admin.views import merge
from stadtkern.admin.views.base import TEMPLATES, add_page, back
from stadtkern.content import Conflict, ContentRefused, Resource, autosaves, locks
from stadtkern.content.models import Node
from stadtkern.db import whole_number
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
    place = open_forms.place_of(context, kind)
    if request.method == "GET":
        return _opened(request, form, context, open_forms.opened(request, form, place, None))
    around = open_forms.posted(request, place)
    controls = read_controls(request)
    form.read(controls)
    if form.rearranged:
        return _page(form, context, around)
    try:
        values = form.validate(request.registry, unfinished=not form.publish)
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
        return _page(form, context, around)
    except ContentRefused as error:
        return _refused(request, form, context, error, around)
    open_forms.done(request, place, None)
    return _done(request, node, form, context)


def edit(context: Resource, request: Request) -> Any:
    """Edit a node. What somebody else saved meanwhile is never overwritten unseen."""
    content = request.content
    kind = content.types.get(context.node.type)
    if kind is None:
        raise HTTPNotFound
    # What is posted is saved at once, or told: the row is locked on the way, not asked for twice.
    stored = content.get(context.node.id, lock=request.method == "POST")
    form = NodeForm(request, kind, node=content.working_copy(stored))
    place = open_forms.place_of(context)
    if request.method == "GET":
        around = open_forms.opened(request, form, place, stored)
        return _opened(request, form, context, around, version=stored.version)
    around = open_forms.posted(request, place)
    controls = read_controls(request)
    form.read(controls)
    version = whole_number(request.POST.get("version")) or 0
    around.taken = open_forms.other_holder(request, stored.id)
    if form.rearranged:
        if around.taken is None:
            locks.take(request.db, stored.id, request.identity.account_id, around.lock)
        return _page(form, context, around, version=version)
    if around.taken is not None and around.anyway != around.since:
        form.show(controls)
        request.response.status_int = 409
        return _page(form, context, around, version=version)
    return _save(request, form, context, around, version)


def _save(
    request: Request, form: NodeForm, context: Resource, around: OpenForm, version: int
) -> Any:
    try:
        values = form.validate(request.registry, unfinished=_takes_unfinished(form, context))
        # A published page goes on showing what it showed, until its changes are published.
        content = request.content
        store = content.save if form.publish else content.save_draft
        _may_publish(request, form, context)
        node = store(
            context.node.id,
            version=version,
            title=values["core"]["title"],
            summary=values["core"]["summary"],
            in_nav=values["core"]["in_nav"],
            fields=values["fields"],
            blocks=values["blocks"],
        )
    except Failure:
        request.response.status_int = 422
        return _page(form, context, around, version=version)
    except Conflict:
        return merge.begin(context, request, around.base, values, publish=form.publish)
    except ContentRefused as error:
        return _refused(request, form, context, error, around, version=version)
    open_forms.done(request, around.place, node.id)
    return _done(request, node, form, context)


def _opened(
    request: Request, form: NodeForm, context: Resource, around: OpenForm, *, version: int = 0
) -> Any:
    """Show a form anew: instead of it who has it open, or with what was left in it."""
    if around.taken is not None:
        return render_to_response(
            f"{TEMPLATES}/taken.jinja2", {"context": context, "around": around}, request
        )
    if around.left is not None and "restore" in request.GET:
        row = autosaves.find(request.db, request.identity.account_id, around.place)
        if row is not None:
            node = None if form.adding else request.content.get(context.node.id)
            form = open_forms.again(request, form.kind, node, row.controls)
            kept = dict(row.controls)
            around.base = whole_number(kept.get("base")) or around.base
            version, around.left = row.base_version, None
    if "check" in request.GET and not form.adding:
        form.mark(request.content.lacks(request.content.get(context.node.id)))
    return _page(form, context, around, version=version)


def _takes_unfinished(form: NodeForm, context: Resource) -> bool:
    """Tell whether “save” may leave required fields empty: what goes public must be complete."""
    return not form.publish and form.request.content.may_be_unfinished(context.node)


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
    lacks = request.content.lacks(node)
    if lacks:
        message = _(
            "Saved. Before it can be published, something is missing: ${what}",
            mapping={"what": lacks[0].words},
        )
        return back(request, "admin.node", message, "info", id=node.id)
    if node.draft_revision is not None:
        message = _("Saved as a working copy: visitors see it when you publish it.")
        return back(request, "admin.node", message, id=node.id)
    return back(request, "admin.node", _("Saved."), id=node.id)


def _refused(
    request: Request,
    form: NodeForm,
    context: Resource,
    error: ContentRefused,
    around: OpenForm,
    *,
    version: int = 0,
) -> Mapping[str, Any]:
    request.response.status_int = 422
    problem = None if form.fail(error.field, error.args[0]) else error.args[0]
    return _page(form, context, around, version=version, problem=problem)


def _page(
    form: NodeForm,
    context: Resource,
    around: OpenForm,
    *,
    version: int = 0,
    problem: str | None = None,
) -> dict[str, Any]:
    direct = form.request.content.workflow_of_type(form.kind).direct
    return {
        "form": form,
        "copy": form.node,
        "context": context,
        "problem": problem,
        "version": version,
        "direct": direct,
        "around": around,
    }


def includeme(config: Configurator) -> None:
    """Register both forms; the routes stand with the tree's."""
    both = ("GET", "POST")
    add_page(config, add, "admin.node.add", "edit", permission=Permission.ADD, request_method=both)
    add_page(
        config, edit, "admin.node.edit", "edit", permission=Permission.EDIT, request_method=both
    )
