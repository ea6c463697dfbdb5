"""SQL of the open data: pages of features by their key, and what surrounds them.

A page follows the one before by the last one's key, so that what is added in between neither
repeats nor skips anything. Two statements a page, whatever the number of features.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session, aliased

from stadtkern.content import Node, Reference
from stadtkern.content.queries import VISIBLE
from stadtkern_cityguide.models import Area, Filing, Point, Stop, Track
from stadtkern_cityguide.queries import IN_LANGUAGE

STOPS = 1_000
"""A stop's key is its tour's number times this, and its position."""

MAX_KEY = 2**31 * STOPS

Box = tuple[float, float, float, float]
"""West, south, east, north in degrees; a west that lies east of its east crosses 180°."""

WHOLE = (
    Node.id,
    Node.path,
    Node.type,
    Node.language,
    Node.title,
    Node.summary,
    Node.sort_at,
    Node.until_at,
    Node.updated_at,
    Node.body_version,
    Node.body,
)
_VenueNode, _VenuePoint = aliased(Node), aliased(Point)
_AT_PLACE = (
    select(Reference.source_id, _VenuePoint.lat, _VenuePoint.lon)
    .join(_VenuePoint, _VenuePoint.node_id == Reference.target_id)
    .join(_VenueNode, _VenueNode.id == Reference.target_id)
    .where(
        Reference.kind == "block",
        _VenueNode.deleted_at.is_(None),
        _VenueNode.state == "published",
        _VenueNode.type == "place",
    )
)


@dataclass(frozen=True)
class Wanted:
    """Which features. ``span``: first and last moment, None where it is open.

    ``equal``: values by the name of a queryable; a category is given by the ids of its nodes.
    """

    collection: str
    language: str
    default: str
    limit: int = 10
    after: int = 0
    box: Box | None = None
    span: tuple[datetime | None, datetime | None] | None = None
    days: tuple[date | None, date | None] | None = None
    equal: Mapping[str, Any] = field(default_factory=dict)
    only: int | None = None
    more: tuple[Any, ...] = ()


_FROM: Mapping[str, Any] = {
    "places": select(*WHOLE, Point.lat, Point.lon)
    .join(Point, Point.node_id == Node.id)
    .where(VISIBLE, Node.type == "place"),
    "areas": select(*WHOLE, Point.lat, Point.lon)
    .join(Area, Area.node_id == Node.id)
    .join(Point, Point.node_id == Node.id)
    .where(VISIBLE, Node.type == "place"),
    "tours": select(
        *WHOLE,
        Track.line,
        Track.elevations,
        Track.mode,
        Track.length_m,
        Track.ascent_m,
        Track.descent_m,
    )
    .join(Track, Track.node_id == Node.id)
    .where(VISIBLE, Node.type == "tour"),
    "stops": select(Stop.node_id, Stop.position, Stop.lat, Stop.lon)
    .join(Node, Node.id == Stop.node_id)
    .where(VISIBLE, Node.type == "tour"),
    "events": select(*WHOLE).where(VISIBLE, Node.type == "event", Node.sort_at.is_not(None)),
}
_SOUTH_WEST_NORTH_EAST: Mapping[str, Any] = {
    "places": (Point.lat, Point.lon, Point.lat, Point.lon),
    "areas": (Area.south, Area.west, Area.north, Area.east),
    "tours": (Track.south, Track.west, Track.north, Track.east),
    "stops": (Stop.lat, Stop.lon, Stop.lat, Stop.lon),
    "events": (_VenuePoint.lat, _VenuePoint.lon, _VenuePoint.lat, _VenuePoint.lon),
}
_EQUAL: Mapping[str, Mapping[str, Any]] = {
    "places": {"kind": Point.kind, "step_free": Point.step_free, "title": Node.title},
    "areas": {"kind": Point.kind, "step_free": Point.step_free, "title": Node.title},
    "tours": {"mode": Track.mode, "title": Node.title},
    "stops": {"tour": Stop.node_id},
    "events": {"title": Node.title},
}


def _touching(collection: str, box: Box) -> Any:
    west, south, east, north = box
    low, left, high, right = _SOUTH_WEST_NORTH_EAST[collection]
    across = and_(left <= east, right >= west) if west <= east else or_(right >= west, left <= east)
    within = and_(low <= north, high >= south, across)
    if collection != "events":
        return within
    return Node.id.in_(_AT_PLACE.where(within).with_only_columns(Reference.source_id))


def _during(wanted: Wanted) -> list[Any]:
    """Return the conditions of a time: what ``ogc.collections`` tells of each collection."""
    if wanted.span is None or wanted.days is None:
        return []
    if wanted.collection in {"places", "areas"}:
        first, last = wanted.days
        return [
            *([] if last is None else [_unless(Point.valid_from, Point.valid_from <= last)]),
            *([] if first is None else [_unless(Point.valid_to, Point.valid_to >= first)]),
        ]
    start, end = wanted.span
    begins, ends = Node.updated_at, Node.updated_at
    if wanted.collection == "events":
        begins, ends = Node.sort_at, func.coalesce(Node.until_at, Node.sort_at)  # type: ignore[assignment]
    return [
        *([] if end is None else [begins <= end]),
        *([] if start is None else [ends >= start]),
    ]


def _unless(column: Any, condition: Any) -> Any:
    return or_(column.is_(None), condition)


def _equal(wanted: Wanted) -> list[Any]:
    conditions: list[Any] = []
    for key, value in wanted.equal.items():
        if key == "category":
            filed = select(Filing.node_id).where(Filing.category_id.in_(value))
            conditions.append(Node.id.in_(filed))
        elif key == "place":
            named = select(Reference.source_id).where(Reference.target_id == value)
            conditions.append(Node.id.in_(named.where(Reference.kind == "block")))
        else:
            conditions.append(_EQUAL[wanted.collection][key] == value)
    return conditions


def _chosen(wanted: Wanted) -> tuple[Any, dict[str, Any]]:
    """Return the statement without order and page, and its bound values."""
    name = wanted.collection
    conditions = _during(wanted)
    if wanted.box is not None:
        conditions.append(_touching(name, wanted.box))
    conditions += _equal(wanted)
    conditions += wanted.more
    if wanted.only is not None:
        conditions.append(_key_is(name, wanted.only))
    values = {"language": wanted.language, "default": wanted.default}
    if wanted.only is not None:
        # A number names one feature, whatever language the page around it is in.
        values = {}
    elif wanted.language == wanted.default:
        conditions.append(Node.language == wanted.language)
        values = {}
    else:
        conditions.append(IN_LANGUAGE)
    return _FROM[name].where(*conditions), values


def _key_is(name: str, key: int) -> Any:
    if name == "stops":
        return and_(Stop.node_id == key // STOPS, Stop.position == key % STOPS)
    return Node.id == key


def features(session: Session, wanted: Wanted) -> Sequence[Any]:
    """Return public features by their keys from ``after`` on, one query."""
    statement, values = _chosen(wanted)
    if wanted.collection == "stops":
        tour, position = divmod(wanted.after, STOPS)
        follows = or_(Stop.node_id > tour, and_(Stop.node_id == tour, Stop.position > position))
        statement = statement.where(follows).order_by(Stop.node_id, Stop.position)
    else:
        statement = statement.where(Node.id > wanted.after).order_by(Node.id)
    found: Sequence[Any] = session.execute(statement.limit(wanted.limit), values).all()
    return found


def count(session: Session, wanted: Wanted) -> int:
    """Return how many there are on all pages together, one query."""
    statement, values = _chosen(wanted)
    counted = statement.with_only_columns(func.count(), maintain_column_froms=True)
    return int(session.scalar(counted, values) or 0)


def extent(
    session: Session, wanted: Wanted
) -> tuple[Box | None, tuple[datetime | None, datetime | None]]:
    """Return the box around a collection's public features and, of events, their time."""
    statement, values = _chosen(wanted)
    low, left, high, right = _SOUTH_WEST_NORTH_EAST[wanted.collection]
    moments = (func.min(Node.sort_at), func.max(func.coalesce(Node.until_at, Node.sort_at)))
    edges = (func.min(left), func.min(low), func.max(right), func.max(high))
    if wanted.collection == "events":
        chosen = statement.with_only_columns(Node.id).scalar_subquery()
        box = session.execute(
            _AT_PLACE.where(Reference.source_id.in_(chosen)).with_only_columns(*edges), values
        ).one()
        times: Any = session.execute(
            statement.with_only_columns(*moments, maintain_column_froms=True), values
        ).one()
    else:
        box = session.execute(
            statement.with_only_columns(*edges, maintain_column_froms=True), values
        ).one()
        times = (None, None)
    found = None if box[0] is None else (box[0], box[1], box[2], box[3])
    return found, (times[0], times[1])


