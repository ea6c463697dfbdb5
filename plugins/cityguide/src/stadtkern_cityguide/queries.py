"""All SQL that reads the guide. Built once at import, with bind parameters."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Float, and_, bindparam, exists, func, literal_column, not_, or_, select
from sqlalchemy.orm import Session, aliased

from stadtkern.content import Node, Reference
from stadtkern.content.queries import LIGHT, VISIBLE
from stadtkern.db import utcnow
from stadtkern_cityguide.geometry import EARTH_RADIUS_M, haversine_m
from stadtkern_cityguide.models import DrawnLine, Filing, Origin, Point, Track

if TYPE_CHECKING:
    from stadtkern_cityguide.filters import Filter

TYPES = ("tour", "place")
PAGE_SIZE = 100
"""Tours and places on one page of the guide, in the list and on its map."""

NEARBY = 5
"""Neighbours that a place's page names."""

NEARBY_M = 5_000
"""How far away (metres) a neighbour may be, along the meridian and across."""

MAX_HOURS = 10_000
"""Different opening hours that are evaluated for “open now”."""

MAX_CATEGORIES = 300
"""Categories of a town, in all of its languages together."""

_Translation = aliased(Node)
IN_LANGUAGE = or_(
    Node.language == bindparam("language"),
    # What nobody has translated is better shown in the town's first language than not at all.
    and_(
        Node.language == bindparam("default"),
        not_(
            exists(
                select(literal_column("1"))
                .select_from(_Translation)
                .where(
                    _Translation.tenant_id == Node.tenant_id,
                    _Translation.translation_group == Node.translation_group,
                    _Translation.language == bindparam("language"),
                    _Translation.state == "published",
                    _Translation.deleted_at.is_(None),
                )
            )
        ),
    ),
)
_SHOWN = and_(VISIBLE, Node.type.in_(TYPES), IN_LANGUAGE)

_ENTRIES = (
    select(
        *LIGHT,
        Point.kind,
        func.coalesce(Point.step_free, Track.step_free).label("step_free"),
        Point.lat,
        Point.lon,
        Track.mode,
        Track.length_m,
        Track.ascent_m,
        Track.descent_m,
        Track.start_lat,
        Track.start_lon,
        func.count().over().label("total"),
    )
    .select_from(Node)
    .outerjoin(Point, Point.node_id == Node.id)
    .outerjoin(Track, Track.node_id == Node.id)
    .where(_SHOWN, or_(Point.node_id.is_not(None), Track.node_id.is_not(None)))
    .limit(PAGE_SIZE)
    .offset(bindparam("skip"))
)
_GUIDE = _ENTRIES.order_by(Node.type.desc(), Node.path, Node.id)
_LAT, _LON = func.coalesce(Point.lat, Track.start_lat), func.coalesce(Point.lon, Track.start_lon)
_NORTH, _EAST = _LAT - bindparam("lat"), _LON - bindparam("lon")
_NEAR = _ENTRIES.order_by(
    Node.type.desc(),
    _NORTH * _NORTH + _EAST * _EAST * bindparam("narrow", type_=Float),
    Node.id,
)
"""Near enough: degrees east are made as long as degrees north; the distance is computed after."""

_BODIES = select(Node.id, Node.type, Node.body).where(Node.id.in_(bindparam("ids", expanding=True)))
"""Apart from the list: what it sorts and counts stays small."""

_HOURS = (
    select(Point.hours)
    .join(Node, Node.id == Point.node_id)
    .where(Point.hours != "", Node.state == "published", Node.deleted_at.is_(None))
    .distinct()
    .limit(MAX_HOURS)
)

_COUNTS = (
    select(Node.type, func.count())
    .select_from(Node)
    .outerjoin(Point, Point.node_id == Node.id)
    .outerjoin(Track, Track.node_id == Node.id)
    .where(_SHOWN, or_(Point.node_id.is_not(None), Track.node_id.is_not(None)))
    .group_by(Node.type)
)

