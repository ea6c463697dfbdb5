"""The languages that the municipality's pages have."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.admin.items import ADMINISTRATION
from stadtkern.admin.views.base import add_deed, add_page, back
from stadtkern.content import queries
from stadtkern.tenants import TenantRefused, add_locale
from stadtkern.web.i18n import _
from stadtkern.web.languages import LANGUAGES, spoken


def languages(request: Request) -> dict[str, Any]:
    """Show the languages that the pages have, and those that can be added."""
    roots = {row.language: row for row in queries.roots(request.db)}
    locales = request.tenant.locales
    return {
        "rows": [(spoken(code), roots.get(code)) for code in locales],
        "others": [known for code, known in LANGUAGES.items() if code not in locales],
    }


def add(request: Request) -> Response:
    """Add one language; its front page is made at once."""
    code = request.POST.get("language", "")
    tenant = request.tenant
    try:
        add_locale(request.db, request.registry, request.registry["tenants"], tenant.slug, code)
    except TenantRefused:
        refused = _(
            "This language cannot be added: it is there already, or a page stands at /${code}. "
            "Give that page another address first.",
            mapping={"code": code[:12]},
        )
        return back(request, "admin.languages", refused, "error")
    message = _(
        "There is a front page in ${language} now. Visitors see it from now on: please fill it.",
        mapping={"language": spoken(code).name},
    )
    return back(request, "admin.languages", message)


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_route("admin.languages", "/admin/languages")
    add_page(config, languages, "admin.languages", "languages", permission=Permission.SETTINGS)
    add_deed(config, add, "admin.languages", permission=Permission.SETTINGS)
    config.add_admin_item(
        "languages",
        title=_("Languages"),
        route="admin.languages",
        section=ADMINISTRATION,
        permission=Permission.SETTINGS,
        order=205,
    )
