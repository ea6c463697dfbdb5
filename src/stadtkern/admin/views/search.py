"""What a town may say about its search: words that mean the same; and how the index stands."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from stadtkern import search
from stadtkern.accounts import Permission
from stadtkern.admin.items import CONTENT
from stadtkern.admin.views.base import add_deed, add_page, back
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.jobs import enqueue
from stadtkern.plugins import services
from stadtkern.web.i18n import _


def synonyms(request: Request) -> Any:
    """Show and save words that mean the same; they count from the next search on."""
    form = Form(request, search.SearchSettings(), request.settings_of("search"))
    if request.method == "POST":
        try:
            values = form.validate(read_controls(request))
        except Failure:
            request.response.status_int = 422
        else:
            services.save_settings(request.db, request.registry, request.tenant, "search", values)
            return back(request, "admin.search", _("Saved. It counts from the next search on."))
    return {"form": form, "state": search.state(request.db), "total": search.count(request.db)}


def rebuild(request: Request) -> Response:
    """Have the index built anew by a job; searches are answered meanwhile."""
    enqueue(
        request.db,
        request.registry,
        search.REINDEX,
        tenant_id=request.tenant.id,
        unique=f"town-{request.tenant.id}",
    )
    return back(request, "admin.search", _("The index is being built. Searches work meanwhile."))


def includeme(config: Configurator) -> None:
    """Register the page and the deed."""
    config.add_route("admin.search", "/admin/search")
    config.add_route("admin.search.rebuild", "/admin/search/rebuild")
    add_page(
        config,
        synonyms,
        "admin.search",
        "search",
        permission=Permission.EDIT,
        request_method=("GET", "POST"),
    )
    add_deed(config, rebuild, "admin.search.rebuild", permission=Permission.EDIT)
    config.add_admin_item(
        "search",
        title=_("Site search"),
        route="admin.search",
        section=CONTENT,
        permission=Permission.EDIT,
        order=35,
    )
