"""The dashboard: what waits for me. Each tile costs one query, whatever there is."""

from collections.abc import Callable
from typing import Any

from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.admin import queries as lists
from stadtkern.admin.views.base import add_page
from stadtkern.content import scope
from stadtkern.site import open_reports
from stadtkern.web.i18n import _

SHOWN = 6
"""Entries of one tile."""
QUICK = 5
"""Entries of “Write something new”."""

LIST = "stadtkern.admin:templates/tiles/list.jinja2"


def dashboard(request: Request) -> dict[str, Any]:
    """Show tiles of rooms and plugins, and what people add most."""
    broken = [
        item
        for name, item in sorted(request.registry["plugins"].items())
        if not item.working and Permission.PLUGINS in request.permissions
    ]
    return {
        "areas": scope.areas(request),
        "quick": _quick(request),
        "tiles": request.office_tiles(),
        "broken": broken,
    }


def _quick(request: Request) -> list[Any]:
    """Return the types and places that this person, then everybody, has added to last."""
    types = request.content.types
    rows = lists.usual_places(
        request.db, scope.reaching(request, Permission.ADD), request.identity.account_id
    )
    return [
        (row, types[row.kind])
        for row in rows
        if row.kind in types
        and types[row.kind].addable
        and row.type in types
        and types[row.type].accepts(types[row.kind])
    ][:QUICK]


Rows = Callable[[Request], Any]


def _tile(
    rows: Rows, *, when: str = "updated_at", query: dict[str, str] | None = None, empty: Any = None
) -> Callable[[Request], str | None]:
    """Return what renders a tile of nodes.

    ``when``: the column whose moment stands beside each. ``query``: the list of pages that has
    all. ``empty``: what to say when there is nothing; without it the tile stays away.
    """

    def render(request: Request) -> str | None:
        found = rows(request)
        if not found and empty is None:
            return None
        template = request.registry["jinja"].get_template(LIST)
        return Markup(  # noqa: S704 - a template of ours
            template.render(
                request=request,
                rows=found,
                when=when,
                empty=empty,
                total=found[0].total if found else 0,
                more=None if query is None else request.route_path("admin.pages", _query=query),
            )
        )

    return render


def _nodes(mark: str, **kw: Any) -> Rows:
    def rows(request: Request) -> Any:
        allowed = scope.mine(request) if not scope.sees_all(request) else None
        return lists.tile(request.db, mark, request.identity.account_id, allowed, limit=SHOWN, **kw)

    return rows


def _to_review(request: Request) -> Any:
    """Return what waits for somebody who may publish it."""
    return lists.tile(
        request.db,
        "submitted",
        request.identity.account_id,
        scope.reaching(request, Permission.REVIEW),
        limit=SHOWN,
    )


def _returned(request: Request) -> Any:
    return lists.returned(request.db, request.identity.account_id, limit=SHOWN)


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
    """Register the page and the core's tiles."""
    config.add_route("admin", "/admin")
    add_page(config, dashboard, "admin", "dashboard", permission=Permission.OFFICE)
    config.add_admin_item("dashboard", title=_("Overview"), route="admin", order=1)
    tiles: tuple[tuple[str, Any, Any], ...] = (
        ("returned", _("Returned to you"), _tile(_returned)),
        ("review", _("To review"), _tile(_to_review)),
        (
            "drafts",
            _("My drafts"),
            _tile(
                _nodes("my-drafts"),
                query={"mark": "mine", "state": "draft"},
                empty=_("No drafts of yours."),
            ),
        ),
        ("working", _("My working copies"), _tile(_nodes("my-copies"))),
        (
            "expiring",
            _("Ending within 14 days"),
            _tile(_nodes("expiring"), when="expire_at", query={"mark": "expiring"}),
        ),
        (
            "scheduled",
            _("Scheduled"),
            _tile(_nodes("scheduled"), when="publish_at", query={"mark": "scheduled"}),
        ),
        (
            "outdated",
            _("Outdated translations"),
            _tile(_nodes("outdated"), query={"mark": "outdated"}),
        ),
        (
            "recent",
            _("Changed last"),
            _tile(_nodes("recent"), query={"sort": "-updated"}, empty=_("Nothing yet.")),
        ),
    )
    for order, (name, title, render) in enumerate(tiles, start=1):
        config.add_dashboard_tile(name, title=title, render=render, order=order * 5)
    config.add_dashboard_tile(
        "reports",
        title=_("Reports on barriers"),
        render=reports_tile,
        permission=Permission.REPORTS,
        order=50,
    )
