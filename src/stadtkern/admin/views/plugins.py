"""Switching plugins on and off, and what each of them adds."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.admin.items import ADMINISTRATION
from stadtkern.admin.views.base import add_deed, add_page, back
from stadtkern.plugins import services
from stadtkern.plugins.report import what_it_adds
from stadtkern.web.i18n import _


def overview(request: Request) -> dict[str, Any]:
    """All installed plugins, quarantined ones first."""
    items = sorted(request.registry["plugins"].values(), key=lambda item: (item.working, item.name))
    return {"items": items, "enabled": request.plugins.enabled}


def switch(request: Request) -> Response:
    """Switch one plugin on or off for this tenant."""
    name = request.POST.get("plugin", "")
    try:
        if request.POST.get("switch") == "on":
            services.enable(request.db, request.registry, request.tenant, name)
            message = _("${name} is switched on.", mapping={"name": _title(request, name)})
        else:
            services.disable(request.db, request.registry, request.tenant, name)
            message = _(
                "${name} is switched off. Its data stay.", mapping={"name": _title(request, name)}
            )
    except services.PluginRefused as error:
        return back(request, "admin.plugins", error.message, "error")
    return back(request, "admin.plugins", message)


def _title(request: Request, name: str) -> str:
    title = request.registry["plugins"][name].plugin.title
    return str(request.translate(title))


def report(request: Request) -> dict[str, Any]:
    """Show what one plugin adds, from Pyramid's own record."""
    item = request.registry["plugins"].get(request.matchdict["name"])
    if item is None:
        raise HTTPNotFound
    return {
        "item": item,
        "enabled": item.name in request.plugins.enabled,
        "sections": what_it_adds(request.registry, item.name) if item.working else [],
        "may_see_trace": Permission.OPERATE in request.permissions,
    }


def includeme(config: Configurator) -> None:
    """Register the pages."""
    config.add_route("admin.plugins", "/admin/plugins")
    config.add_route("admin.plugin", "/admin/plugins/{name}")
    add_page(config, overview, "admin.plugins", "plugins", permission=Permission.PLUGINS)
    add_deed(config, switch, "admin.plugins", permission=Permission.PLUGINS)
    add_page(config, report, "admin.plugin", "plugin", permission=Permission.PLUGINS)
    config.add_admin_item(
        "plugins",
        title=_("Plugins"),
        route="admin.plugins",
        section=ADMINISTRATION,
        permission=Permission.PLUGINS,
        order=210,
    )
