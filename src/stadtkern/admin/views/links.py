"""Links that lead nowhere, within the site and elsewhere; and who refers to a page."""

from typing import Any

from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select

from stadtkern.accounts import Permission
from stadtkern.admin.items import CONTENT
from stadtkern.admin.views.base import add_deed, add_page, back
from stadtkern.audit import record
from stadtkern.content import Resource, links
from stadtkern.content.links import LinkCheck
from stadtkern.content.scope import office_view
from stadtkern.db import whole_number
from stadtkern.jobs import enqueue
from stadtkern.site import page_number
from stadtkern.web.i18n import _

PAGE = 50
TILE = "stadtkern.admin:templates/tiles/links.jinja2"
SHOWN = 5
"""Links on the dashboard."""
SHOWS = ("inside", "anchors", "outside", "ignored")


def report(request: Request) -> dict[str, Any]:
    """Show one of the four lists; each is a constant number of questions."""
    show = request.GET.get("show", "inside")
    if show not in SHOWS:
        show = "inside"
    number = page_number(request)
    how = {"limit": PAGE, "offset": (number - 1) * PAGE}
    rows: Any
    pages: dict[str, list[Any]] = {}
    if show == "inside":
        rows = links.broken_internal(request.db, **how)
    elif show == "anchors":
        rows = links.broken_anchors(request.db)
    else:
        rows = links.broken_external(request.db, ignored=show == "ignored", **how)
        pages = links.pages_with(request.db, [row.url for row in rows])
    if not rows and number > 1:
        raise HTTPNotFound
    total = len(rows) if show == "anchors" else rows[0].total if rows else 0
    return {
        "show": show,
        "rows": rows[:PAGE] if show == "anchors" else rows,
        "sources": pages,
        "total": total,
        "page": number,
        "pages": 1 if show == "anchors" else max(1, -(-total // PAGE)),
    }


def decide(request: Request) -> Response:
    """Ignore an address, count it again, or have it looked at now."""
    number = whole_number(request.POST.get("link"))
    row = (
        None
        if number is None
        else request.db.scalars(select(LinkCheck).where(LinkCheck.id == number)).first()
    )
    if row is None:
        raise HTTPNotFound
    if request.POST.get("do") == "check":
        # The network is asked by a job: no transaction waits for somebody else's server.
        enqueue(
            request.db,
            request.registry,
            "content.check_link",
            tenant_id=request.tenant.id,
            unique=f"link-{row.id}",
            link=row.id,
        )
        return back(
            request,
            "admin.links",
            _("The address is being checked. Load this page again in a moment."),
            _query={"show": "ignored" if row.ignored else "outside"},
        )
    row.ignored = request.POST.get("do") == "ignore"
    record(request.db, "link.ignore" if row.ignored else "link.heed", "link_check", row.id)
    message = (
        _("This address is ignored from now on.")
        if row.ignored
        else _("This address is checked again from now on.")
    )
    shown = "outside" if row.ignored else "ignored"
    return back(request, "admin.links", message, _query={"show": shown})


def referring(request: Request, context: Resource) -> dict[str, Any]:
    """Return the pages that refer to a node or to anything below it: ``rows`` and ``total``.

    ``hidden``: how many of them the person may not see; they are counted only.
    """
    rows, total, hidden = links.referring(
        request.db, context.node.id, context.path, seen=office_view(request)
    )
    return {"rows": rows, "total": total, "hidden": hidden}


def tile(request: Request) -> Markup | None:
    """Show on the dashboard which links lead nowhere; nothing if all lead somewhere."""
    rows = links.first_broken(request.db, limit=SHOWN)
    if not rows:
        return None
    template = request.registry["jinja"].get_template(TILE)
    return Markup(template.render(request=request, rows=rows))  # noqa: S704 - a template of ours


def includeme(config: Configurator) -> None:
    """Register the report; ``request.referring(context)`` serves the pages that warn."""
    config.add_request_method(referring, "referring")
    config.add_route("admin.links", "/admin/links")
    add_page(config, report, "admin.links", "links", permission=Permission.VIEW_DRAFTS)
    add_deed(config, decide, "admin.links", permission=Permission.EDIT)
    config.add_admin_item(
        "links",
        title=_("Broken links"),
        route="admin.links",
        section=CONTENT,
        permission=Permission.VIEW_DRAFTS,
        order=30,
    )
    config.add_dashboard_tile(
        "links",
        title=_("Broken links"),
        render=tile,
        permission=Permission.VIEW_DRAFTS,
        order=40,
    )
