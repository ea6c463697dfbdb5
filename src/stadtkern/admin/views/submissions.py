"""What people sent by forms: lists, one entry, its status, the table."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern import submissions
from stadtkern.accounts import Permission
from stadtkern.admin.items import CONTENT
from stadtkern.admin.views.base import MAX_ID, add_deed, add_page, back, whole_number
from stadtkern.audit import record
from stadtkern.content import ContentRefused
from stadtkern.forms import clean
from stadtkern.site import page_number
from stadtkern.submissions import queries
from stadtkern.web.i18n import _

PAGE_SIZE = 50
MOST = 20_000
"""Entries of one table."""


def _form(text: str | None) -> int | None:
    """Return the form that is asked for; None: entries whose form was deleted."""
    if text == "0":
        return None
    number = whole_number(text)
    if number is None:
        raise HTTPNotFound
    return number


def overview(request: Request) -> dict[str, Any]:
    """Show forms with their numbers of entries, or one form's entries. Constant SQL."""
    asked = request.GET.get("form")
    shown: dict[str, Any] = {"forms": None, "rows": (), "titles": submissions.STATUSES}
    if asked is None:
        return shown | {"forms": queries.forms(request.db)}
    node_id, page = _form(asked), page_number(request)
    total = queries.count(request.db, node_id)
    rows = queries.entries(request.db, node_id, limit=PAGE_SIZE, offset=(page - 1) * PAGE_SIZE)
    if not rows:
        raise HTTPNotFound
    return shown | {
        "rows": rows,
        "form": node_id or 0,
        "page": page,
        "pages": -(-total // PAGE_SIZE),
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
        "note": submissions.note_of(request.db, request.registry, row),
        "titles": submissions.STATUSES,
    }


def change(request: Request) -> Response:
    """Set status and words to the sender, or delete the entry."""
    row = _entry(request)
    if request.POST.get("do") == "delete":
        form, reference = row.node_id or 0, row.reference
        submissions.delete(request.db, row)
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


def export(request: Request) -> Response:
    """Return a form's entries as a table; the history says who took them along."""
    node_id = _form(request.POST.get("form"))
    rows = queries.entries(request.db, node_id, limit=MOST)
    if not rows:
        raise HTTPNotFound
    head = [request.translate(title) for title in (_("Number"), _("Received"), _("Status"))]
    data = submissions.as_csv(
        [(row, submissions.opened(request.db, request.registry, row)) for row in rows], head
    )
    record(request.db, "submission.export", "node", node_id or 0)
    response = Response(data, content_type="text/csv", charset="utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="entries.csv"'
    return response


def includeme(config: Configurator) -> None:
    """Register the pages."""
    may = {"permission": Permission.SUBMISSIONS}
    config.add_route("admin.submissions", "/admin/submissions")
    config.add_route("admin.submissions.export", "/admin/submissions/table")
    config.add_route("admin.submission", "/admin/submissions/{id:[0-9]{1,10}}")
    add_page(config, overview, "admin.submissions", "submissions", **may)
    add_page(config, entry, "admin.submission", "submission", **may)
    add_deed(config, change, "admin.submission", **may)
    add_deed(config, export, "admin.submissions.export", **may)
    config.add_admin_item(
        "submissions",
        title=_("Entries of forms"),
        route="admin.submissions",
        section=CONTENT,
        order=38,
        **may,
    )
