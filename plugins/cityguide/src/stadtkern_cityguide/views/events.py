"""What is on: the dates of the guide's events, one line each."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.db import utcnow
from stadtkern.site import page_number
from stadtkern_cityguide.recurrence import keeping

PAGE_SIZE = 50


def events(request: Request) -> dict[str, Any]:
    """List what takes place next; what repeats stands at each of its dates."""
    page = page_number(request)
    rows = keeping.coming(
        request.db, request.locale_name, limit=PAGE_SIZE + 1, offset=(page - 1) * PAGE_SIZE
    )
    if not rows and page > 1:
        raise HTTPNotFound
    if rows:
        left = (min(row.ends_at for row in rows) - utcnow()).total_seconds()
        request.page_cache_seconds = max(1.0, left)
    return {"rows": rows[:PAGE_SIZE], "page": page, "more": len(rows) > PAGE_SIZE}


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_route("cityguide.events", "/guide/events")
    config.add_view(
        events,
        route_name="cityguide.events",
        renderer="stadtkern_cityguide:templates/events.jinja2",
        request_method="GET",
        page_cache={"params": ("page",)},
    )
