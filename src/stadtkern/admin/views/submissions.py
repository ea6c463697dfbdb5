"""What people sent by forms: lists, one entry, its status, the table."""

from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern import submissions
from stadtkern.accounts import Permission
from stadtkern.admin.items import FEEDBACK
from stadtkern.admin.views.base import add_deed, add_page, back
from stadtkern.audit import record
from stadtkern.content import ContentRefused
from stadtkern.content.slugs import slugify
from stadtkern.db import MAX_ID, utcnow, whole_number
from stadtkern.forms import clean
from stadtkern.site import page_number
from stadtkern.submissions import queries
from stadtkern.web import sheets
from stadtkern.web.i18n import _

PAGE_SIZE = 50
MOST = 20_000
"""Entries of one table."""
SHOWN = 6
"""Forms of the dashboard's tile."""
TILE = "stadtkern.admin:templates/tiles/entries.jinja2"


def _form(text: str | None) -> int | None:
    """Return the form that is asked for; None: entries whose form was deleted."""
    if text == "0":
        return None
    number = whole_number(text)
    if number is None:
        raise HTTPNotFound
    return number


def _status(text: str | None) -> str:
    """Return the status that is asked for; empty: all."""
    if text and text not in submissions.STATUSES:
        raise HTTPNotFound
    return text or ""


