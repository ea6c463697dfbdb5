"""What the screen shows and what it is filled with: forms, state, words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import colander
from pyramid.request import Request

from stadtkern.content import locks
from stadtkern.forms import fields as f
from stadtkern_cityguide.figures import Line
from stadtkern_cityguide.gpx import MAX_BYTES
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.route.figures import Figures
from stadtkern_cityguide.route.stops import Row
from stadtkern_cityguide.schemas import MODES
from stadtkern_cityguide.schemas.common import author, licence

MAX_PASTED = 2_000_000


class RouteSchema(colander.MappingSchema):
    """What the screen has of a tour that is there already."""

    mode = f.choice(_("How to get about"), MODES, default="foot")


class NewTourSchema(colander.MappingSchema):
    """What a tour needs to begin with."""

    title = f.line(_("Title"), maximum=200)
    mode = f.choice(_("How to get about"), MODES, default="foot")
    licence = licence(required=True)
    attribution = author()


class TakeSchema(colander.MappingSchema):
    """A line that somebody has already."""

    pasted = f.text(
        _("Paste a route"),
        maximum=MAX_PASTED,
        rows=4,
        required=False,
        description=_(
            "GPX, a GeoJSON LineString, or a table with latitude, longitude and, if known, "
            "elevation in each row."
        ),
    )
    upload = f.upload(
        _("or choose a file"),
        accept=".gpx,.geojson,.json,.csv,.txt",
        maximum=MAX_BYTES,
        required=False,
    )


@dataclass
class Held:
    """Who has the tour's form open, as the back office's templates ask for it."""

    lock: str
    base: int = 0
    taken: locks.Holder | None = None
    left: None = None
    since: str = ""


@dataclass
class State:
    """What the screen shows: stored or typed.

    ``written``: the line's message, relative to ``base``; empty while nobody has changed it.
    ``before``: figures of the line that was there, while another one is shown in its place.
    """

    rows: list[Row]
    written: str = ""
    base: Line | None = None
    base_name: str = ""
    line: Line | None = None
    problem: Any = None
    notices: list[Any] = field(default_factory=list)
    before: Figures | None = None


def not_shown(request: Request, state: State, wrong: Iterable[tuple[Any, Any]]) -> list[str]:
    """Return sentences on what a preview leaves out: fields by title and reason, and stops."""
    named = list(wrong)
    for number, row in enumerate((row for row in state.rows if not row.empty), start=1):
        if row.errors:
            stop = _("Stop ${n}", mapping={"n": number})
            named.append((stop, next(iter(row.errors.values()))))
    found = [
        _("“${field}” is not shown yet: ${reason}", mapping={"field": title, "reason": reason})
        for title, reason in named
    ]
    return [request.translate(one) for one in ([state.problem] if state.problem else []) + found]


UNTITLED = _("No title yet")
GONE = _(
    "The line that you began with is no longer known here, so your changes to it could not be "
    "taken. The stops are as you typed them; please draw the line anew on the present one."
)
NO_LINE = _(
    "The tour has no line yet. Please draw one on the map, or paste one, then save again. Nothing "
    "is stored yet."
)
MEANWHILE = _(
    "Somebody else has saved this tour in the meantime. Nothing is stored yet; what you see here "
    "is yours. Save again to put your line and your stops in place of theirs, or load the page "
    "anew to go on with theirs."
)
