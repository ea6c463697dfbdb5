"""What opening hours mean, while somebody writes them: the next 14 days, and the week as a grid."""

import json
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern_cityguide import hours
from stadtkern_cityguide.hours.grid import grid_of, read_grid, text_of, trap
from stadtkern_cityguide.opening import DAYS_FOR_EDITORS, clock

MAX_GRID = 4_000


def meaning(request: Request, text: str) -> dict[str, Any]:
    """Return what a template needs to say what a text means."""
    text = hours.repaired(text)
    problem = hours.problem(text) if text.strip() else None
    known = bool(text.strip()) and problem is None
    return {
        "text": text,
        "problem": problem,
        "uncertain": known and hours.uncertain(text),
        "trap": trap(text) if known else "",
        "days": hours.days(text, clock(request).date(), DAYS_FOR_EDITORS) if known else (),
    }


def check(request: Request) -> Response:
    """Answer the form's script: the text, what it means, and its grid if a week can show it."""
    written = request.GET.get("grid", "")
    text = str(request.GET.get("text", ""))[: 2 * hours.MAX_LENGTH]
    if written:
        try:
            grid = read_grid(json.loads(written[:MAX_GRID]))
        except (ValueError, RecursionError):
            grid = None
        text = text if grid is None else text_of(grid)
    found = meaning(request, text)
    template = request.registry["jinja"].get_template(
        "stadtkern_cityguide:templates/_meaning.jinja2"
    )
    return Response(
        json_body={
            "text": found["text"],
            "html": template.render(request=request, meaning=found),
            "grid": grid_of(found["text"]) if found["text"].strip() else {},
        }
    )


def includeme(config: Configurator) -> None:
    """Register the question."""
    config.add_route("cityguide.hours", "/admin/cityguide/hours")
    config.add_view(
        check, route_name="cityguide.hours", request_method="GET", permission=Permission.OFFICE
    )
