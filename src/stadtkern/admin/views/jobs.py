"""Jobs in the background: what runs, waits, has failed; try again, cancel."""

from typing import Any

from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.admin.items import OPERATION
from stadtkern.admin.views.base import add_deed, add_page, back
from stadtkern.audit import record
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


TILE = "stadtkern.admin:templates/tiles/jobs.jinja2"
SHOWN = 5
"""Jobs on the dashboard."""

EVERYWHERE = "admin.jobs.all"
"""The operator's routes begin with it; what begins otherwise sees one town only."""


def _home(request: Request) -> str:
    """Return the route of the page to which a deed leads back."""
    return EVERYWHERE if request.matched_route.name.startswith(EVERYWHERE) else "admin.jobs"


def _tenant_id(request: Request) -> int | None:
    """Return whose jobs are seen and changed here: None for those of all towns."""
    return None if _home(request) == EVERYWHERE else request.tenant.id


def jobs(request: Request) -> dict[str, Any]:
    """Show jobs by state."""
    everyones = _tenant_id(request) is None
    board = dashboard.board(request.db, request.registry, tenant_id=_tenant_id(request))
    return {
        "sections": [(name, title, board.jobs[name]) for name, title in SECTIONS],
        "counts": board.counts,
        "kinds": request.registry["jobs"],
        "towns": tenants_by_id(request.db) if everyones else {},
        "everyones": everyones,
        "operates": Permission.OPERATE in request.permissions,
        "home": _home(request),
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
        return back(request, _home(request), refused.message, "error")
    if not found:
        raise HTTPNotFound
    record(request.db, "job.retry", "job", job_id)
    return back(request, _home(request), _("The job waits to be run once more."))


def cancel(request: Request) -> Response:
    """Take one back."""
    job_id = request.POST.get("job", "")
    try:
        state = dashboard.cancel(request.db, job_id, tenant_id=_tenant_id(request))
    except JobRefused as refused:
        return back(request, _home(request), refused.message, "error")
    if state is None:
        raise HTTPNotFound
    record(request.db, "job.cancel", "job", job_id)
    said = (
        _("The job stops at its next opportunity.")
        if state == "running"
        else _("The job is cancelled.")
    )
    return back(request, _home(request), said)


def tile(request: Request) -> Markup | None:
    """Show on the dashboard what does not go on by itself; nothing if all is well."""
    rows, total = dashboard.stuck(request.db, tenant_id=request.tenant.id, limit=SHOWN)
    if not rows:
        return None
    template = request.registry["jinja"].get_template(TILE)
    return Markup(  # noqa: S704 - a template of ours
        template.render(request=request, rows=rows, total=total, kinds=request.registry["jobs"])
    )


def includeme(config: Configurator) -> None:
    """Register the town's page and the operator's, each with its two deeds."""
    for home, path, permission in (
        ("admin.jobs", "/admin/jobs", Permission.JOBS),
        (EVERYWHERE, "/admin/jobs/all", Permission.OPERATE),
    ):
        config.add_route(home, path)
        add_page(config, jobs, home, "jobs", permission=permission)
        for name, deed in (("retry", retry), ("cancel", cancel)):
            config.add_route(f"{home}.{name}", f"{path}/{name}")
            add_deed(config, deed, f"{home}.{name}", permission=permission)
    config.add_admin_item(
        "jobs",
        title=_("Jobs"),
        route="admin.jobs",
        section=OPERATION,
        permission=Permission.JOBS,
        order=230,
    )
    config.add_dashboard_tile(
        "jobs", title=_("Failed jobs"), render=tile, permission=Permission.JOBS, order=45
    )
