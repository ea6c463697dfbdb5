"""Reports on barriers: six weeks to answer."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select

from stadtkern.accounts import Permission
from stadtkern.admin.items import CONTENT
from stadtkern.admin.views.base import add_deed, add_page, back, whole_number
from stadtkern.db import utcnow
from stadtkern.site import BarrierReport, answered
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
    """Mark one as answered."""
    number = whole_number(request.POST.get("report"))
    report = None if number is None else answered(request, number)
    if report is None:
        raise HTTPNotFound
    return back(
        request, "admin.reports", _("${ref} is answered.", mapping={"ref": report.reference})
    )


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_route("admin.reports", "/admin/reports")
    add_page(config, reports, "admin.reports", "reports", permission=Permission.REPORTS)
    add_deed(config, answer, "admin.reports", permission=Permission.REPORTS)
    config.add_admin_item(
        "reports",
        title=_("Reports on barriers"),
        route="admin.reports",
        section=CONTENT,
        permission=Permission.REPORTS,
        order=40,
    )
