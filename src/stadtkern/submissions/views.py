"""Public pages: a form, and the status of what was sent. Thin; writes are in ``services``."""

import time
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.submissions import services, tokens
from stadtkern.submissions.fields import BLOCK, fields_of, read
from stadtkern.submissions.models import STATUSES
from stadtkern.submissions.types import FormPage
from stadtkern.web.i18n import _

TEMPLATES = "stadtkern.submissions:templates"
LATE = _(
    "This page was open for too long, so nothing was sent. What you typed stands below: please "
    "send it again."
)
QUICK = _(
    "That was very quick, so nothing was sent yet. Please look at your answers again and then send "
    "them."
)


def _parts(request: Request, context: FormPage, form: Form) -> list[Any]:
    """Return the page's blocks in order: HTML of its own, or one field of the form."""
    fields = {child.name: child for child in form.deform.children}
    parts: list[Any] = []
    for block in context.blocks:
        name = f"q-{block.get('id', '')}"
        if block.get("type") != BLOCK:
            parts.append(request.blocks_html([block]))
        elif name in fields:
            child = fields[name]
            template = getattr(child.widget, "item_template", None) or "mapping_item"
            parts.append(child.render_template(template))
    return parts


def form_page(context: FormPage, request: Request) -> dict[str, Any]:
    """Show a form; take what was typed; show the number and the code."""
    node = context.node
    tenant_id = request.tenant.id
    fields = fields_of(context.blocks)
    posted = request.method == "POST"
    controls: dict[str, Any] = {}
    if posted:
        request.limit("submission", "20/hour", str(tenant_id), request.remote_addr or "")
        request.limit("submission.form", "300/hour", str(tenant_id), str(node.id))
        controls = read_controls(request)
    form, validate = read(request, fields, controls)
    shown: dict[str, Any] = {
        "form": form,
        "problem": None,
        "fields": request.content.fields(node),
        "empty": not fields,
        "sent": None,
        "code": "",
    }
    fresh = tokens.make(request.registry, tenant_id, node.id, time.time())
    shown["token"] = fresh
    if posted and fields:
        text = request.POST.get("page_token", "")
        given = tokens.read(
            request.registry,
            tenant_id,
            node.id,
            text if isinstance(text, str) else "",
            now=time.time(),
        )
        try:
            answers = validate()
        except Failure:
            answers = None
        if given is not None:
            shown["token"] = text
        if answers is None or given is None or given.age < tokens.QUICKEST:
            request.response.status_int = 422
            if answers is not None:
                shown["problem"] = LATE if given is None else QUICK
                form.fill(controls)
        elif request.POST.get("website"):
            # A field that people do not see: who fills it is a machine, and hears nothing of it.
            shown["problem"] = QUICK
            request.response.status_int = 422
        else:
            shown["sent"], shown["code"] = services.take(
                request, node, shown["fields"], answers, given.nonce
            )
    shown["parts"] = _parts(request, context, form)
    return shown


class StatusSchema(colander.MappingSchema):
    """Number and code of what was sent."""

    reference = f.line(_("Number"), maximum=40, autocomplete="off")
    code = f.line(_("Code"), maximum=40, autocomplete="off")


def status(request: Request) -> dict[str, Any]:
    """Ask for number and code; show how far it is."""
    form = Form(request, StatusSchema())
    shown: dict[str, Any] = {"form": form, "row": None, "problem": None, "titles": STATUSES}
    if request.method != "POST":
        return shown
    request.limit("submission.status", "20/hour", str(request.tenant.id), request.remote_addr or "")
    try:
        values = form.validate(read_controls(request))
    except Failure:
        request.response.status_int = 422
        return shown
    request.limit("submission.one", "20/hour", str(request.tenant.id), values["reference"].upper())
    row = services.asked(request.db, values["reference"], values["code"])
    if row is None:
        request.response.status_int = 422
        shown["problem"] = _(
            "There is nothing with this number and this code. Please compare both with what was "
            "shown after sending; entries are deleted when their time is over."
        )
        return shown
    return shown | {"row": row, "note": services.note_of(request.db, request.registry, row)}


def includeme(config: Configurator) -> None:
    """Register both pages; neither is cached, for each carries a token of its own."""
    config.add_route("submission.status", "/formular-status")
    both = {"request_method": ("GET", "POST"), "uses_session": True}
    config.add_view(
        form_page,
        context=FormPage,
        renderer=f"{TEMPLATES}/form.jinja2",
        permission=Permission.VIEW,
        **both,
    )
    config.add_view(
        status, route_name="submission.status", renderer=f"{TEMPLATES}/status.jinja2", **both
    )
