"""Where I am logged in, and proving again that it is me."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound
from pyramid.request import Request
from pyramid.response import Response
from sqlalchemy import select

from stadtkern.accounts import Permission, tickets
from stadtkern.admin import fresh
from stadtkern.admin.views.base import add_deed, add_page, back
from stadtkern.admin.views.login import safe_next
from stadtkern.audit import record
from stadtkern.tenants.models import TenantRow
from stadtkern.web.i18n import _
from stadtkern.web.locations import header_safe

REFERENCE = 16
"""Digits of a ticket's hash that name it in the form; they open nothing."""


def logins(request: Request) -> dict[str, Any]:
    """Show one's own logins, in all municipalities."""
    rows = tickets.logins(request.db, request.identity.account_id)
    own = tickets.current(request)
    towns = {row.tenant_id for row in rows}
    statement = select(TenantRow.id, TenantRow.name).where(TenantRow.id.in_(towns))
    names = {number: name for number, name in request.db.execute(statement)}  # noqa: C416
    return {
        "rows": [
            {
                "reference": row.token_hash[:REFERENCE],
                "device": row.device,
                "town": names.get(row.tenant_id, ""),
                "created_at": row.created_at,
                "seen_at": row.seen_at,
                "here": own is not None and row.token_hash == own.token_hash,
            }
            for row in rows
        ]
    }


def end(request: Request) -> Response:
    """End one login, or all but this one."""
    number = request.identity.account_id
    reference = request.POST.get("login", "")
    everything = request.POST.get("all") == "1"
    well_formed = len(reference) == REFERENCE and reference.isalnum()
    if not everything and not well_formed:
        return back(request, "account.logins")
    ended = tickets.revoke_other(request, number, None if everything else reference)
    if ended:
        record(request.db, "login.end", "account", number)
    return back(request, "account.logins", _("Logins ended: ${n}", mapping={"n": ended}))


def prove(request: Request) -> Any:
    """Ask for the password (and a code) again, then go on to where one was."""
    target = safe_next(request.params.get("next"))
    form = fresh.proof_form(request)
    if request.method == "POST":
        if fresh.answered(request, form):
            return HTTPFound(location=header_safe(target))
        request.response.status_int = 422
    return {
        "form": form,
        "action": request.route_path("account.prove"),
        "kept": [("next", target)],
    }


def includeme(config: Configurator) -> None:
    """Register the pages."""
    config.add_route("account.logins", "/account/logins")
    config.add_route("account.prove", "/account/prove")
    kw = {"permission": Permission.OWN}
    add_page(config, logins, "account.logins", "logins", **kw)
    add_deed(config, end, "account.logins", fresh=True, **kw)
    add_page(config, prove, "account.prove", "prove", request_method=("GET", "POST"), **kw)
