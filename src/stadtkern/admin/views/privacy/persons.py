"""One person: what is stored, handing it out, erasing it. The address stands in no URL."""

from typing import Any

import colander
from pyramid.httpexceptions import HTTPFound, HTTPNotFound
from pyramid.renderers import render_to_response
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.admin.views.base import TEMPLATES
from stadtkern.audit import record
from stadtkern.db import MAX_ID
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.privacy import PrivacyRefused, queries
from stadtkern.privacy import persons as service
from stadtkern.privacy.archive import archive as pack
from stadtkern.privacy.archive import file_name
from stadtkern.site import page_number
from stadtkern.web.i18n import _

PAGE_SIZE = 50
SINGLE = {
    "node": ("admin.node", _("Page number ${n}"), Permission.VIEW_DRAFTS),
    "submission": ("admin.submission", _("Entry number ${n}"), Permission.SUBMISSIONS),
}
"""Kinds of which single ones have a page, and who may open it."""


def _form(request: Request) -> Form:
    schema = colander.Schema()
    schema.add(
        f.mail(
            _("Mail address of the person"),
            name="mail",
            autocomplete="off",
            description=_("As it is stored here. It stands in no address and in no log."),
        )
    )
    return Form(request, schema, {})


def ask(request: Request) -> dict[str, Any]:
    """Ask whose data are wanted."""
    return {"form": _form(request)}


def _mail(request: Request) -> str:
    """Return the address that was posted; the form again if it is none."""
    form = _form(request)
    try:
        return str(form.validate(read_controls(request))["mail"])
    except Failure:
        response = render_to_response(
            f"{TEMPLATES}/privacy/ask.jinja2", {"form": form}, request=request
        )
        response.status_int = 422
        raise _Answered(response) from None


class _Answered(Exception):  # noqa: N818
    """The answer stands already."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


def _shown(request: Request, mail: str, problem: Any = None) -> dict[str, Any]:
    found = service.look(request.db, request.registry, request.tenant, mail)
    links = {
        kind: (route, title)
        for kind, (route, title, permission) in SINGLE.items()
        if permission in request.permissions
    }
    return {"mail": mail, "found": found, "problem": problem, "links": links}


def person(request: Request) -> Any:
    """Show what is stored of a person and what erasure would do."""
    request.limit("privacy", "120/hour", str(request.tenant.id))
    try:
        shown = _shown(request, _mail(request))
    except _Answered as answer:
        return answer.response
    record(request.db, "privacy.look", "person", shown["found"].subject.mark)
    return shown


def archive(request: Request) -> Response:
    """Hand out all that is stored of a person, as a ZIP."""
    request.limit("privacy", "120/hour", str(request.tenant.id))
    try:
        mail = _mail(request)
    except _Answered as answer:
        return answer.response
    packed = pack(request.db, request.registry, request.tenant, mail, locale=request.locale_name)
    response = Response(packed, content_type="application/zip")
    name = file_name(request.translate, request.tenant.today())
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def erase(request: Request) -> Any:
    """Erase what was shown; lead to the certificate."""
    try:
        mail = _mail(request)
    except _Answered as answer:
        return answer.response
    if request.POST.get("sure") != "1":
        request.response.status_int = 422
        problem = _("Please confirm that you know who is asking and what is erased.")
        return _shown(request, mail, problem)
    try:
        made = service.erase(
            request.db,
            request.registry,
            request.tenant,
            mail,
            by=request.identity.account_id,
            seen=request.POST.get("seen", ""),
        )
    except PrivacyRefused as error:
        request.response.status_int = 422
        return _shown(request, mail, error.args[0])
    message = request.translate(_("Erased. This is the certificate."))
    request.session.flash(["success", message], "notice")
    return HTTPFound(location=request.route_path("admin.privacy.certificate", id=made.id))


def certificates(request: Request) -> dict[str, Any]:
    """List certificates, newest first."""
    page = page_number(request)
    rows, total = queries.certificates(request.db, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    return {
        "rows": rows,
        "page": page,
        "pages": max(1, -(-total // PAGE_SIZE)),
        "part": lambda number: request.route_path(
            "admin.privacy.certificates", _query={"page": number}
        ),
    }


def certificate(request: Request) -> dict[str, Any]:
    """Show one certificate, ready to be printed."""
    found = queries.certificate(request.db, min(int(request.matchdict["id"]), MAX_ID))
    if found is None:
        raise HTTPNotFound
    return {"row": found, "document": found.document, "genuine": service.is_genuine(found)}
