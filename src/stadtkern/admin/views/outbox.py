"""The outbox: what was sent, what failed; in development, what would have been sent."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.admin.items import OPERATION
from stadtkern.admin.views.base import add_page
from stadtkern.mail import outbox_rows
from stadtkern.web.i18n import _


def outbox(request: Request) -> dict[str, Any]:
    """Show the latest mails. Texts are shown only where mail is captured instead of sent."""
    return {"rows": outbox_rows(request.db), "captured": request.registry["outbox"].capture}


def includeme(config: Configurator) -> None:
    """Register the page; texts hold codes, so it is the operator's."""
    config.add_route("admin.mail", "/admin/mail")
    add_page(config, outbox, "admin.mail", "mail", permission=Permission.OPERATE)
    config.add_admin_item(
        "mail",
        title=_("Outgoing mail"),
        route="admin.mail",
        section=OPERATION,
        permission=Permission.OPERATE,
        order=240,
    )
