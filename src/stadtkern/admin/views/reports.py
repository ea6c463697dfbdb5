"""Reports on barriers: six weeks to answer."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select

from stadtkern.accounts import Permission
from stadtkern.admin.items import FEEDBACK
from stadtkern.admin.notices import Undo, tell
from stadtkern.admin.views.base import add_deed, add_page, back
from stadtkern.db import utcnow, whole_number
from stadtkern.site import BarrierReport, answered, reopened
from stadtkern.web.i18n import _


def reports(request: Request) -> dict[str, Any]:
    """Open reports by due day, then answered ones."""
    rows = list(
        request.db.scalars(
            select(BarrierReport)
            .order_by(BarrierReport.status.desc(), BarrierReport.due_at)
            .limit(200)
        )
    )
    return {"rows": rows, "now": utcnow()}


def answer(request: Request) -> Response:
    """Mark one as answered, or take that back."""
    again = request.POST.get("again") is not None
    number = whole_number(request.POST.get("report"))
    change = reopened if again else answered
    report = None if number is None else change(request, number)
    if report is None:
        raise HTTPNotFound
    if again:
        message = _(
            "${ref} is open again. The address of whoever reported it was wiped and stays so.",
            mapping={"ref": report.reference},
        )
        return back(request, "admin.reports", message)
    tell(
        request,
        _("${ref} is answered.", mapping={"ref": report.reference}),
        undo=Undo(request.route_path("admin.reports"), {"report": report.id, "again": "1"}),
    )
    return back(request, "admin.reports")


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_route("admin.reports", "/admin/reports")
    add_page(config, reports, "admin.reports", "reports", permission=Permission.REPORTS)
    add_deed(config, answer, "admin.reports", permission=Permission.REPORTS)
    config.add_admin_item(
        "reports",
        title=_("Reports on barriers"),
        route="admin.reports",
        section=FEEDBACK,
        permission=Permission.REPORTS,
        order=40,
    )
