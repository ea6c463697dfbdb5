"""Public pages: a form, and the status of what was sent. Thin; writes are in ``services``."""

import time
from dataclasses import dataclass
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.submissions import files, services, tokens
from stadtkern.submissions.fields import BLOCK, UNASKED, Field, agreement, doubts, fields_of
from stadtkern.submissions.models import STATUSES
from stadtkern.submissions.schema import read, rule
from stadtkern.submissions.types import FormPage
from stadtkern.web.i18n import _

TEMPLATES = "stadtkern.submissions:templates"
LARGE = _(
    "All files together are larger than 20 MB, so nothing was sent. Please make them smaller, or "
    "send some of them with a further form."
)
BEFORE = _(
    "You have sent this form before, with other answers: its number is ${ref}. What stands below "
    "was not sent. If it shall count as well, please send it once more."
)
LATE = _(
    "This page was open for too long, so nothing was sent. What you typed stands below: please "
    "send it again."
)
QUICK = _(
    "That was very quick, so nothing was sent yet. Please look at your answers again and then send "
    "them."
)


@dataclass(frozen=True)
class Part:
    """A piece of the page: HTML of a block or of a question, or a ``heading`` between them.

    ``when`` and ``equals``: the question that it hangs on and the value that this one must have
    (empty: a consent that is not given). Scripts hide by it; without them the hint says it.
    """

    html: Any = ""
    name: str = ""
    heading: Field | None = None
    rule: str = ""
    when: str = ""
    equals: str = ""


def _parts(request: Request, context: FormPage, form: Form, fields: list[Field]) -> list[Part]:
    """Return the page's blocks in order."""
    shown = {child.name: child for child in form.deform.children}
    known = {field.name: field for field in fields}
    labels = {field.name: field.label for field in fields}
    parts: list[Part] = []
    for block in context.blocks:
        field = known.get(f"q-{block.get('id', '')}")
        if block.get("type") != BLOCK:
            parts.append(Part(request.blocks_html([block])))
        elif field is not None:
            when, equals = field.condition or ("", "")
            if when and known[when].kind == "consent":
                equals = "true" if agreement(equals) else ""
            if field.kind in UNASKED:
                words = rule(request, field, labels)
                parts.append(Part("", field.name, field, words, when, equals))
                continue
            child = shown[field.name]
            template = getattr(child.widget, "item_template", None) or "mapping_item"
            html = child.render_template(template)
            parts.append(Part(html, field.name, when=when, equals=equals))
    return parts


def _limit(request: Request, node_id: int, *, worked: bool) -> None:
    """Count a post; a browser that has worked for it may send more (a school behind one address).

    Raises ``HTTPTooManyRequests``.
    """
    town, address = str(request.tenant.id), request.network
    kind = "submission.worked" if worked else "submission"
    request.limit(kind, "60/hour" if worked else "20/hour", town, address)
    request.limit(f"{kind}.form", "1000/hour" if worked else "300/hour", town, str(node_id))


def _edits(request: Request, context: FormPage) -> bool:
    return bool(request.has_permission(Permission.EDIT, context))


def _text(request: Request, name: str) -> str:
    value = request.POST.get(name, "")
    return value if isinstance(value, str) else ""


def form_page(context: FormPage, request: Request) -> dict[str, Any]:
    """Show a form; take what was typed; show the number and the code."""
    node, tenant_id, now = context.node, request.tenant.id, time.time()
    fields = fields_of(context.blocks)
    posted = request.method == "POST"
    shown: dict[str, Any] = {
        "problem": None,
        "lost": False,
        "fields": request.content.fields(node),
        "empty": all(field.kind in UNASKED for field in fields),
        "files": any(field.kind == "file" for field in fields),
        "token": tokens.make(request.registry, tenant_id, node.id, now),
        "bits": tokens.WORK,
        "sent": None,
        "mailed": False,
        "code": "",
        # Told to editors only: visitors cannot mend it.
        "doubts": doubts(fields) if request.identity and _edits(request, context) else (),
    }
    controls: dict[str, Any] = {}
    given = None
    if posted:
        text = _text(request, "page_token")
        given = tokens.read(request.registry, tenant_id, node.id, text, now=now)
        worked = given is not None and tokens.worked(text, _text(request, "work"))
        _limit(request, node.id, worked=worked)
        controls = read_controls(request)
    shown["form"], validate = read(request, fields, controls)
    if posted and not shown["empty"]:
        _take(request, context, shown, controls, given, validate)
        if shown["sent"] is None:
            request.response.status_int = 422
            # A browser shows no chosen file again.
            shown["lost"] = any(hasattr(value, "filename") for value in controls.values())
    shown["parts"] = _parts(request, context, shown["form"], fields)
    return shown


def _take(
    request: Request,
    context: FormPage,
    shown: dict[str, Any],
    controls: dict[str, Any],
    given: tokens.Token | None,
    validate: Any,
) -> None:
    """Put into ``shown`` what became of a post."""
    if given is not None:
        shown["token"] = _text(request, "page_token")
    try:
        answers, sent = validate()
    except Failure:
        return
    if sent:
        request.limit("submission.files", "100/hour", str(request.tenant.id), str(context.node.id))
    if given is None:
        shown["problem"] = LATE
    elif sum(len(one.data) for one in sent.values()) > files.MAX_FILES:
        shown["problem"] = LARGE
    elif given.age < tokens.QUICKEST or request.POST.get("website"):
        # Nobody sees the second one: who fills it in is a machine, and hears nothing of it.
        shown["problem"] = QUICK
    else:
        try:
            shown["sent"], shown["code"], shown["mailed"] = services.take(
                request, context.node, shown["fields"], answers, sent, given.nonce
            )
        except services.SentBefore as error:
            shown["problem"] = request.translate(BEFORE, ref=error.reference)
            shown["token"] = tokens.make(
                request.registry, request.tenant.id, context.node.id, time.time()
            )
    if shown["sent"] is None:
        shown["form"].fill(controls)


class StatusSchema(colander.MappingSchema):
    """Number and code of what was sent."""

    reference = f.line(_("Number"), maximum=40, autocomplete="off")
    code = f.line(_("Code"), maximum=40, autocomplete="off")


def status(request: Request) -> dict[str, Any]:
    """Ask for number and code; show how far it is."""
    # From the page or the mail that named it; the code is in neither's link.
    form = Form(request, StatusSchema(), {"reference": request.GET.get("number", "")[:40]})
    shown: dict[str, Any] = {"form": form, "row": None, "problem": None, "titles": STATUSES}
    if request.method != "POST":
        return shown
    request.limit("submission.status", "20/hour", str(request.tenant.id), request.network)
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
