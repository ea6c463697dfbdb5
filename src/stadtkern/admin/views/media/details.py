"""Describing files: one form each, and what they have in common."""

from collections.abc import Iterable, Mapping
from typing import Any

import colander
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.admin.views.base import back
from stadtkern.content import ContentRefused, Node, Resource
from stadtkern.content.traversal import resource_for
from stadtkern.content.workflows import PUBLISHED
from stadtkern.db import whole_number
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.media import queries as library
from stadtkern.media import services
from stadtkern.media.rules import lacks
from stadtkern.media.schemas import LICENCES
from stadtkern.web.i18n import _

BATCH = 50
"""Files described, or sent without JavaScript, at one time."""


class DetailSchema(colander.MappingSchema):
    """What is asked of each upload; nothing is required of a draft but its title."""

    title = f.line(_("Title"), maximum=200)
    alt = f.text(
        _("Alternative text"),
        maximum=500,
        rows=2,
        required=False,
        optional_mark=False,
        description=_("What the picture shows, for those who do not see it."),
    )
    decorative = f.yes(_("Only decoration: needs no alternative text"))
    credit = f.line(_("Credit"), required=False, optional_mark=False)
    licence = f.choice(_("Licence"), LICENCES, required=False, optional_mark=False)


class CommonSchema(colander.MappingSchema):
    """What counts for all uploads that say nothing else."""

    credit = f.line(
        _("Credit for all"),
        required=False,
        description=_("Taken over where the field below is empty."),
    )
    licence = f.choice(_("Licence for all"), LICENCES, required=False)


def details(request: Request) -> Any:
    """Describe several uploads on one page; publish those that are complete."""
    nodes = _asked(request)
    common = Form(request, CommonSchema(), prefix="all")
    forms = [_detail_form(request, node) for node in nodes]
    problems: list[str] = []
    if request.method == "POST":
        try:
            problems = _describe(request, nodes, forms, common)
        except Failure:
            request.response.status_int = 422
        else:
            if not problems:
                return back(request, "admin.media", _("Saved."))
            request.response.status_int = 422
            forms = [_detail_form(request, node) for node in nodes]
    return {
        "nodes": nodes,
        "forms": forms,
        "common": common,
        "problems": problems,
        "lacks": lacks,
        "ids": ",".join(str(node.id) for node in nodes),
        "types": request.content.types,
        "may_publish": any(
            request.has_permission(Permission.PUBLISH, one) for one in _resources(request, nodes)
        ),
    }


def _asked(request: Request) -> list[Node]:
    """Return the nodes of ``?ids=``; all of them the person may edit, or it is forbidden."""
    numbers = [whole_number(part) for part in request.GET.get("ids", "").split(",")[:BATCH]]
    nodes = library.several(request.db, [one for one in numbers if one is not None])
    if not nodes:
        raise HTTPNotFound
    for resource in _resources(request, nodes):
        if not request.has_permission(Permission.EDIT, resource):
            raise HTTPForbidden
    return nodes


def _resources(request: Request, nodes: Iterable[Node]) -> list[Resource]:
    """Return nodes in their places; ancestors are looked up once for each folder."""
    parents: dict[int | None, Resource] = {}
    found = []
    for node in nodes:
        if node.parent_id not in parents:
            whole = resource_for(request, node)
            if whole.__parent__ is None:
                raise HTTPNotFound
            parents[node.parent_id] = whole.__parent__
        kind = request.content.types[node.type].resource
        found.append(kind(node, parents[node.parent_id], {}))
    return found


def _detail_form(request: Request, node: Node) -> Form:
    copy = request.content.working_copy(node)
    stored = (copy.body or {}).get("fields") or {}
    schema = DetailSchema()
    if node.type != "image":
        schema.children = [one for one in schema.children if one.name not in {"alt", "decorative"}]
    if node.type == "file":
        schema.children = [one for one in schema.children if one.name == "title"]
    values = {"title": copy.title} | {
        name: stored.get(name) for name in ("alt", "decorative", "credit", "licence")
    }
    return Form(request, schema, values, prefix=f"item-{node.id}")


def _describe(request: Request, nodes: list[Node], forms: list[Form], common: Form) -> list[str]:
    """Store what was typed; return sentences about what could not be stored or published."""
    controls = read_controls(request)
    shared = _valid([common, *forms], controls)
    given = shared[0]
    versions = controls.get("versions", {})
    publish = request.POST.get("do") == "publish"
    problems: list[str] = []
    for node, values in zip(nodes, shared[1:], strict=True):
        title = values.pop("title")
        for name in ("credit", "licence"):
            if name in values:
                values[name] = values[name] or given.get(name) or ""
        version = whole_number(str(versions.get(f"v{node.id}", ""))) or 0
        resource = _resources(request, [node])[0]
        try:
            may = request.has_permission(Permission.PUBLISH, resource)
            waits = node.state == PUBLISHED and node.draft_revision is not None
            saved = services.describe(
                request.content, node.id, version=version, title=title, values=values, live=may
            )
            if publish and may and waits:
                others = _(
                    "Its working copy holds other changes, too, and was not published. Please "
                    "publish it on its page."
                )
                problems += [f"{title}: {request.translate(others)}"]
            elif publish and may:
                missing = lacks(saved.type, request.content.working_copy(saved).body)
                if missing:
                    problems += [f"{title}: {request.translate(missing[0][1])}"]
                else:
                    request.content.publish(saved.id)
        except ContentRefused as error:
            problems.append(f"{title}: {request.translate(error.args[0])}")
    return problems


def _valid(forms: list[Form], controls: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every form's values, or raise ``Failure`` after all have shown their errors."""
    failed: Failure | None = None
    values = []
    for form in forms:
        try:
            values.append(form.validate(controls))
        except Failure as error:
            failed = error
    if failed is not None:
        raise failed
    return values
