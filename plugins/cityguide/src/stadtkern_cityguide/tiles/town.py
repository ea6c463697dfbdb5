"""A town's own map: what is public of its tours, areas and places, by their numbers."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from stadtkern.tenants import Tenant
from stadtkern_cityguide import areas
from stadtkern_cityguide.figures import decode_line
from stadtkern_cityguide.tiles import drawing, queries
from stadtkern_cityguide.tiles.files import Facts


def draw_town(
    session: Session, town: Tenant, *, attribution: str = "", zoom: int = drawing.DEFAULT_ZOOM
) -> tuple[drawing.Drawn, Facts] | None:
    """Draw the town's map under its own name; None where nothing is public."""
    words = attribution or town.name
    drawn = drawing.draw(list(_shapes(session)), name=town.name, attribution=words, zoom=zoom)
    if drawn is None:
        return None
    return drawn, Facts("guide", words, drawn.bounds, drawn.min_zoom, drawn.max_zoom)


def _shapes(session: Session) -> Iterator[drawing.Shape]:
    for row in queries.areas(session):
        found = areas.stored(str(((row.body or {}).get("fields") or {}).get("area") or ""))
        if found is not None:
            yield drawing.area(found, title=row.title)
    for row in queries.routes(session):
        line = decode_line(row.line, row.elevations)
        yield drawing.route(line.segments, title=row.title, mode=row.mode)
    for row in queries.places(session):
        yield drawing.place(row.lat, row.lon, title=row.title, kind=row.kind)
