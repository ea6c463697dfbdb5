"""How often pages are read and what is searched in vain, drawn and as tables."""

from datetime import timedelta
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.admin.items import FEEDBACK
from stadtkern.admin.views.base import add_page
from stadtkern.visits import queries
from stadtkern.web.i18n import _

PERIODS = {7: _("7 days"), 30: _("30 days"), 90: _("90 days"), 365: _("One year")}
"""Days that can be looked at."""
STEPS = {365: 7}
"""Days in a column where one a day would be too narrow."""
SHOWN = 25
HEIGHT = 120
"""Units of the chart's height; a column is drawn in whole ones."""


def visits(request: Request) -> dict[str, Any]:
    """Show numbers of a period and, beside its sum, that of the period before."""
    wanted = request.GET.get("days", "")
    days = int(wanted) if wanted in {str(number) for number in PERIODS} else 30
    today = request.tenant.today()
    period = timedelta(days=days)
    first = today - period + timedelta(days=1)
    numbers = queries.by_day(request.db, first, today)
    spans = queries.in_steps(numbers, first, today, STEPS.get(days, 1))
    highest = max((span.number for span in spans), default=0)
    read = queries.pages(request.db, first, today, SHOWN)
    return {
        "days": days,
        "periods": PERIODS,
        "columns": [
            (span, -(-span.number * HEIGHT // highest) if highest else 0) for span in spans
        ],
        "height": HEIGHT,
        "highest": highest,
        "whole": sum(span.number for span in spans),
        "before": queries.total(
            request.db, first - timedelta(days=days), first - timedelta(days=1)
        ),
        "read": read,
        "most": read[0].number if read else 0,
        "searches": queries.vain_searches(request.db, first, today, SHOWN),
        "least": queries.LEAST,
    }


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_route("admin.visits", "/admin/visits")
    add_page(config, visits, "admin.visits", "visits", permission=Permission.VIEW_DRAFTS)
    config.add_admin_item(
        "visits",
        title=_("Visits"),
        route="admin.visits",
        section=FEEDBACK,
        permission=Permission.VIEW_DRAFTS,
        order=54,
    )
