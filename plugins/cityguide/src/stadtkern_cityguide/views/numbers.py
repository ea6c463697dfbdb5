"""How often the guide is used, drawn and as tables."""

from datetime import date, timedelta
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.visits import queries as visits
from stadtkern_cityguide.counts import DOWNLOADED, FINISHED, SCANNED, queries
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.queries import TYPES

OPENED = "opened"
TITLES = {
    OPENED: _("Pages opened"),
    SCANNED: _("Codes used"),
    DOWNLOADED: _("Tours taken along"),
    FINISHED: _("Rallies finished"),
}
PERIODS = {7: _("7 days"), 30: _("30 days"), 90: _("90 days"), 365: _("One year")}
STEPS = {365: 7}
"""Days in a column where one a day would be too narrow."""
HEIGHT = 120
"""Units of the chart's height."""


def numbers(request: Request) -> dict[str, Any]:
    """Show one number by day, and all of them by place and tour."""
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(number) for number in PERIODS} else 30
    metric = request.GET.get("metric", OPENED)
    if metric not in TITLES:
        metric = OPENED
    last = request.tenant.today()
    first = last - timedelta(days=days - 1)
    by_day = (
        visits.by_day(request.db, first, last, types=TYPES)
        if metric == OPENED
        else queries.by_day(request.db, metric, first, last)
    )
    spans = visits.in_steps(by_day, first, last, STEPS.get(days, 1))
    highest = max((span.number for span in spans), default=0)
    rows = _rows(request, first, last)
    return {
        "days": days,
        "periods": PERIODS,
        "metric": metric,
        "titles": TITLES,
        "columns": [
            (span, -(-span.number * HEIGHT // highest) if highest else 0) for span in spans
        ],
        "height": HEIGHT,
        "highest": highest,
        "whole": sum(span.number for span in spans),
        "rows": rows,
    }


def _rows(request: Request, first: date, last: date) -> list[tuple[Any, dict[str, int]]]:
    """Return places and tours with all their numbers, those that were used most first."""
    found: dict[int, dict[str, int]] = {}
    for row in visits.of_types(request.db, first, last, TYPES, queries.SHOWN):
        found.setdefault(row.node_id, {})[OPENED] = int(row.number)
    for row in queries.by_node(request.db, first, last):
        found.setdefault(row.node_id, {})[row.metric] = int(row.number)
    nodes = queries.nodes(request.db, found)
    rows = [(nodes[number], counted) for number, counted in found.items() if number in nodes]
    rows.sort(key=lambda pair: (-sum(pair[1].values()), pair[0].title))
    return rows[: queries.SHOWN]


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_route("cityguide.numbers", "/admin/cityguide/numbers")
    config.add_view(
        numbers,
        route_name="cityguide.numbers",
        request_method="GET",
        renderer="stadtkern_cityguide:templates/numbers.jinja2",
        permission=Permission.VIEW_DRAFTS,
        uses_session=True,
    )
    config.add_admin_item(
        "cityguide.numbers",
        title=_("Use of the guide"),
        route="cityguide.numbers",
        permission=Permission.VIEW_DRAFTS,
    )
