"""Accounts: found by number, name or place; one account with all that hangs on it."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.forms import clean
from stadtkern.site import page_number
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.keys import TAXES
from stadtkern_finance.models import TaxAccount
from stadtkern_finance.office.base import NUMBER, PAGE_SIZE, add_page, number_of, shared
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.stock import searching

LIST, ONE = "finance.accounts", "finance.account"
LONGEST = 100


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
    )


def includeme(config: Configurator) -> None:
    """Register the pages."""
    config.add_route(LIST, "/admin/finance/accounts")
    config.add_route(ONE, f"/admin/finance/accounts/{NUMBER}")
    add_page(config, listing, LIST, "accounts")
    add_page(config, one, ONE, "account")
    config.add_admin_item(
        LIST,
        title=_("Accounts (Kassenzeichen)"),
        route=LIST,
        permission=FinancePermission.READ,
        order=30,
    )
