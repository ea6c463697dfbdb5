"""How many people get news by mail: numbers only."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.admin.items import FEEDBACK
from stadtkern.admin.views.base import add_page
from stadtkern.notify import subscriptions
from stadtkern.web.i18n import _


def numbers(request: Request) -> dict[str, Any]:
    """Show what is subscribed to, how often and by how many."""
    return {
        "overview": subscriptions.overview(request),
        "offered": request.settings_of("subscriptions").get("offered"),
    }


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_route("admin.subscriptions", "/admin/subscriptions")
    add_page(
        config,
        numbers,
        "admin.subscriptions",
        "subscriptions",
        permission=Permission.VIEW_DRAFTS,
    )
    config.add_admin_item(
        "subscriptions",
        title=_("Subscriptions"),
        route="admin.subscriptions",
        section=FEEDBACK,
        permission=Permission.VIEW_DRAFTS,
        order=55,
    )
