"""All SQL that reads the guide. Built once at import, with bind parameters."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, and_, bindparam, exists, func, literal_column, not_, or_, select
from sqlalchemy.orm import Session, aliased

from stadtkern.content.models import Node
from stadtkern.content.queries import LIGHT, VISIBLE
from stadtkern_cityguide.models import Point, Track

TYPES = ("tour", "place")
PAGE_SIZE = 100
"""Tours and places on one page of the guide, in the list and on its map."""

_Translation = aliased(Node)
_IN_LANGUAGE = or_(
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
_SHOWN = and_(VISIBLE, Node.type.in_(TYPES), _IN_LANGUAGE)

_GUIDE = (
    select(
        *LIGHT,
        Point.kind,
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
    .order_by(Node.type.desc(), Node.path, Node.id)
    .limit(PAGE_SIZE)
    .offset(bindparam("skip"))
)

_COUNTS = (
    select(Node.type, func.count())
    .select_from(Node)
    .outerjoin(Point, Point.node_id == Node.id)
    .outerjoin(Track, Track.node_id == Node.id)
    .where(_SHOWN, or_(Point.node_id.is_not(None), Track.node_id.is_not(None)))
    .group_by(Node.type)
)

_TRACK = select(Track).where(Track.node_id == bindparam("node"))

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

_PATH = select(Node.path).where(
    Node.id == bindparam("node"), Node.type == bindparam("kind"), Node.deleted_at.is_(None)
)


def guide(session: Session, language: str, default: str, page: int = 1) -> Sequence[Row[Any]]:
    """Return one page of published tours, then places; one query, the total in each row."""
    return session.execute(
        _GUIDE, {"language": language, "default": default, "skip": (page - 1) * PAGE_SIZE}
    ).all()


def counts(session: Session, language: str, default: str) -> dict[str, int]:
    """Return how many tours and places are published."""
    rows = session.execute(_COUNTS, {"language": language, "default": default})
    return {kind: number for kind, number in rows}  # noqa: C416 - rows are no pairs to mypy


def track(session: Session, node_id: int) -> Track | None:
    """Return a tour's line, if it has one."""
    return session.scalars(_TRACK, {"node": node_id}).first()


def same_file(session: Session, sha256: str) -> Row[Any] | None:
    """Return the tour that was made from the very same file."""
    return session.execute(_SAME_FILE, {"sha256": sha256}).first()


def same_name(session: Session, source_name: str, title: str) -> Row[Any] | None:
    """Return a tour from a file of this name, or with this title."""
    return session.execute(_SAME_NAME, {"source_name": source_name, "title": title}).first()


def path_of(session: Session, node_id: int, kind: str) -> str | None:
    """Return the address of a node of this type."""
    return session.scalar(_PATH, {"node": node_id, "kind": kind})
