"""The dashboard: what waits for me."""

from typing import Any

from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.request import Request
from sqlalchemy import ColumnElement, or_, select

from stadtkern.accounts import Permission
from stadtkern.accounts.policy import permissions_of
from stadtkern.admin.views.base import add_page
from stadtkern.content import queries
from stadtkern.content.models import Node
from stadtkern.site import open_reports
from stadtkern.web.i18n import _


def dashboard(request: Request) -> dict[str, Any]:
    """Drafts and recent changes; tiles of rooms and plugins."""
    # Whose role counts on a part of the tree only (or not on pages at all) sees what is theirs.
    areas = _areas(request)
    mine = () if Permission.VIEW_DRAFTS in request.permissions else (_mine(request, areas),)
    drafts = request.db.execute(
        select(*queries.LIGHT)
        .where(Node.state == "draft", Node.deleted_at.is_(None), *mine)
        .order_by(Node.updated_at.desc())
        .limit(8)
    ).all()
    recent = request.db.execute(
        select(*queries.LIGHT)
        .where(Node.deleted_at.is_(None), *mine)
        .order_by(Node.updated_at.desc())
        .limit(8)
    ).all()
    broken = [
        item
        for name, item in sorted(request.registry["plugins"].items())
        if not item.working and Permission.PLUGINS in request.permissions
    ]
    return {
        "drafts": drafts,
        "recent": recent,
        "areas": areas,
        "everything": not mine,
        "tiles": request.office_tiles(),
        "broken": broken,
    }


def _areas(request: Request) -> list[Any]:
    """Return the parts of the site on which the person has a role of their own."""
    ids = list(request.identity.local)
    if not ids:
        return []
    return list(
        request.db.execute(
            select(*queries.LIGHT)
            .where(Node.id.in_(ids), Node.deleted_at.is_(None))
            .order_by(Node.path)
        )
    )


def _mine(request: Request, areas: list[Any]) -> ColumnElement[bool]:
    """Return the condition for what is the person's own or stands in their parts."""
    conditions = [Node.author_id == request.identity.account_id]
    for area in areas:
        if Permission.VIEW_DRAFTS in permissions_of(request, request.identity, (area.id,)):
            conditions += [Node.id == area.id, queries.below(Node.path, area.path)]  # type: ignore[arg-type]
    return or_(*conditions)


def reports_tile(request: Request) -> Markup | None:
    """How many reports on barriers are open."""
    count = open_reports(request)
    if not count:
        return None
    return Markup('<p><a href="{}">{}</a></p>').format(
        request.route_path("admin.reports"),
        request.translate(_("${n} waiting for an answer"), n=count),
    )


def includeme(config: Configurator) -> None:
    """Register the page and its first tile."""
    config.add_route("admin", "/admin")
    add_page(config, dashboard, "admin", "dashboard", permission=Permission.OFFICE)
    config.add_admin_item("dashboard", title=_("Overview"), route="admin", order=1)
    config.add_dashboard_tile(
        "reports",
        title=_("Reports on barriers"),
        render=reports_tile,
        permission=Permission.REPORTS,
        order=50,
    )
