"""How the work stands: received, open, released and booked notices, by month and tax."""

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.audit import record
from stadtkern.web.sheets import Cell, handed_out, workbook
from stadtkern_finance import figures
from stadtkern_finance.i18n import _
from stadtkern_finance.intake.keys import TAXES
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.views.base import euros

ROUTE = "finance.overview"
HEIGHT = 120
"""Units of a chart's height; a column is drawn in whole ones."""
SERIES = {
    "received": _("Received"),
    "open": _("Still open"),
    "released": _("Released"),
    "booked": _("Booked"),
}
PERIODS = {12: _("One year"), 36: _("Three years")}


def _asked(request: Request) -> tuple[str, int]:
    """Return the tax (empty: all) and the number of months that are asked for."""
    tax = request.params.get("tax", "")
    count = request.params.get("months", "")
    known = {str(number): number for number in PERIODS}
    return (tax if tax in TAXES else ""), known.get(count, figures.MONTHS)


def _found(request: Request) -> tuple[str, int, list[figures.Line]]:
    tax, count = _asked(request)
    town = request.tenant
    lines = figures.lines(request.db, town.today(), ZoneInfo(town.timezone), count)
    return tax, count, lines


def overview(request: Request) -> dict[str, Any]:
    """Draw what came in, is open, was released and booked, with the numbers beside."""
    tax, count, found = _found(request)
    by_month = figures.summed((one for one in found if not tax or one.tax == tax), "month")
    return {
        "tax": tax,
        "months": count,
        "taxes": {
            name: title for name, title in TAXES.items() if any(x.tax == name for x in found)
        },
        "periods": PERIODS,
        "charts": [
            (name, title, *figures.columns(by_month, name, HEIGHT))
            for name, title in SERIES.items()
        ],
        "height": HEIGHT,
        "series": SERIES,
        "by_month": list(reversed(by_month.values())),
        "by_tax": figures.summed(found, "tax"),
        "euros": euros(request),
    }


def export(request: Request) -> Response:
    """Hand out the same numbers as a table, a line for each month and tax."""
    tax, _count, found = _found(request)
    head = [
        request.translate(title)
        for title in (_("Month"), _("Tax"), *SERIES.values(), _("Change of tax in euros"))
    ]
    rows: list[list[Cell]] = [
        [
            one.month,
            request.translate(TAXES[one.tax]),
            *(getattr(one, name) for name in SERIES),
            Decimal(one.cents) / 100,
        ]
        for one in found
        if not tax or one.tax == tax
    ]
    title = request.translate(_("Overview"))
    record(request.db, "finance.figures", "finance_account", "list")
    return handed_out(workbook(title, head, rows), f"overview-{request.tenant.today()}")


def includeme(config: Configurator) -> None:
    """Register the page and its table."""
    config.add_route(ROUTE, "/admin/finance")
    config.add_view(
        overview,
        route_name=ROUTE,
        request_method="GET",
        permission=FinancePermission.READ,
        renderer="stadtkern_finance:templates/overview.jinja2",
        uses_session=True,
    )
    config.add_view(
        export,
        route_name=ROUTE,
        request_method="POST",
        permission=FinancePermission.READ,
        uses_session=True,
    )
    config.add_admin_item(
        ROUTE,
        title=_("Overview of base notices"),
        route=ROUTE,
        permission=FinancePermission.READ,
        order=19,
    )
    config.add_audit_deed("finance.figures", title=_("overview handed out"))
