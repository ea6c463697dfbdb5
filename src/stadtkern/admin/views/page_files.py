"""Pages out of files: sent, looked through, made by a job."""

from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.admin.items import OPERATION
from stadtkern.admin.views.base import add_page, back
from stadtkern.admin.views.revisions import names
from stadtkern.content import ContentRefused, Node
from stadtkern.db import MAX_ID
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.media.schemas import LICENCES
from stadtkern.towns import TownRefused, pages, standing
from stadtkern.web.i18n import _, as_message

LIST, ONE = "admin.page_files", "admin.page_file"


class FilesSchema(colander.MappingSchema):
    """A file with pages, and where they come."""

    upload = f.upload(
        _("File"),
        accept=".zip,.xml,application/zip,text/xml",
        maximum=pages.waiting.MAX_UPLOAD,
        description=_(
            "A ZIP archive with Markdown, HTML and pictures, or a WordPress export (XML). Nothing "
            "is stored before you agree."
        ),
    )
    below = f.line(
        _("Below the page"),
        maximum=900,
        default="/",
        description=_("Its address, such as /rathaus; / is the front page."),
        attributes={"data-page": "address"},
    )
    credit = f.line(
        _("Who made the pictures"),
        required=False,
        description=_(
            "If it is the same for all pictures in the file. Otherwise say it in the media "
            "library later; a page with such a picture cannot be published before."
        ),
    )
    licence = f.choice(_("Licence of the pictures"), LICENCES, required=False)


def page(request: Request) -> Any:
    """Show what was sent; take a file and look through it."""
    form = Form(request, FilesSchema())
    rows = pages.waiting.listed(request.db)
    shown: dict[str, Any] = {
        "form": form,
        "rows": rows,
        "people": names(request, {row.account_id for row in rows}),
        "days": pages.waiting.KEPT.days,
    }
    if request.method != "POST":
        return shown
    request.limit("page-files", "60/hour", str(request.tenant.id))
    try:
        values = form.validate(read_controls(request))
        row = pages.waiting.receive(
            request.db,
            request.registry,
            request.tenant,
            values["upload"].file,
            name=values["upload"].filename,
            below=_place(request, values["below"].strip()),
            credit=values["credit"],
            licence=values["licence"] or "",
            account_id=request.identity.account_id,
        )
    except Failure:
        request.response.status_int = 422
        return shown
    except (TownRefused, ContentRefused) as refused:
        field = getattr(refused, "field", None)
        form.fail(field or "upload", refused.args[0])
        request.response.status_int = 422
        return shown
    return back(request, ONE, id=row.id)


def _place(request: Request, below: str) -> Node:
    node = request.content.by_path(below if below == "/" else below.rstrip("/"))
    if node is None:
        raise ContentRefused(
            _("There is no page at ${path}.", mapping={"path": below[:200]}), "below"
        )
    return node


def _found(request: Request) -> Any:
    number = int(request.matchdict["id"])
    row = pages.waiting.one(request.db, number) if number <= MAX_ID else None
    if row is None:
        raise HTTPNotFound
    return row


def one(request: Request) -> dict[str, Any]:
    """Show what would become of a file, how far it has come, or what became of it."""
    row = _found(request)
    report = row.report
    reason = report.get("reason")
    return {
        "row": row,
        "report": report,
        "lines": [
            line | {"reasons": [as_message(reason) for reason in line["reasons"]]}
            for line in report["lines"]
        ],
        "reason": None if reason is None else as_message(reason),
        "job": standing.job_of(request.db, row),
        "stands": standing.stands(request.db, row),
        "place": _below(request, row),
    }


def _below(request: Request, row: Any) -> Node | None:
    """Return the page that the new ones came below, if it is still there."""
    if row.node_id is None:
        return None
    try:
        return request.content.get(row.node_id)
    except ContentRefused:
        return None


def begin(request: Request) -> Any:
    """Have the pages made; what has stopped goes on."""
    row = _found(request)
    pages.waiting.ask(request.db, request.registry, row)
    return back(request, ONE, id=row.id)


def includeme(config: Configurator) -> None:
    """Register the pages."""
    may = {"permission": Permission.TOWN}
    config.add_route(LIST, "/admin/page-files")
    config.add_route(ONE, "/admin/page-files/{id:[0-9]{1,10}}")
    add_page(config, page, LIST, "page_files", request_method=("GET", "POST"), **may)
    add_page(config, one, ONE, "page_file", **may)
    add_page(config, begin, ONE, "page_file", request_method="POST", **may)
    config.add_admin_item(
        "page_files",
        title=_("Import pages"),
        route=LIST,
        section=OPERATION,
        order=246,
        **may,
    )
