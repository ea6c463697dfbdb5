"""The municipality as an archive: asked for, written by a job, fetched."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPForbidden, HTTPNotFound
from pyramid.request import Request
from pyramid.response import FileIter, Response

from stadtkern.accounts import Permission
from stadtkern.admin.items import OPERATION
from stadtkern.admin.views.base import add_deed, add_page, back
from stadtkern.admin.views.revisions import names
from stadtkern.db import MAX_ID, whole_number
from stadtkern.towns import TownRefused, keeping, standing, withheld
from stadtkern.web.i18n import _

MAY: dict[str, Any] = {"permission": Permission.TOWN, "fresh": True}


def _guards(request: Request) -> list[Any]:
    """Return what an archive holds that this person may not see."""
    return withheld(request.db, request.registry, request.permissions)


def page(request: Request) -> dict[str, Any]:
    """Show the archives that lie here, and how far the one has come that is being written."""
    rows = keeping.listed(request.db)
    writing = next((row for row in rows if row.state == "running"), None)
    job = None if writing is None else standing.job_of(request.db, writing)
    return {
        "rows": rows,
        "people": names(request, {row.account_id for row in rows}),
        "job": job,
        "days": keeping.KEPT.days,
        "operates": Permission.OPERATE in request.permissions,
        "withheld": [guard.title for guard in _guards(request)],
    }


def ask(request: Request) -> Response:
    """Have an archive written."""
    if _guards(request):
        raise HTTPForbidden
    request.limit("town-export", "6/hour", str(request.tenant.id))
    try:
        keeping.ask(request.db, request.registry, request.tenant.id, request.identity.account_id)
    except TownRefused as refused:
        return back(request, "admin.town", refused.args[0], "error")
    return back(request, "admin.town", _("The archive is being written. It stands here when done."))


def remove(request: Request) -> Response:
    """Throw an archive away."""
    number = whole_number(request.POST.get("export"))
    row = None if number is None else keeping.one(request.db, number)
    if row is None:
        raise HTTPNotFound
    keeping.remove(request.db, request.registry, row)
    return back(request, "admin.town", _("The archive was deleted."))


def fetch(request: Request) -> Response:
    """Hand an archive out, piece by piece."""
    number = int(request.matchdict["id"])
    row = keeping.one(request.db, number) if number <= MAX_ID else None
    if row is None or row.sha is None:
        raise HTTPNotFound
    if _guards(request):
        raise HTTPForbidden
    path = keeping.store_of(request.registry, request.tenant.id).path(row.sha)
    if not path.is_file():
        raise HTTPNotFound
    response = Response(
        app_iter=FileIter(path.open("rb")),
        content_type="application/zip",
        content_length=path.stat().st_size,
        charset=None,
    )
    name = f"{request.tenant.slug}-{request.tenant.day_of(row.created_at)}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def includeme(config: Configurator) -> None:
    """Register the page and its deeds."""
    config.add_route("admin.town", "/admin/town")
    config.add_route("admin.town.export", "/admin/town/export")
    config.add_route("admin.town.remove", "/admin/town/remove")
    config.add_route("admin.town.fetch", "/admin/town/{id:[0-9]{1,10}}.zip")
    add_page(config, page, "admin.town", "town", permission=Permission.TOWN)
    add_deed(config, ask, "admin.town.export", **MAY)
    add_deed(config, remove, "admin.town.remove", permission=Permission.TOWN)
    config.add_view(
        fetch, route_name="admin.town.fetch", request_method="GET", uses_session=True, **MAY
    )
    config.add_admin_item(
        "town",
        title=_("Export"),
        route="admin.town",
        section=OPERATION,
        permission=Permission.TOWN,
        order=245,
    )
