"""A node's workflow: the next step, with a comment where one is due, and steps at a time."""

from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.accounts.policy import permissions_of
from stadtkern.admin.views.base import add_deed, add_node_route, add_page, back, refused
from stadtkern.content import ContentRefused, Node, Resource, Transition, editing_state
from stadtkern.content.workflows import PUBLISHED
from stadtkern.db import whole_number
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _

AT_ONCE = 200
"""Pages that one click publishes."""


class CommentSchema(colander.MappingSchema):
    """What the step needs to be understood."""

    comment = f.text(
        _("Comment"),
        maximum=2_000,
        rows=5,
        required=False,
        description=_("The other side reads it in the mail and on the page in the back office."),
    )


class ScheduleSchema(colander.MappingSchema):
    """When a page appears and when it goes."""

    publish_at = f.moment(
        _("Publish at"), required=False, description=_("Left empty, nothing is published.")
    )
    expire_at = f.moment(
        _("Take off the site at"),
        required=False,
        description=_("Left empty, the page stays. It is archived at that time, not deleted."),
    )


def steps_for(request: Request, context: Resource, node: Node) -> list[Transition]:
    """Return the steps that this person may take now."""
    if node.type not in request.content.types:
        return []
    return [
        step
        for step in request.content.transitions(node)
        if request.has_permission(step.permission, context)
    ]


def step(context: Resource, request: Request) -> Any:
    """Take a step; ask for the comment first where the step wants one."""
    content = request.content
    node = content.get(context.node.id)
    name = request.params.get("step", "")
    found = next((step for step in content.transitions(node) if step.name == name), None)
    if found is None:
        message = _("This step is no longer possible. Please look at the page again.")
        return back(request, "admin.node", message, "error", id=node.id)
    if not request.has_permission(found.permission, context):
        raise HTTPForbidden
    form = Form(request, CommentSchema(), {})
    page: dict[str, Any] = {
        "form": form,
        "step": found,
        "version": node.version,
        "problem": None,
        "lacks": (),
    }
    if request.method == "GET":
        return page
    try:
        values = form.validate(read_controls(request)) if found.comment != "no" else {}
        content.transition(
            node.id,
            name,
            comment=values.get("comment", ""),
            version=whole_number(request.POST.get("version")) or node.version,
        )
    except Failure:
        request.response.status_int = 422
        return page
    except ContentRefused as error:
        if found.comment == "no":
            return back(request, "admin.node", error.args[0], "error", id=node.id)
        page["problem"] = refused(request, form, error)
        page["lacks"] = getattr(error, "lacks", ())
        return page
    return back(request, "admin.node", done(found), id=node.id)


def done(step: Transition) -> str:
    """Return the sentence that follows a step."""
    return {
        "publish": _("Published."),
        "retract": _("Taken back: only you and your colleagues see it now."),
        "archive": _("Archived: the page is off the site and stays here."),
        "submit": _("Submitted. The reviewers have got a mail."),
        "withdraw": _("Withdrawn: you can go on writing."),
        "return": _("Returned. The author has got your comment."),
        "revive": _("It is a draft again."),
    }.get(step.name, _("Done."))


def publish_below(context: Resource, request: Request) -> Response:
    """Publish a page with all drafts below it."""
    try:
        allowed = permissions_of(request, request.identity, context.lineage_ids)
        count, left = request.content.publish_below(context.node.id, limit=AT_ONCE, allowed=allowed)
    except ContentRefused as error:
        return back(request, "admin.node", error.args[0], "error", id=context.node.id)
    if left:
        names = ", ".join(f"“{node.title}”" for node in left[:5])
        message = _(
            "${n} pages published. Not published, because they must be reviewed or lack "
            "something: ${names}",
            mapping={"n": count, "names": names},
        )
        return back(request, "admin.node", message, "warning", id=context.node.id)
    if count == AT_ONCE:
        message = _(
            "${n} pages published. There are more: please press the button again.",
            mapping={"n": count},
        )
        return back(request, "admin.node", message, "info", id=context.node.id)
    message = _("${n} pages published.", mapping={"n": count})
    return back(request, "admin.node", message, id=context.node.id)


def discard(context: Resource, request: Request) -> Response:
    """Drop the working copy."""
    try:
        request.content.discard_draft(
            context.node.id, version=whole_number(request.POST.get("version"))
        )
    except ContentRefused as error:
        return back(request, "admin.node", error.args[0], "error", id=context.node.id)
    message = _("The working copy is dropped. Its text stays among the versions of the page.")
    return back(request, "admin.node", message, id=context.node.id)


def schedule(context: Resource, request: Request) -> Any:
    """Say when the page appears and when it goes."""
    content = request.content
    node = content.get(context.node.id)
    if node.parent_id is None or node.type not in content.types:
        raise HTTPNotFound
    flow = content.workflow(node)
    to_publish = flow.step_to(editing_state(node), PUBLISHED)
    may = to_publish.permission if to_publish is not None else Permission.PUBLISH
    if not request.has_permission(may, context):
        raise HTTPForbidden
    schema = ScheduleSchema()
    if flow.way_out is None:
        del schema["expire_at"]
    form = Form(request, schema, {"publish_at": node.publish_at, "expire_at": node.expire_at})
    page: dict[str, Any] = {
        "form": form,
        "node": node,
        "problem": None,
        "lacks": (),
        "possible": to_publish is not None,
    }
    if request.method == "GET":
        return page
    try:
        values = form.validate(read_controls(request))
        content.schedule(
            node.id,
            publish_at=values.get("publish_at"),
            expire_at=values.get("expire_at"),
            version=whole_number(request.POST.get("version")),
        )
    except Failure:
        request.response.status_int = 422
        return page
    except ContentRefused as error:
        page["problem"] = refused(request, form, error)
        page["lacks"] = getattr(error, "lacks", ())
        return page
    return back(request, "admin.node", _("Noted."), id=node.id)


def includeme(config: Configurator) -> None:
    """Register the pages."""
    for name in ("step", "publish-below", "discard", "schedule"):
        add_node_route(config, f"admin.node.{name}", f"/{name}")
    both = ("GET", "POST")
    seen = Permission.VIEW_DRAFTS
    # What a step asks for depends on the workflow: the view asks the step.
    add_page(config, step, "admin.node.step", "step", permission=seen, request_method=both)
    add_deed(config, publish_below, "admin.node.publish-below", permission=Permission.PUBLISH)
    add_deed(config, discard, "admin.node.discard", permission=Permission.EDIT)
    add_page(
        config, schedule, "admin.node.schedule", "schedule", permission=seen, request_method=both
    )
