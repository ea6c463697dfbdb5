"""All SQL that reads the numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from stadtkern.content import Node
from stadtkern.content.queries import LIGHT
from stadtkern_cityguide.counts.models import GuideCount

SHOWN = 200
"""Places and tours that the page lists, those that were used most."""

_WITHIN = GuideCount.day.between(bindparam("first"), bindparam("last"))

_BY_DAY = (
    select(GuideCount.day, func.sum(GuideCount.number))
    .where(_WITHIN, GuideCount.metric == bindparam("metric"))
    .group_by(GuideCount.day)
)
_BY_NODE = (
    select(GuideCount.node_id, GuideCount.metric, func.sum(GuideCount.number).label("number"))
    .where(_WITHIN)
    .group_by(GuideCount.node_id, GuideCount.metric)
    .order_by(func.sum(GuideCount.number).desc(), GuideCount.node_id)
    .limit(10 * SHOWN)
)
_NODES = select(*LIGHT).where(Node.id.in_(bindparam("ids", expanding=True)))
_THERE = select(Node.id).where(Node.id.in_(bindparam("ids", expanding=True)))


def by_day(session: Session, metric: str, first: date, last: date) -> dict[date, int]:
    """Return how often something happened on each day that has any."""
    rows = session.execute(_BY_DAY, {"metric": metric, "first": first, "last": last})
    return {day: int(number) for day, number in rows}


def by_node(session: Session, first: date, last: date) -> Sequence[Any]:
    """Return the sums by place or tour and metric, the largest first."""
    return session.execute(_BY_NODE, {"first": first, "last": last}).all()


def nodes(session: Session, ids: Collection[int]) -> dict[int, Any]:
    """Return places and tours by number."""
    if not ids:
        return {}
    return {row.id: row for row in session.execute(_NODES, {"ids": sorted(ids)})}


def there(session: Session, ids: Collection[int]) -> set[int]:
    """Return which of these nodes are here."""
    return set(session.scalars(_THERE, {"ids": sorted(ids)})) if ids else set()
