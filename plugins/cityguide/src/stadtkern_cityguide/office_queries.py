"""The SQL of the guide's back office; that of its public pages stands in ``queries``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from pyramid.request import Request
from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from stadtkern.content import Node, scope
from stadtkern_cityguide.models import Point

MAX_CHOICES = 2_000
"""Places that a tour's stops may be linked to on one screen."""

HIDDEN_SHOWN = 5
"""Hidden pages that the tile names."""

_FOR_STOPS = (
    select(Node.id, Node.title, Point.lat, Point.lon)
    .join(Point, Point.node_id == Node.id)
    .where(Node.deleted_at.is_(None), Node.type == "place", Node.language == bindparam("language"))
    .order_by(Node.title, Node.id)
    .limit(MAX_CHOICES)
)

_HIDDEN = (
    select(Node.id, Node.path, Node.title)
    .where(
        Node.deleted_at.is_(None),
        or_(
            Node.path.in_(bindparam("reserved", expanding=True)),
            and_(Node.path > "/guide/", Node.path < "/guide0"),
        ),
    )
    .order_by(Node.path)
    .limit(HIDDEN_SHOWN)
)


def places_for_stops(request: Request, language: str) -> Sequence[Any]:
    """Return the places that somebody may link stops to: those that they may see."""
    statement = _FOR_STOPS.where(scope.office_view(request))
    return request.db.execute(statement, {"language": language}).all()


def titles(request: Request, ids: Collection[int]) -> Sequence[Any]:
    """Return ids and titles of nodes that somebody may see; nothing is asked for none."""
    if not ids:
        return ()
    wanted = Node.id.in_(sorted(ids)), Node.deleted_at.is_(None), scope.office_view(request)
    return request.db.execute(select(Node.id, Node.title).where(*wanted)).all()


def hidden_pages(session: Session, locales: Collection[str]) -> Sequence[Any]:
    """Return pages at or below the guide's own addresses, where nobody can open them."""
    reserved = ["/guide", "/ogc", *(f"/{locale}/guide" for locale in locales)]
    return session.execute(_HIDDEN, {"reserved": reserved}).all()