_NEARBY = (
    select(Node.id, Node.path, Node.title, Point.lat, Point.lon)
    .join(Point, Point.node_id == Node.id)
    .where(
        VISIBLE,
        Node.id != bindparam("node"),
        Node.type == "place",
        Node.language == bindparam("language"),
        Point.lat.between(bindparam("south"), bindparam("north")),
        Point.lon.between(bindparam("west"), bindparam("east")),
    )
    .order_by(
        (Point.lat - bindparam("lat")) * (Point.lat - bindparam("lat"))
        + (Point.lon - bindparam("lon"))
        * (Point.lon - bindparam("lon"))
        * bindparam("narrow", type_=Float),
        Node.id,
    )
    .limit(NEARBY)
)

_FILINGS = select(Filing).where(Filing.node_id == bindparam("node"))

_CATEGORIES = (
    select(*LIGHT, Node.translation_group, Node.body_version, Node.body)
    .where(VISIBLE, Node.type == "guide_category")
    .order_by(Node.path, Node.id)
    .limit(MAX_CATEGORIES)
)

_HAPPENINGS = (
    select(*LIGHT, Node.until_at)
    .where(
        VISIBLE,
        Node.type == "event",
        Node.language == bindparam("language"),
        Node.until_at >= bindparam("now"),
        Node.id.in_(select(Reference.source_id).where(Reference.target_id == bindparam("place"))),
    )
    .order_by(Node.sort_at, Node.id)
    .limit(NEARBY)
)

_PASSING = (
    select(*LIGHT)
    .where(
        VISIBLE,
        Node.type == "tour",
        Node.language == bindparam("language"),
        Node.id.in_(select(Reference.source_id).where(Reference.target_id == bindparam("place"))),
    )
    .order_by(Node.title, Node.id)
    .limit(NEARBY)
)

_TRACK = select(Track).where(Track.node_id == bindparam("node"))

_LINE = select(DrawnLine).where(DrawnLine.fingerprint == bindparam("name")).limit(1)

_SAME_FILE = (
    select(Node.id, Node.path, Node.title, Node.state)
    .join(Track, Track.node_id == Node.id)
    .where(Node.deleted_at.is_(None), Track.source_sha256 == bindparam("sha256"))
    .order_by(Node.id)
    .limit(1)
)

_SAME_NAME = (
    select(Node.id, Node.path, Node.title, Node.state)
    .join(Track, Track.node_id == Node.id)
    .where(
        Node.deleted_at.is_(None),
        or_(Track.source_name == bindparam("source_name"), Node.title == bindparam("title")),
    )
    .order_by(Node.id)
    .limit(1)
)

_ORIGINS = (
    select(Origin, Node)
    .join(Node, Node.id == Origin.node_id)
    .where(Origin.source == bindparam("source"))
)

_NAMED = (
    select(Node.id, Node.title, Node.path, Point.lat, Point.lon)
    .join(Point, Point.node_id == Node.id)
    .where(
        Node.deleted_at.is_(None),
        Node.type == "place",
        Node.title.in_(bindparam("titles", expanding=True)),
    )
    .order_by(Node.id)
)

_PATH = select(Node.path).where(
    Node.id == bindparam("node"), Node.type == bindparam("kind"), Node.deleted_at.is_(None)
)


def guide(
    session: Session, language: str, default: str, page: int = 1, wanted: Filter | None = None
) -> Sequence[Any]:
    """Return one page of published tours, then places; one query, the total in each row.

    ``wanted``: tours have neither categories nor hours, so that such a filter leaves places only.
    """
    values: dict[str, Any] = {
        "language": language,
        "default": default,
        "skip": (page - 1) * PAGE_SIZE,
    }
    statement = _GUIDE
    if wanted is not None and wanted.near is not None:
        statement = _NEAR
        lat, lon = wanted.near
        narrow = max(math.cos(math.radians(lat)), 0.01)
        values |= {"lat": lat, "lon": lon, "narrow": narrow * narrow}
    if wanted is not None and wanted.given:
        statement = _narrowed(statement, wanted)
    return session.execute(statement, values).all()


def bodies(session: Session, ids: Collection[int]) -> Sequence[Any]:
    """Return the bodies of one page's entries, in which their pictures are found."""
    return session.execute(_BODIES, {"ids": sorted(ids)}).all() if ids else []


