"""Pages out of files: sent, looked through, imported by a job."""

from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.admin.items import OPERATION
from stadtkern.admin.views.base import add_page, back
from stadtkern.content import ContentRefused, Node
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.forms import fields as f
from stadtkern.storage.store import TooLarge
from stadtkern.towns import TownRefused, pages
from stadtkern.web.i18n import _

SHOWN = 500
"""Lines of a report that are shown; counts tell of all."""
ROUTE = "admin.page_files"


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


def page(request: Request) -> Any:
    """Take a file and show what it would make; import it when somebody has agreed."""
    form = Form(request, FilesSchema())
    shown: dict[str, Any] = {"form": form, "report": None}
    if request.method != "POST":
        return shown
    request.limit("page-files", "60/hour", str(request.tenant.id))
    try:
        if request.POST.get("step") == "take":
            return _take(request)
        sha, below = _sent(request, form)
        report = pages.waiting.look(request.registry, request.db, request.tenant, sha, below)
    except Failure:
        request.response.status_int = 422
        return shown
    except (TownRefused, ContentRefused) as refused:
        field = getattr(refused, "field", None)
        form.fail(field or "upload", refused.args[0])
        request.response.status_int = 422
        return shown
    lines = report.lines[:SHOWN]
    return shown | {"report": report, "lines": lines, "sha": sha, "below": below}


def _sent(request: Request, form: Form) -> tuple[str, str]:
    values = form.validate(read_controls(request))
    below = values["below"].strip()
    below = below if below == "/" else below.rstrip("/")
    _place(request, below)
    store = pages.waiting.store_of(request.registry, request.tenant.id)
    try:
        sha, _size = store.put(values["upload"].file, maximum=pages.waiting.MAX_UPLOAD)
    except TooLarge as error:
        raise TownRefused(
            _(
                "The file is larger than ${n} MB. Please make it smaller and choose it again.",
                mapping={"n": pages.waiting.MAX_UPLOAD // 1_000_000},
            )
        ) from error
    return sha, below


def _place(request: Request, below: str) -> Node:
    node = request.content.by_path(below)
    if node is None:
        raise ContentRefused(
            _("There is no page at ${path}.", mapping={"path": below[:200]}), "below"
        )
    return node


def _take(request: Request) -> Response:
    node = _place(request, request.POST.get("below", "")[:900])
    pages.waiting.ask(
        request.db,
        request.registry,
        request.tenant.id,
        request.POST.get("sha", "")[:64],
        node.id,
        request.identity.account_id,
    )
    message = _("The pages are being made, as drafts. Look at them below ${path} in a moment.")
    return back(request, ROUTE, request.translate(message, path=node.path))


def includeme(config: Configurator) -> None:
    """Register the page."""
    may = {"permission": Permission.TOWN}
    config.add_route(ROUTE, "/admin/page-files")
    add_page(config, page, ROUTE, "page_files", request_method=("GET", "POST"), **may)
    config.add_admin_item(
        "page_files",
        title=_("Import pages"),
        route=ROUTE,
        section=OPERATION,
        order=246,
        **may,
    )
