"""Accounts: found by number, name or place; one account with all that hangs on it."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.forms import clean
from stadtkern.site import page_number
from stadtkern_finance.cases import queries as cases
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.keys import TAXES
from stadtkern_finance.models import TaxAccount
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.stock import mandates, searching
from stadtkern_finance.views.base import (
    NUMBER,
    PAGE_SIZE,
    add_deed,
    add_page,
    in_euros,
    number_of,
    owners_of,
    shared,
    street_of,
    table_of,
)

LIST, ONE, TABLE = "finance.accounts", "finance.account", "finance.accounts.table"
LONGEST = 100
MANDATE_STATES = {
    "live": _("can be used"),
    "future": _("not yet signed"),
    "used": _("used up"),
    "lapsed": _("not used for 36 months"),
    "ended": _("ended"),
}
MANDATE_LOOKS = {"live": "good", "future": "warn", "used": "neutral", "lapsed": "warn"}
MANDATE_KINDS = {
    "FRST": _("recurrent"),
    "RCUR": _("recurrent"),
    "OOFF": _("for one collection"),
    "FNAL": _("for a last collection"),
}


def asked(values: Any) -> dict[str, str]:
    """Return what a list is narrowed to; an unknown tax narrows nothing."""
    words = " ".join(clean(str(values.get("words", ""))).split())[:LONGEST]
    tax = str(values.get("tax", ""))
    found = {"words": words, "tax": tax if tax in TAXES else ""}
    return {name: value for name, value in found.items() if value}


def listing(request: Request) -> dict[str, Any]:
    """Show accounts. Constant SQL."""
    filters, page = asked(request.GET), page_number(request)
    rows, total = searching.page(
        request.db,
        filters.get("words", ""),
        filters.get("tax", ""),
        limit=PAGE_SIZE,
        offset=(page - 1) * PAGE_SIZE,
    )
    if not rows and page > 1:
        raise HTTPNotFound
    return shared(
        request,
        rows=rows,
        total=total,
        filters=filters,
        page=page,
        pages=max(1, -(-total // PAGE_SIZE)),
    )


def table(request: Request) -> Response:
    """Hand out a list of accounts as a table; the history says who took it along."""
    filters = asked(request.POST)
    head = (
        *(_("Kassenzeichen"), _("Tax"), _("File or tax number"), _("Owners"), _("Place")),
        *(_("Base amount"), _("Year"), _("Tax of the year")),
    )
    rows = (
        (
            *(row.kassenzeichen, request.translate(TAXES.get(row.tax_kind, row.tax_kind))),
            *(row.number, owners_of(row), street_of(row.place)),
            *(in_euros(row.messbetrag_cent), row.year, in_euros(row.amount_cent)),
        )
        for row in searching.every(request.db, filters.get("words", ""), filters.get("tax", ""))
    )
    about = ("finance_account", "list")
    return table_of(request, _("Accounts"), head, rows, about=about, name="konten")


def account_of(request: Request, *, lock: bool = False) -> TaxAccount:
    """Return the account that is asked for; 404 if the town has none."""
    found = searching.account(request.db, number_of(request), lock=lock)
    if found is None:
        raise HTTPNotFound
    return found


def one(request: Request) -> dict[str, Any]:
    """Show one account: what it is now, what it was assessed at, what it was called."""
    row = account_of(request)
    return shared(
        request,
        row=row,
        assessments=searching.assessments(request.db, row.id),
        aliases=searching.aliases(request.db, row.id),
        mandates=mandates.of_account(request.db, row.id),
        mandate_states=MANDATE_STATES,
        mandate_looks=MANDATE_LOOKS,
        mandate_kinds=MANDATE_KINDS,
        today=request.tenant.today(),
        **cases.beside(request.db, row.id),
    )


def includeme(config: Configurator) -> None:
    """Register the pages."""
    config.add_route(LIST, "/admin/finance/accounts")
    config.add_route(ONE, f"/admin/finance/accounts/{NUMBER}")
    add_page(config, listing, LIST, "accounts")
    config.add_route(TABLE, "/admin/finance/accounts.xlsx")
    add_page(config, one, ONE, "account")
    add_deed(config, table, TABLE, permission=FinancePermission.READ)
    config.add_audit_deed("finance.table", title=_("handed out as a table"))
    config.add_admin_item(
        LIST,
        title=_("Accounts (Kassenzeichen)"),
        route=LIST,
        permission=FinancePermission.READ,
        order=30,
    )
