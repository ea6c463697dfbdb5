"""Jobs in the background: what runs, waits, has failed; try again, cancel."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.admin.items import ADMINISTRATION
from stadtkern.admin.views.base import add_deed, add_page, back
from stadtkern.db import utcnow
from stadtkern.jobs import JobRefused, dashboard
from stadtkern.tenants import tenants_by_id
from stadtkern.web.i18n import _

SECTIONS = (
    ("running", _("Running")),
    ("failed", _("Failed")),
    ("parked", _("Parked")),
    ("waiting", _("Waiting")),
    ("done", _("Done")),
    ("cancelled", _("Cancelled")),
)


def _tenant_id(request: Request) -> int | None:
    """Return whose jobs the person may see and change: None for an operator, who sees all."""
    return None if Permission.OPERATE in request.permissions else request.tenant.id


def jobs(request: Request) -> dict[str, Any]:
    """Show jobs by state; an operator sees those of all towns and of the installation."""
    board = dashboard.board(request.db, request.registry, tenant_id=_tenant_id(request))
    everyones = _tenant_id(request) is None
    return {
        "sections": [(name, title, board.jobs[name]) for name, title in SECTIONS],
        "counts": board.counts,
        "kinds": request.registry["jobs"],
        "towns": tenants_by_id(request.db) if everyones else {},
        "everyones": everyones,
        "schedules": board.schedules,
        "workers": board.workers,
        "now": utcnow(),
    }


def retry(request: Request) -> Response:
    """Run one once more."""
    job_id = request.POST.get("job", "")
    try:
        found = dashboard.retry(request.db, request.registry, job_id, tenant_id=_tenant_id(request))
    except JobRefused as refused:
        return back(request, "admin.jobs", refused.message, "error")
    if not found:
        raise HTTPNotFound
    return back(request, "admin.jobs", _("The job waits to be run once more."))


def cancel(request: Request) -> Response:
    """Take one back."""
    job_id = request.POST.get("job", "")
    try:
        state = dashboard.cancel(request.db, job_id, tenant_id=_tenant_id(request))
    except JobRefused as refused:
        return back(request, "admin.jobs", refused.message, "error")
    if state is None:
        raise HTTPNotFound
    said = (
        _("The job stops at its next opportunity.")
        if state == "running"
        else _("The job is cancelled.")
    )
    return back(request, "admin.jobs", said)


def includeme(config: Configurator) -> None:
    """Register the page and its two deeds."""
    config.add_route("admin.jobs", "/admin/jobs")
    config.add_route("admin.jobs.retry", "/admin/jobs/retry")
    config.add_route("admin.jobs.cancel", "/admin/jobs/cancel")
    add_page(config, jobs, "admin.jobs", "jobs", permission=Permission.JOBS)
    add_deed(config, retry, "admin.jobs.retry", permission=Permission.JOBS)
    add_deed(config, cancel, "admin.jobs.cancel", permission=Permission.JOBS)
    config.add_admin_item(
        "jobs",
        title=_("Jobs"),
        route="admin.jobs",
        section=ADMINISTRATION,
        permission=Permission.JOBS,
        order=230,
    )