_TOURS_OF_STOPS = select(
    Node.id, Node.path, Node.language, Node.title, Node.updated_at, Node.body_version, Node.body
)


def tours_by_id(session: Session, ids: Collection[int]) -> dict[int, Any]:
    """Return tours with their bodies; stops that were found say that they are public."""
    rows = session.execute(_TOURS_OF_STOPS.where(Node.id.in_(sorted(ids))))
    return {row.id: row for row in rows}


_VENUES = (
    select(Node.id, Node.path, Node.title, Point.lat, Point.lon)
    .join(Point, Point.node_id == Node.id)
    .where(VISIBLE, Node.type == "place")
)


def venues(session: Session, ids: Collection[int]) -> dict[int, Any]:
    """Return those of some places that everybody may see; none is asked for where there is none."""
    if not ids:
        return {}
    return {row.id: row for row in session.execute(_VENUES.where(Node.id.in_(sorted(ids))))}


_SHELVED = (
    select(Node.id, Node.path, Node.language, Node.translation_group, Point.lat, Point.lon)
    .join(Point, Point.node_id == Node.id)
    .where(
        Node.type == "place",
        Node.state == "published",
        Node.deleted_at.is_(None),
        Node.language.in_(bindparam("languages", expanding=True)),
    )
    .order_by(Node.id)
)
_HIDDEN = select(Node.path).where(Node.state != "published", Node.deleted_at.is_(None))
_PLACES_BY_ID = (
    select(*WHOLE, Point.lat, Point.lon)
    .join(Point, Point.node_id == Node.id)
    .where(
        Node.id.in_(bindparam("ids", expanding=True)),
        Node.state == "published",
        Node.deleted_at.is_(None),
    )
    .order_by(Node.id)
)


