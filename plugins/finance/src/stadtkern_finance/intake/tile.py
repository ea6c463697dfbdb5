"""The dashboard's tile: what waits for the treasury's people."""

from datetime import timedelta

from pyramid.renderers import render
from pyramid.request import Request

from stadtkern.db import utcnow
from stadtkern.exchange import models, queries
from stadtkern_finance.i18n import _

AREA = "finance"
RECENTLY = timedelta(days=30)
"""How long the tile speaks of deliveries whose format has changed."""


def tile(request: Request) -> str | None:
    """Return the numbers of records that wait, each a link to its list; None without any."""
    counts = queries.counts(request.db, AREA, {})
    lists = (
        (_("with errors"), {"state": models.OPEN, "severity": models.ERROR}),
        (_("with warnings"), {"state": models.OPEN, "severity": models.WARNING}),
        (_("without findings"), {"state": models.OPEN, "severity": models.GREEN}),
        (_("waiting for release"), {"state": models.PROPOSED}),
    )
    rows = [(title, query, queries.number_in(counts, query)) for title, query in lists]
    drifted = queries.count_drifted(request.db, AREA, utcnow() - RECENTLY)
    if not drifted and not any(number for _title, _query, number in rows):
        return None
    values = {"rows": rows, "area": AREA, "drifted": drifted}
    return str(render("stadtkern_finance:templates/tile.jinja2", values, request=request))
