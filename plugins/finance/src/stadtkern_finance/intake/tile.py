"""The dashboard's tile: what waits for the treasury's people."""

from collections.abc import Sequence
from typing import Any

from pyramid.renderers import render
from pyramid.request import Request

from stadtkern.exchange import models, queries
from stadtkern_finance.i18n import _

AREA = "finance"


def tile(request: Request) -> str | None:
    """Return the numbers of records that wait, each a link to its list; None without any."""
    counts = queries.counts(request.db, AREA, {})
    lists = (
        (_("with errors"), {"state": models.OPEN, "severity": models.ERROR}),
        (_("with warnings"), {"state": models.OPEN, "severity": models.WARNING}),
        (_("without findings"), {"state": models.OPEN, "severity": "green"}),
        (_("waiting for release"), {"state": models.PROPOSED}),
    )
    rows = [(title, query, _number(counts, query)) for title, query in lists]
    if not any(number for _title, _query, number in rows):
        return None
    values = {"rows": rows, "area": AREA}
    return str(render("stadtkern_finance:templates/tile.jinja2", values, request=request))


def _number(counts: Sequence[Any], query: dict[str, str]) -> int:
    heavy = {models.ERROR, models.WARNING}
    wanted = query.get("severity")
    return sum(
        row.number
        for row in counts
        if row.state == query["state"]
        and wanted in {None, row.severity if row.severity in heavy else "green"}
    )