def shelved(session: Session, language: str, default: str) -> list[Any]:
    """Return id, latitude and longitude of all places that everybody may see, by their ids.

    Which pages hide what is below them is asked once instead of upward from each of 10,000 places,
    as ``VISIBLE`` does. Two queries.
    """
    rows = session.execute(_SHELVED, {"languages": sorted({language, default})}).all()
    hidden = set(session.scalars(_HIDDEN))
    told = {row.translation_group for row in rows if row.language == language}
    return [
        row
        for row in rows
        if (row.language == language or row.translation_group not in told)
        and not _below_any(row.path, hidden)
    ]


def _below_any(path: str, hidden: Collection[str]) -> bool:
    at = path.find("/", 1)
    while at != -1:
        if path[:at] in hidden:
            return True
        at = path.find("/", at + 1)
    return False


def places_by_id(session: Session, ids: Collection[int]) -> Sequence[Any]:
    """Return places with bodies; only those that a shelf says are public may be asked for."""
    return session.execute(_PLACES_BY_ID, {"ids": list(ids)}).all() if ids else ()


def fitting(session: Session, wanted: Wanted) -> Sequence[int]:
    """Return the ids of places, drafts too, that have the values and times that are asked for."""
    statement = select(Point.node_id).join(Node, Node.id == Point.node_id)
    return session.scalars(statement.where(*_during(wanted), *_equal(wanted), *wanted.more)).all()
