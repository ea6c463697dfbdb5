"""Writes of the site room: reports on barriers, the coat of arms and the colour."""

from pyramid.request import Request
from sqlalchemy import func, select

from stadtkern.db import reference_number, utcnow
from stadtkern.mail import compose
from stadtkern.site.models import BarrierReport
from stadtkern.tenants import origin
from stadtkern.web.i18n import _


def report_barrier(
    request: Request, *, page: str, description: str, mail: str | None
) -> BarrierReport:
    """Store a report with a reference number and tell the municipality and the reporter."""
    report = BarrierReport(
        reference=reference_number("B", 6),
        page=page[:1000],
        description=description,
        mail=mail or None,
    )
    request.db.add(report)
    request.db.flush()
    town = request.settings_of("site").get("mail")
    outbox = request.registry["outbox"]
    if town:
        compose(
            request.db,
            outbox,
            recipient=town,
            subject=request.translate(_("Barrier reported: ${ref}"), ref=report.reference),
            body=request.translate(
                _(
                    "A barrier was reported (${ref}), page: ${page}\n\nPlease answer by ${due}. "
                    "The report stands in the back office: ${address}\n"
                ),
                ref=report.reference,
                page=report.page or "–",
                due=f"{report.due_at:%d.%m.%Y}",
                address=request.route_url("admin.reports", _app_url=origin(request)),
            ),
        )
    if mail:
        compose(
            request.db,
            outbox,
            recipient=mail,
            subject=request.translate(_("Your report ${ref}"), ref=report.reference),
            body=request.translate(
                _(
                    "Thank you for your report to ${town}. Its number is ${ref}. You will get "
                    "an answer within six weeks.\n"
                ),
                town=request.tenant.name,
                ref=report.reference,
            ),
        )
    return report


def open_reports(request: Request) -> int:
    """Return how many reports wait for an answer."""
    return int(
        request.db.scalar(
            select(func.count()).select_from(BarrierReport).where(BarrierReport.status == "open")
        )
        or 0
    )


def answered(request: Request, report_id: int) -> BarrierReport | None:
    """Mark a report as answered; the reporter's address is wiped."""
    report = request.db.get(BarrierReport, report_id)
    if report is not None and report.status == "open":
        report.status, report.answered_at, report.mail = "answered", utcnow(), None
    return report


def reopened(request: Request, report_id: int) -> BarrierReport | None:
    """Open a report again that was marked as answered by mistake; the address stays wiped."""
    report = request.db.get(BarrierReport, report_id)
    if report is not None and report.status == "answered":
        report.status, report.answered_at = "open", None
    return report
