"""All SQL that finds. Built once, with bind parameters; one statement a question."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Float,
    Integer,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from stadtkern.content import Node
from stadtkern.db import UTCDateTime
from stadtkern.search.backends import backend_of
from stadtkern.search.models import SearchEntry, SearchState

ERAS = ("coming", "month", "year", "older")
"""Times that results are sorted into: from now on, the last 31 days, the last 365, before."""
LOOKED_AT = 6_000
"""Characters of a text in which the passage is looked for."""


def _seen(best: Any) -> Any:
    """Return the condition that a result may be shown: asked again of the nodes themselves.

    Of each node and all above it, one look-up each: ``content.queries.VISIBLE`` compares paths,
    for which it goes through all of a town's nodes.
    """
    first, upper, step = aliased(Node), aliased(Node), aliased(Node)
    lineage = (
        select(first.id.label("id"), first.parent_id.label("parent_id"), first.id.label("leaf"))
        .join(SearchEntry, SearchEntry.node_id == first.id)
        .join(best, best.c.id == SearchEntry.id)
        .cte("lineage", recursive=True)
    )
    lineage = lineage.union_all(
        select(upper.id, upper.parent_id, lineage.c.leaf).join(
            lineage, lineage.c.parent_id == upper.id
        )
    )
    hidden = (
        select(lineage.c.leaf)
        .join(step, step.id == lineage.c.id)
        .where(or_(step.state != "published", step.deleted_at.is_not(None)))
    )
    return or_(
        SearchEntry.node_id.is_(None),
        and_(
            Node.id.not_in(hidden),
            or_(Node.expire_at.is_(None), Node.expire_at > bindparam("now", type_=UTCDateTime())),
        ),
    )


@lru_cache(maxsize=4)
def _search(name: str) -> Any:
    found = _BACKENDS[name].found.cte("found")
    now = bindparam("now", type_=UTCDateTime())
    month = bindparam("month", type_=UTCDateTime())
    year = bindparam("year", type_=UTCDateTime())
    era = case(
        (SearchEntry.at > now, literal("coming")),
        (SearchEntry.at > month, literal("month")),
        (SearchEntry.at > year, literal("year")),
        else_=literal("older"),
    )
    # What is about a day is worth less when that has passed.
    age = case(
        (SearchEntry.dated.is_(False), 1.0),
        (SearchEntry.at > month, 0.8),
        (SearchEntry.at > year, 0.6),
        else_=0.4,
    )
    kind, language, when = (bindparam(name, type_=String()) for name in ("kind", "language", "era"))
    hits = (
        select(
            SearchEntry.id.label("id"),
            SearchEntry.kind.label("kind"),
            SearchEntry.language.label("language"),
            era.label("era"),
            (found.c.score * SearchEntry.weight * age).label("score"),
            or_(kind == "", SearchEntry.kind == kind).label("of_kind"),
            or_(language == "", SearchEntry.language == language).label("of_language"),
            or_(when == "", era == when).label("of_era"),
        )
        .join(found, found.c.id == SearchEntry.id)
        .where(
            SearchEntry.visible,
            SearchEntry.kind.in_(bindparam("kinds", expanding=True)),
            SearchEntry.source.in_(bindparam("sources", expanding=True)),
        )
        .cte("hits")
    )
    best = (
        select(hits.c.id, hits.c.score)
        .where(hits.c.of_kind, hits.c.of_language, hits.c.of_era)
        .order_by(hits.c.score.desc(), hits.c.id)
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=Integer))
        .cte("best")
    )
    rows = (
        select(
            literal("row").label("what"),
            SearchEntry.kind.label("label"),
            literal(0).label("number"),
            best.c.score.label("score"),
            SearchEntry.id.label("id"),
            func.coalesce(Node.title, SearchEntry.title).label("title"),
            func.coalesce(Node.path, SearchEntry.path).label("path"),
            func.coalesce(Node.summary, SearchEntry.summary).label("summary"),
            func.substr(SearchEntry.text, 1, LOOKED_AT).label("text"),
            SearchEntry.language.label("language"),
            SearchEntry.at.label("at"),
            SearchEntry.dated.label("dated"),
            SearchEntry.plugins.label("plugins"),
        )
        .join(best, best.c.id == SearchEntry.id)
        .outerjoin(Node, Node.id == SearchEntry.node_id)
        .where(_seen(best))
    )

    def facet(what: str, label: Any, *conditions: Any) -> Any:
        counts = (
            select(
                literal(what),
                label,
                func.count(),
                cast(null(), Float),
                cast(null(), Integer),
                *(cast(null(), String) for _index in range(5)),
                cast(null(), SearchEntry.at.type),
                cast(null(), SearchEntry.dated.type),
                cast(null(), SearchEntry.plugins.type),
            )
            .select_from(hits)
            .where(*conditions)
        )
        return counts.group_by(label) if conditions else counts.having(func.count() > 0)

    return union_all(
        rows,
        facet("kind", hits.c.kind, hits.c.of_language, hits.c.of_era),
        facet("language", hits.c.language, hits.c.of_kind, hits.c.of_era),
        facet("era", hits.c.era, hits.c.of_kind, hits.c.of_language),
        # Whoever narrows down to nothing learns what there would be.
        facet("all", literal("")),
    )


@lru_cache(maxsize=4)
def _begun(name: str) -> Any:
    begun = _BACKENDS[name].begun.cte("begun")
    title = func.coalesce(Node.title, SearchEntry.title)
    best = (
        select(SearchEntry.id, (begun.c.score * SearchEntry.weight).label("score"))
        .join(begun, begun.c.id == SearchEntry.id)
        .where(
            SearchEntry.visible,
            SearchEntry.kind.in_(bindparam("kinds", expanding=True)),
            SearchEntry.source.in_(bindparam("sources", expanding=True)),
            SearchEntry.language == bindparam("language", type_=String()),
        )
        .order_by((begun.c.score * SearchEntry.weight).desc(), SearchEntry.id)
        .limit(bindparam("limit", type_=Integer))
        .cte("best")
    )
    return (
        select(
            title.label("title"),
            func.coalesce(Node.path, SearchEntry.path).label("path"),
            SearchEntry.kind.label("kind"),
        )
        .join(best, best.c.id == SearchEntry.id)
        .outerjoin(Node, Node.id == SearchEntry.node_id)
        .where(_seen(best))
        .order_by(best.c.score.desc(), SearchEntry.id)
    )


_BACKENDS: dict[str, Any] = {}


def _name(session: Session) -> str:
    name = session.get_bind().dialect.name
    _BACKENDS.setdefault(name, backend_of(session))
    return name


def find(session: Session, values: Mapping[str, Any]) -> Sequence[Any]:
    """Return rows (``what`` is "row", best first) and facets (``label``, ``number``) of a search.

    ``values``: those of the backend's ``asked``, and kinds, sources, kind, language, era (empty:
    any), now, month, year, limit, offset.
    """
    return session.execute(_search(_name(session)), dict(values)).all()


def begun(session: Session, values: Mapping[str, Any]) -> Sequence[Any]:
    """Return title, path and kind of what begins like this, best first."""
    return session.execute(_begun(_name(session)), dict(values)).all()


def state(session: Session) -> SearchState | None:
    """Return when the session's town was last indexed as a whole."""
    return session.scalars(select(SearchState)).first()


def count(session: Session) -> int:
    """Return how many entries the session's town has."""
    return int(session.scalar(select(func.count()).select_from(SearchEntry)) or 0)
