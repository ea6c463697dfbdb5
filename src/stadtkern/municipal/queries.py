"""SQL of this room: constant in the number of what is shown."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from stadtkern.content.models import Node, Reference
from stadtkern.content.queries import LIGHT, VISIBLE

LIMIT = 2000
"""Entries of one A–Z; larger towns have some hundred services."""

_ALL = (
    select(*LIGHT, Node.body, Node.body_version)
    .where(
        Node.type.in_(bindparam("types", expanding=True)),
        Node.language == bindparam("language"),
        VISIBLE,
    )
    .order_by(Node.title, Node.id)
    .limit(LIMIT)
)

_REFERRING = (
    select(*LIGHT, Node.body, Node.body_version)
    .where(
        Node.id.in_(select(Reference.source_id).where(Reference.target_id == bindparam("target"))),
        Node.type.in_(bindparam("types", expanding=True)),
        VISIBLE,
    )
    .order_by(Node.title, Node.id)
    .limit(LIMIT)
)


def all_of(session: Session, types: Sequence[str], language: str) -> Sequence[Any]:
    """Return all visible nodes of some types in a language, with bodies. One query."""
    return session.execute(_ALL, {"types": list(types), "language": language}).all()


def visible_referrers(session: Session, target_id: int, types: Sequence[str]) -> Sequence[Any]:
    """Return the visible nodes of some types that refer to a node, with bodies. One query."""
    return session.execute(_REFERRING, {"target": target_id, "types": list(types)}).all()


def years(session: Session, language: str, zone: str) -> list[int]:
    """Return the years in which something was announced, newest first. One query."""
    first, last = session.execute(
        select(func.min(Node.sort_at), func.max(Node.sort_at)).where(
            Node.type == "announcement", Node.language == language, VISIBLE
        )
    ).one()
    if first is None or last is None:
        return []
    town = ZoneInfo(zone)
    return list(range(last.astimezone(town).year, first.astimezone(town).year - 1, -1))


def announced(
    session: Session, language: str, year: int, zone: str, *, limit: int, offset: int
) -> Sequence[Any]:
    """Return a year's announcements with bodies, newest first, each with ``total``. One query."""
    town = ZoneInfo(zone)
    begin = datetime(year, 1, 1, tzinfo=town).astimezone(UTC)
    end = datetime(year + 1, 1, 1, tzinfo=town).astimezone(UTC)
    return session.execute(
        select(*LIGHT, Node.body, Node.body_version, func.count().over().label("total"))
        .where(
            Node.type == "announcement",
            Node.language == language,
            Node.sort_at >= begin,
            Node.sort_at < end,
            VISIBLE,
        )
        .order_by(Node.sort_at.desc(), Node.id.desc())
        .limit(limit)
        .offset(offset)
    ).all()
