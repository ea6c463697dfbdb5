"""Writing nodes: contents, places, states, the trash."""

from typing import Any

from pyramid.httpexceptions import HTTPForbidden
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.api import schemas
from stadtkern.api.asking import Asked
from stadtkern.api.bodies import NodeCreate, NodePatch, Written
from stadtkern.api.errors import refusal
from stadtkern.api.operations import ROOT, Operation
from stadtkern.api.reading import invalid
from stadtkern.api.representing import whole
from stadtkern.api.resources.finding import node_context
from stadtkern.content import Node, Resource, editing_state, resource_for
from stadtkern.content.rights import check_target, may_delete_others
from stadtkern.content.workflows import PUBLISHED
from stadtkern.media.services import PLACE_KEY
from stadtkern.web.i18n import _


def shown(request: Request, asked: Asked, node: Node) -> dict[str, Any]:
    """Return a node as its writer goes on with it: with its working copy, if there is one."""
    request.db.flush()
    asked.version = node.version
    return whole(request, node, request.content.working_copy(node))


def place_of(request: Request, node_id: int, pointer: str = "#/parent") -> Node:
    """Return the node that a body names; as unknown as another town's is what it may not see."""
    content = request.content
    wrong = invalid([{"pointer": pointer, "detail": _("There is no page with this id.")}])
    found = request.db.get(Node, node_id)
    if found is None or found.deleted_at is not None or found.type not in content.types:
        raise wrong
    if not request.has_permission(Permission.VIEW, resource_for(request, found)):
        raise wrong
    return found


def create(_context: Any, request: Request, asked: Asked) -> dict[str, Any]:
    """Add a draft."""
    written: Written = asked.body
    core = written.core
    parent = place_of(request, core["parent"])
    if not request.has_permission(Permission.ADD, resource_for(request, parent)):
        raise HTTPForbidden
    if ":" in core["key"] or core["key"] == PLACE_KEY:
        raise refusal(_("This name belongs to the platform. Please choose another one."), "key")
    if core["key"] and request.content.by_key(core["key"]) is not None:
        raise refusal(_("There is a page with this name already."), "key")
    node = request.content.create(
        parent,
        written.kind.name,
        title=core["title"],
        slug=core["slug"] or None,
        summary=core["summary"],
        in_nav=core["in_nav"],
        fields=written.fields,
        blocks=written.blocks or (),
        key=core["key"] or None,
    )
    asked.headers["Location"] = f"{ROOT}/nodes/{node.id}"
    return shown(request, asked, node)


def change(context: Resource, request: Request, asked: Asked) -> dict[str, Any]:
    """Change what was sent; a published page gets a working copy."""
    node = request.content.get(context.node.id)
    asked.expect(node.version)
    written: Written = asked.body
    saved = request.content.save_draft(
        node.id,
        version=node.version,
        title=written.core["title"],
        summary=written.core["summary"],
        in_nav=written.core["in_nav"],
        fields=written.fields,
        blocks=written.blocks,
    )
    return shown(request, asked, saved)


def discard(context: Resource, request: Request, asked: Asked) -> dict[str, Any]:
    """Drop the working copy."""
    node = request.content.get(context.node.id)
    asked.expect(node.version)
    return shown(request, asked, request.content.discard_draft(node.id, version=node.version))


def delete(context: Resource, request: Request, asked: Asked) -> dict[str, Any]:
    """Put a node and all below it into the trash."""
    content = request.content
    node = content.get(context.node.id)
    asked.expect(node.version)
    if content.has_below(node) and not may_delete_others(request, context):
        raise refusal(_("There are pages below your draft. Please ask an editor to delete it."))
    return {"trashed": content.delete(node.id, version=node.version)}


def move(context: Resource, request: Request, asked: Asked) -> dict[str, Any]:
    """Give a node another place among its siblings, below another page, or another address."""
    content, body = request.content, asked.body
    node = content.get(context.node.id)
    asked.expect(node.version)
    if all(value is None or value == "" for value in body.values()):
        raise invalid([{"pointer": "#", "detail": _("This must not be empty.")}])
    target = node.parent_id if body["parent"] is None else place_of(request, body["parent"]).id
    if target is not None and (target != node.parent_id or body["before"] is not None):
        if target != node.parent_id:
            check_target(request, node, place_of(request, target))
        if body["before"] is not None and request.db.get(Node, body["before"]) is None:
            detail = _("There is no page with this id.")
            raise invalid([{"pointer": "#/before", "detail": detail}])
        node = content.move(node.id, target, version=node.version, before=body["before"])
    if body["slug"]:
        node = content.rename(node.id, body["slug"])
    return shown(request, asked, node)