def overview(request: Request) -> dict[str, Any]:
    """Show forms with their numbers of entries, or one form's entries. Constant SQL."""
    asked = request.GET.get("form")
    shown: dict[str, Any] = {
        "forms": None,
        "rows": (),
        "titles": submissions.STATUSES,
        "received": submissions.RECEIVED,
    }
    if asked is None:
        return shown | {"forms": queries.forms(request.db)}
    node_id, page = _form(asked), page_number(request)
    status = _status(request.GET.get("status"))
    counts = {row.status: row for row in queries.statuses(request.db, node_id)}
    if not counts:
        raise HTTPNotFound
    total = sum(row.number for name, row in counts.items() if status in {"", name})
    rows = queries.entries(
        request.db, node_id, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE, status=status
    )
    if not rows and page > 1:
        raise HTTPNotFound
    return shown | {
        "rows": rows,
        "title": max(row.form_title for row in counts.values()) if node_id else "",
        "counts": counts,
        "status": status,
        "form": node_id or 0,
        "most": MOST if total > MOST else 0,
        "page": page,
        "pages": max(1, -(-total // PAGE_SIZE)),
    }


def _entry(request: Request) -> submissions.Submission:
    number = int(request.matchdict["id"])
    row = queries.by_id(request.db, number) if number <= MAX_ID else None
    if row is None:
        raise HTTPNotFound
    return row


def entry(request: Request) -> dict[str, Any]:
    """Show one entry with the questions as they were asked."""
    row = _entry(request)
    return {
        "row": row,
        "answers": submissions.opened(request.db, request.registry, row),
        "files": {one.field: one for one in queries.files(request.db, row.id)},
        "note": submissions.note_of(request.db, request.registry, row),
        "titles": submissions.STATUSES,
        "shown": lambda answer: submissions.shown(answer, request.locale_name),
    }


def change(request: Request) -> Response:
    """Set status and words to the sender, or delete the entry."""
    row = _entry(request)
    if request.POST.get("do") == "delete":
        form, reference = row.node_id or 0, row.reference
        try:
            submissions.throw_away(request, row)
        except ContentRefused as error:
            return back(request, "admin.submission", error.args[0], "error", id=row.id)
        rest = queries.count(request.db, form or None)
        return back(
            request,
            "admin.submissions",
            _("${ref} is deleted.", mapping={"ref": reference}),
            _query={"form": form} if rest else {},
        )
    try:
        submissions.answer(
            request,
            row,
            str(request.POST.get("status", "")),
            clean(str(request.POST.get("note", ""))).strip(),
        )
    except ContentRefused as error:
        return back(request, "admin.submission", error.args[0], "error", id=row.id)
    return back(request, "admin.submission", _("The status is saved."), id=row.id)


def file(request: Request) -> Response:
    """Return a file that somebody has sent, to be saved: a browser shows none of them."""
    row = _entry(request)
    number = int(request.matchdict["file"])
    found = queries.file(request.db, row.id, number) if number <= MAX_ID else None
    if found is None:
        raise HTTPNotFound
    try:
        sent = submissions.files.opened(request.db, request.registry, found)
    except FileNotFoundError as error:
        raise HTTPNotFound from error
    response = Response(sent.data, content_type=sent.type)
    if not sent.type.startswith("text/"):
        response.charset = None
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(sent.name)}"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def export(request: Request) -> Response:
    """Return a form's entries as a table; the history says who took them along."""
    node_id = _form(request.POST.get("form"))
    status = _status(request.POST.get("status"))
    rows = queries.entries(request.db, node_id, limit=MOST, status=status)
    if not rows:
        raise HTTPNotFound
    head = [request.translate(title) for title in (_("Number"), _("Received"), _("Status"))]
    zone = ZoneInfo(request.tenant.timezone)
    lines = [
        submissions.Line(
            row.reference,
            row.created_at.astimezone(zone),
            request.translate(submissions.STATUSES[row.status]),
            submissions.opened(request.db, request.registry, row),
        )
        for row in rows
    ]
    name = f"{slugify(rows[0].form_title)}-{utcnow().astimezone(zone):%Y-%m-%d}"
    record(request.db, "submission.export", "node", node_id or 0)
    if request.POST.get("as") == "xlsx":
        return sheets.handed_out(submissions.as_xlsx(lines, head, rows[0].form_title), name)
    data = submissions.as_csv(lines, head, locale=request.locale_name)
    response = Response(data, content_type="text/csv", charset="utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def tile(request: Request) -> Markup | None:
    """Say on the dashboard which forms have new entries; nothing if none has."""
    rows = queries.fresh(request.db, limit=SHOWN)
    if not rows:
        return None
    template = request.registry["jinja"].get_template(TILE)
    page = template.render(request=request, rows=rows, received=submissions.RECEIVED)
    return Markup(page)  # noqa: S704 - a template of ours


def entries_link(request: Request, node: Any) -> Markup | str:
    """Return a link from a form's page to its entries, for whoever may read them; else nothing."""
    if node.type != "form" or Permission.SUBMISSIONS not in request.permissions:
        return ""
    number = queries.count(request.db, node.id)
    if not number:
        return ""
    return Markup('<a class="button quiet" href="{}">{}</a>').format(
        request.route_path("admin.submissions", _query={"form": node.id}),
        request.translate(_("Entries (${n})"), n=number),
    )


def includeme(config: Configurator) -> None:
    """Register the pages."""
    may = {"permission": Permission.SUBMISSIONS}
    config.add_route("admin.submissions", "/admin/submissions")
    config.add_route("admin.submissions.export", "/admin/submissions/table")
    config.add_route("admin.submission", "/admin/submissions/{id:[0-9]{1,10}}")
    config.add_route(
        "admin.submission.file", "/admin/submissions/{id:[0-9]{1,10}}/files/{file:[0-9]{1,10}}"
    )
    add_page(config, overview, "admin.submissions", "submissions", **may)
    add_page(config, entry, "admin.submission", "submission", **may)
    config.add_view(file, route_name="admin.submission.file", request_method="GET", **may)
    add_deed(config, change, "admin.submission", **may)
    add_deed(config, export, "admin.submissions.export", **may)
    config.add_admin_item(
        "submissions",
        title=_("Entries of forms"),
        route="admin.submissions",
        section=FEEDBACK,
        order=38,
        **may,
    )
    config.add_dashboard_tile(
        "submissions", title=_("New entries of forms"), render=tile, order=4, **may
    )
    config.add_request_method(entries_link, "entries_link")