def _narrowed(statement: Any, wanted: Filter) -> Any:
    """Return the list with what somebody looks for alone."""
    if wanted.places_only:
        statement = statement.where(Node.type == "place")
    if wanted.words:
        fits = [Node.title.icontains(wanted.words, autoescape=True)]
        if wanted.held is not None:
            fits.append(wanted.held)
        if wanted.called:
            fits.append(_filed_under(wanted.called))
        statement = statement.where(or_(*fits))
    if wanted.category is not None:
        statement = statement.where(_filed_under(wanted.category.ids))
    if wanted.step_free:
        statement = statement.where(or_(Point.step_free == "yes", Track.step_free == "yes"))
    if wanted.spoken:
        statement = statement.where(Point.spoken.contains(f" {wanted.spoken} ", autoescape=True))
    if wanted.open_now:
        statement = statement.where(
            Point.hours.in_(wanted.hours),
            or_(Point.closed_until.is_(None), Point.closed_until < wanted.today),
        )
    return statement


def _filed_under(categories: Collection[int]) -> Any:
    return Node.id.in_(select(Filing.node_id).where(Filing.category_id.in_(categories)))


def written_hours(session: Session) -> list[str]:
    """Return the different opening hours of published places; many share theirs."""
    return list(session.scalars(_HOURS))


def counts(session: Session, language: str, default: str) -> dict[str, int]:
    """Return how many tours and places are published."""
    rows = session.execute(_COUNTS, {"language": language, "default": default})
    return {kind: number for kind, number in rows}  # noqa: C416 - rows are no pairs to mypy


def nearby(
    session: Session, node_id: int, language: str, lat: float, lon: float
) -> list[tuple[Any, float]]:
    """Return the nearest published places in a language with their distance in metres.

    The index finds those in a box around the position; how far they are is computed after.
    """
    high = math.degrees(NEARBY_M / EARTH_RADIUS_M)
    narrow = max(math.cos(math.radians(lat)), 0.01)
    rows = session.execute(
        _NEARBY,
        {
            "node": node_id,
            "language": language,
            "lat": lat,
            "lon": lon,
            "south": lat - high,
            "north": lat + high,
            "west": lon - high / narrow,
            "east": lon + high / narrow,
            "narrow": narrow * narrow,
        },
    )
    found = [(row, haversine_m((lat, lon), (row.lat, row.lon))) for row in rows]
    return sorted(found, key=lambda pair: pair[1])


def filings(session: Session, node_id: int) -> list[Filing]:
    """Return under which categories a place is filed."""
    return list(session.scalars(_FILINGS, {"node": node_id}))


def happenings(session: Session, place: int, language: str) -> Sequence[Any]:
    """Return the next public events that name a place."""
    values = {"place": place, "language": language, "now": utcnow()}
    return session.execute(_HAPPENINGS, values).all()


def passing(session: Session, place: int, language: str) -> Sequence[Any]:
    """Return the public tours that stop at a place."""
    return session.execute(_PASSING, {"place": place, "language": language}).all()


def categories(session: Session) -> Sequence[Any]:
    """Return the published categories of all languages, with bodies, parents first."""
    return session.execute(_CATEGORIES).all()


def track(session: Session, node_id: int) -> Track | None:
    """Return a tour's line, if it has one."""
    return session.scalars(_TRACK, {"node": node_id}).first()


def drawn_line(session: Session, node_id: int | None, name: str) -> DrawnLine | None:
    """Return a tour's line by its fingerprint; with None for the tour, whoever's it is."""
    statement = _LINE if node_id is None else _LINE.where(DrawnLine.node_id == node_id)
    return session.scalars(statement, {"name": name}).first()


def same_file(session: Session, sha256: str) -> Any:
    """Return the tour that was made from the very same file, or None."""
    return session.execute(_SAME_FILE, {"sha256": sha256}).first()


def same_name(session: Session, source_name: str, title: str) -> Any:
    """Return a tour from a file of this name or with this title, or None."""
    return session.execute(_SAME_NAME, {"source_name": source_name, "title": title}).first()


def origins(session: Session, source: str) -> Sequence[Any]:
    """Return what came from a source, with its nodes, deleted ones too."""
    return session.execute(_ORIGINS, {"source": source}).all()


def named_places(session: Session, titles: Collection[str]) -> Sequence[Any]:
    """Return the places that have one of these titles, with their points."""
    return session.execute(_NAMED, {"titles": sorted(titles)}).all()


def by_id(session: Session, node_id: int, kind: str) -> Any:
    """Return a node of this type (its address), or None."""
    return session.execute(_PATH, {"node": node_id, "kind": kind}).first()