def steps(context: Resource, request: Request, asked: Asked) -> dict[str, Any]:
    """List the steps that this token may take."""
    node = request.content.get(context.node.id)
    asked.version = node.version
    return {
        "state": editing_state(node),
        "steps": [
            {
                "name": step.name,
                "title": request.translate(step.title),
                "target": step.target,
                "comment": step.comment,
            }
            for step in request.content.transitions(node)
            if request.has_permission(step.permission, context)
        ],
    }


def step(context: Resource, request: Request, asked: Asked) -> dict[str, Any]:
    """Take a step of the workflow."""
    content = request.content
    node = content.get(context.node.id)
    asked.expect(node.version)
    name = asked.body["step"]
    found = next((one for one in content.transitions(node) if one.name == name), None)
    if found is not None and not request.has_permission(found.permission, context):
        raise HTTPForbidden
    node = content.transition(node.id, name, comment=asked.body["comment"], version=node.version)
    return shown(request, asked, node)


def schedule(context: Resource, request: Request, asked: Asked) -> dict[str, Any]:
    """Say when a node goes public and when it leaves."""
    content = request.content
    node = content.get(context.node.id)
    asked.expect(node.version)
    publishing = content.workflow(node).step_to(editing_state(node), PUBLISHED)
    may = publishing.permission if publishing is not None else Permission.PUBLISH
    if not request.has_permission(may, context):
        raise HTTPForbidden
    node = content.schedule(
        node.id,
        publish_at=asked.body["publish_at"],
        expire_at=asked.body["expire_at"],
        version=node.version,
    )
    return shown(request, asked, node)


ONE: dict[str, Any] = {"context": node_context, "tagged": True, "answer": schemas.NodeAnswer}
CHANGED = (404, 412, 422, 428)

OPERATIONS = (
    Operation(
        "POST",
        "",
        create,
        _("Add a node"),
        # On the page above it, which the body names.
        permission=Permission.OFFICE,
        description=_("It becomes a draft; a step of its workflow publishes it."),
        body=NodeCreate(),
        answer=schemas.NodeAnswer,
        tagged=True,
        status=201,
        refusals=(422,),
    ),
    Operation(
        "PATCH",
        "/{id}",
        change,
        _("Change a node"),
        permission=Permission.EDIT,
        description=_(
            "A merge patch (RFC 7396): what is left out stays, null takes a value away, lists are "
            "replaced as a whole. A published page gets a working copy: visitors see the change "
            "when the step “publish” is taken."
        ),
        body=NodePatch(),
        if_match=True,
        refusals=CHANGED,
        **ONE,
    ),
    Operation(
        "DELETE",
        "/{id}",
        delete,
        _("Put a node into the trash"),
        permission=Permission.DELETE,
        description=_("All below it goes along. It can be restored until its time is over."),
        answer=schemas.Deleted,
        if_match=True,
        context=node_context,
        refusals=CHANGED,
    ),
    Operation(
        "DELETE",
        "/{id}/working-copy",
        discard,
        _("Drop the working copy"),
        permission=Permission.EDIT,
        if_match=True,
        refusals=CHANGED,
        **ONE,
    ),
    Operation(
        "POST",
        "/{id}/move",
        move,
        _("Move or rename a node"),
        permission=Permission.MOVE,
        description=_("The old address and all below it redirect."),
        body=schemas.MoveBody,
        if_match=True,
        refusals=CHANGED,
        **ONE,
    ),
    Operation(
        "GET",
        "/{id}/transitions",
        steps,
        _("List the steps that may be taken"),
        permission=Permission.VIEW_DRAFTS,
        answer=schemas.Steps,
        context=node_context,
        tagged=True,
        refusals=(404,),
    ),
    Operation(
        "POST",
        "/{id}/transitions",
        step,
        _("Take a step of the workflow"),
        # What a step asks for depends on the workflow: the handler asks the step.
        permission=Permission.VIEW_DRAFTS,
        description=_("Such as “publish”, “submit” or “archive”."),
        body=schemas.StepBody,
        scope="nodes:publish",
        if_match=True,
        refusals=CHANGED,
        **ONE,
    ),
    Operation(
        "PUT",
        "/{id}/schedule",
        schedule,
        _("Say when a node is published and when it leaves"),
        permission=Permission.VIEW_DRAFTS,
        body=schemas.ScheduleBody,
        scope="nodes:publish",
        if_match=True,
        refusals=CHANGED,
        **ONE,
    ),
)
