"""SQL of the map: what there is to draw, in the town's first language and all others alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from stadtkern.content import Node
from stadtkern.content.queries import VISIBLE
from stadtkern_cityguide.models import Area, Point, Track

# Translations lie where their originals lie: one of each group is enough.
_ONCE = func.min(Node.id)
_AREA_IDS = (
    select(_ONCE)
    .join(Area, Area.node_id == Node.id)
    .where(VISIBLE)
    .group_by(func.coalesce(Node.translation_group, Node.path))
)
_TOUR_IDS = (
    select(_ONCE)
    .join(Track, Track.node_id == Node.id)
    .where(VISIBLE)
    .group_by(func.coalesce(Node.translation_group, Node.path))
)
_PLACE_IDS = (
    select(_ONCE)
    .join(Point, Point.node_id == Node.id)
    .where(VISIBLE)
    .group_by(func.coalesce(Node.translation_group, Node.path))
)
_AREAS = select(Node.title, Node.body).where(Node.id.in_(_AREA_IDS)).order_by(Node.id)
_ROUTES = (
    select(Node.title, Track.mode, Track.line, Track.elevations)
    .join(Track, Track.node_id == Node.id)
    .where(Node.id.in_(_TOUR_IDS))
    .order_by(Node.id)
)
_PLACES = (
    select(Node.title, Point.kind, Point.lat, Point.lon)
    .join(Point, Point.node_id == Node.id)
    .where(Node.id.in_(_PLACE_IDS))
    .order_by(Node.id)
)
_AROUND = select(func.min(Point.lon), func.min(Point.lat), func.max(Point.lon), func.max(Point.lat))
_ALONG = select(
    func.min(Track.west), func.min(Track.south), func.max(Track.east), func.max(Track.north)
)
_SHOWN_AROUND = _AROUND.join(Node, Node.id == Point.node_id).where(VISIBLE)
_SHOWN_ALONG = _ALONG.join(Node, Node.id == Track.node_id).where(VISIBLE)


def areas(session: Session) -> Sequence[Any]:
    """Return the public areas with bodies."""
    return session.execute(_AREAS).all()


def routes(session: Session) -> Sequence[Any]:
    """Return the public tours' lines."""
    return session.execute(_ROUTES).all()


def places(session: Session) -> Sequence[Any]:
    """Return the public places' points."""
    return session.execute(_PLACES).all()


def surroundings(session: Session) -> tuple[float, float, float, float] | None:
    """Return the box around all places and tours, west, south, east, north; None without any."""
    return _around(session.execute(_AROUND).one(), session.execute(_ALONG).one())


def shown_surroundings(session: Session) -> tuple[float, float, float, float] | None:
    """Return the same of what is public: where drafts lie, nobody shall find out."""
    return _around(session.execute(_SHOWN_AROUND).one(), session.execute(_SHOWN_ALONG).one())


def _around(*rows: Any) -> tuple[float, float, float, float] | None:
    found = [tuple(row) for row in rows if row[0] is not None]
    if not found:
        return None
    return (
        min(row[0] for row in found),
        min(row[1] for row in found),
        max(row[2] for row in found),
        max(row[3] for row in found),
    )
