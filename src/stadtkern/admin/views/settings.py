"""Settings forms, generated from schemas: the site's and each plugin's."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.admin.items import ADMINISTRATION
from stadtkern.admin.views.base import add_page, back
from stadtkern.forms import Failure, Form, read_controls
from stadtkern.plugins import services
from stadtkern.plugins.settings import schema_of
from stadtkern.web.i18n import _


def settings(request: Request) -> Any:
    """Show and save the settings of one owner."""
    owner = request.matchdict["owner"]
    schema = schema_of(request.registry, owner)
    installed = request.registry["plugins"].get(owner)
    if schema is None or getattr(schema, "own_page", False):
        raise HTTPNotFound
    if installed is not None and not request.plugins.has(owner):
        raise HTTPNotFound
    title = (
        installed.plugin.title
        if installed is not None
        else request.registry["settings_titles"].get(owner, owner)
    )
    form = Form(request, schema(), request.settings_of(owner))
    if request.method == "POST":
        try:
            values = form.validate(read_controls(request))
        except Failure:
            request.response.status_int = 422
        else:
            services.save_settings(request.db, request.registry, request.tenant, owner, values)
            return back(request, "admin.settings", _("Saved."), owner=owner)
    return {"form": form, "title": title, "owner": owner, "installed": installed}


def includeme(config: Configurator) -> None:
    """Register the page for all owners."""
    config.add_route("admin.settings", "/admin/settings/{owner}")
    add_page(
        config,
        settings,
        "admin.settings",
        "settings",
        permission=Permission.SETTINGS,
        request_method=("GET", "POST"),
    )
    for order, owner, title in (
        (200, "site", _("Site and legal pages")),
        (202, "content", _("Pages and review")),
    ):
        config.add_admin_item(
            f"settings.{owner}",
            title=title,
            route="admin.settings",
            values={"owner": owner},
            section=ADMINISTRATION,
            permission=Permission.SETTINGS,
            order=order,
        )
