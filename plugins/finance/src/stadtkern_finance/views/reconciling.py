"""The tax office's stock beside ours."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.db import whole_number
from stadtkern.site import page_number
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.keys import TAXES
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.reconcile import comparing
from stadtkern_finance.views.base import (
    PAGE_SIZE,
    add_deed,
    add_page,
    in_euros,
    shared,
    table_of,
)

PAGE, TABLE = "finance.reconcile", "finance.reconcile.table"
OFFERED = 50


def _compared(request: Request, values: Any) -> tuple[int, comparing.Comparison]:
    number = whole_number(values.get("delivery"))
    theirs = None if number is None else comparing.of_delivery(request.db, number)
    if number is None or theirs is None:
        raise HTTPNotFound
    return number, comparing.compare(request.db, theirs)


def page(request: Request) -> dict[str, Any]:
    """Ask for a delivery, then show what differs."""
    made = shared(
        request,
        deliveries=comparing.deliveries(request.db, OFFERED),
        kinds=comparing.KINDS,
        to_do=comparing.WHAT_TO_DO,
        found=None,
        number=0,
    )
    if not request.GET.get("delivery"):
        return made
    number, found = _compared(request, request.GET)
    kind = request.GET.get("kind", "")
    kind = kind if kind in comparing.KINDS else ""
    lines, page_ = found.of(kind), page_number(request)
    shown = lines[(page_ - 1) * PAGE_SIZE : page_ * PAGE_SIZE]
    if not shown and page_ > 1:
        raise HTTPNotFound
    return made | {
        "found": found,
        "number": number,
        "kind": kind,
        "lines": shown,
        "page": page_,
        "pages": max(1, -(-len(lines) // PAGE_SIZE)),
    }


def table(request: Request) -> Response:
    """Hand out what differs as a table; the history says who took it along."""
    number, found = _compared(request, request.POST)
    head = (
        *(_("Difference"), _("Number"), _("Kassenzeichen"), _("Tax")),
        *(_("Base amount, tax office"), _("Base amount, ours")),
        *(_("Owners, tax office"), _("Owners, ours"), _("What to do")),
    )
    rows = (
        (
            ", ".join(request.translate(comparing.KINDS[kind]) for kind in line.kinds),
            *(line.number, line.kassenzeichen, request.translate(TAXES.get(line.tax, line.tax))),
            *(in_euros(line.there_cent), in_euros(line.here_cent)),
            *(line.there_owners, line.here_owners),
            " ".join(request.translate(comparing.WHAT_TO_DO[kind]) for kind in line.kinds),
        )
        for line in found.lines
    )
    about = ("exchange_delivery", number)
    return table_of(request, _("Stock compared"), head, rows, about=about, name="bestandsabgleich")


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_route(PAGE, "/admin/finance/reconcile")
    config.add_route(TABLE, "/admin/finance/reconcile.xlsx")
    add_page(config, page, PAGE, "reconcile")
    add_deed(config, table, TABLE, permission=FinancePermission.READ)
    config.add_admin_item(
        PAGE,
        title=_("Compare with the tax office"),
        route=PAGE,
        permission=FinancePermission.READ,
        order=70,
    )
