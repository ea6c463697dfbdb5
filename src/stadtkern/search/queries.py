"""All SQL that finds. Built once, with bind parameters; one statement a question."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    String,
    and_,
    bindparam,
    case,
    cast,
    column,
    false,
    func,
    literal,
    literal_column,
    not_,
    null,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from stadtkern.content import Node
from stadtkern.db import UTCDateTime
from stadtkern.search.backends import backend_of
from stadtkern.search.highlighting import LOOKED_AT
from stadtkern.search.models import SearchEntry, SearchState, SearchText

MOST_HELD = 2_000
"""Pages with a text among which the back office's list looks, on PostgreSQL."""
ERAS = ("coming", "month", "year", "older")
"""Times of results: from now on, the last 31 days, the last 365, before; the rows hold places."""


def _seen(best: Any) -> Any:
    """Return the condition that a result may be shown: asked again of the nodes themselves.

    Of each node and all above it, one look-up each: ``content.queries.VISIBLE`` compares paths,
    for which it goes through all of a town's nodes.
    """
    step = aliased(Node)
    # Begins above nothing: each step is then one look-up by id, never a walk through the town.
    lineage = select(
        best.c.node_id.label("parent_id"), best.c.node_id.label("leaf"), false().label("closed")
    ).cte("lineage", recursive=True)
    lineage = lineage.union_all(
        select(
            step.parent_id,
            lineage.c.leaf,
            or_(step.state != "published", step.deleted_at.is_not(None)),
        ).join(lineage, lineage.c.parent_id == step.id)
    )
    hidden = select(lineage.c.leaf).where(lineage.c.closed, lineage.c.leaf.is_not(None))
    return or_(
        SearchEntry.node_id.is_(None),
        and_(
            Node.id.not_in(hidden),
            or_(Node.expire_at.is_(None), Node.expire_at > bindparam("now", type_=UTCDateTime())),
        ),
    )


def _among(name: str, column: Any, backend: str) -> Any:
    """Return that a value is one of a list, which comes as one text: ``|page|news|``."""
    within = func.strpos if backend == "postgresql" else func.instr
    bar = literal_column("'|'", String())
    return within(bindparam(name, type_=String()), bar + column + bar) > literal_column("0")


def _found(found: Any, backend: str) -> Any:
    """Return the entries of what was found that whoever asks may find."""
    return (
        select(SearchEntry.id, SearchEntry.node_id)
        .join(found, found.c.id == SearchEntry.id)
        .where(
            SearchEntry.visible,
            _among("kinds", SearchEntry.kind, backend),
            _among("sources", SearchEntry.source, backend),
        )
    )


def _shown(best: Any, *columns: Any) -> Any:
    """Return what is shown of the best entries: nodes by what they are now."""
    return (
        select(
            *columns,
            best.c.score.label("score"),
            SearchEntry.id.label("id"),
            SearchEntry.kind.label("kind"),
            SearchEntry.language.label("language"),
            func.coalesce(Node.title, SearchText.title).label("title"),
            func.coalesce(Node.path, SearchText.path).label("path"),
            func.coalesce(Node.summary, SearchText.summary).label("summary"),
            Node.expire_at.label("expires"),
        )
        .join(best, best.c.id == SearchEntry.id)
        .join(SearchText, SearchText.entry_id == SearchEntry.id)
        .outerjoin(Node, Node.id == SearchEntry.node_id)
        .where(_seen(best))
    )


@lru_cache(maxsize=4)
def _search(name: str) -> Any:
    found = _BACKENDS[name].found.cte("found")
    now = bindparam("now", type_=UTCDateTime())
    month = bindparam("month", type_=UTCDateTime())
    year = bindparam("year", type_=UTCDateTime())
    # What has a day and no hour is to come from the day after on.
    daily = and_(
        SearchEntry.at <= bindparam("midnight", type_=UTCDateTime()),
        _among("daily", SearchEntry.kind, name),
    )
    era = case(
        (and_(SearchEntry.at > now, not_(daily)), literal_column("0", Integer())),
        (SearchEntry.at > month, literal_column("1", Integer())),
        (SearchEntry.at > year, literal_column("2", Integer())),
        else_=literal_column("3", Integer()),
    )
    # What is about a day is worth less when that has passed.
    age = case(
        (SearchEntry.dated.is_(False), literal_column("1.0", Float())),
        (SearchEntry.at > month, literal_column("0.8", Float())),
        (SearchEntry.at > year, literal_column("0.6", Float())),
        else_=literal_column("0.4", Float()),
    )
    hits = (
        _found(found, name)
        .add_columns(
            SearchEntry.kind.label("kind"),
            SearchEntry.language.label("language"),
            era.label("era"),
            (found.c.score * SearchEntry.weight * age).label("score"),
        )
        .cte("hits")
    )
    kind, language = (bindparam(name, type_=String()) for name in ("kind", "language"))
    when = bindparam("era", type_=Integer())
    best = (
        select(hits.c.id, hits.c.node_id, hits.c.score)
        .where(
            or_(kind == "", hits.c.kind == kind),
            or_(language == "", hits.c.language == language),
            or_(when < 0, hits.c.era == when),
        )
        .order_by(hits.c.score.desc(), hits.c.id)
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=Integer))
        .cte("best")
    )
    rows = _shown(best, literal(0).label("number"), literal(0).label("era")).add_columns(
        func.substr(SearchText.text, 1, LOOKED_AT).label("text"),
        SearchEntry.at.label("at"),
        SearchEntry.dated.label("dated"),
        SearchEntry.plugins.label("plugins"),
    )
    # How many there are of each: narrowed down in Python, whatever was chosen.
    counts = select(
        func.count(),
        hits.c.era,
        cast(null(), Float),
        cast(null(), Integer),
        hits.c.kind,
        hits.c.language,
        *(cast(null(), String) for _index in range(3)),
        cast(null(), SearchEntry.at.type),
        cast(null(), String),
        cast(null(), SearchEntry.at.type),
        cast(null(), SearchEntry.dated.type),
        cast(null(), SearchEntry.plugins.type),
    ).group_by(hits.c.kind, hits.c.language, hits.c.era)
    return union_all(rows, counts)


@lru_cache(maxsize=4)
def _begun(name: str) -> Any:
    begun = _BACKENDS[name].begun.cte("begun")
    # Of titles with the same beginning the shorter one is nearer to it.
    score = begun.c.score * SearchEntry.weight / (2 + SearchEntry.title_words)
    best = (
        _found(begun, name)
        .add_columns(score.label("score"))
        .where(SearchEntry.language == bindparam("language", type_=String()))
        .order_by(score.desc(), SearchEntry.id)
        .limit(bindparam("limit", type_=Integer))
        .cte("best")
    )
    return _shown(best).order_by(best.c.score.desc(), SearchEntry.id)


_BACKENDS: dict[str, Any] = {}


def _name(session: Session) -> str:
    name = session.get_bind().dialect.name
    _BACKENDS.setdefault(name, backend_of(session))
    return name


def find(session: Session, values: Mapping[str, Any]) -> Sequence[Any]:
    """Return the results (with ``id``), and how many there are by kind, language and era.

    ``values``: those of the backend's ``asked``; kinds and sources as ``|page|news|``; kind and
    language (empty: any); era (a place in ``ERAS``; -1: any); now, month, year, limit, offset;
    midnight (when the town's day ends) and daily (kinds that have a day and no hour, as kinds).
    """
    return session.execute(_search(_name(session)), dict(values)).all()


def begun(session: Session, values: Mapping[str, Any]) -> Sequence[Any]:
    """Return title, path, kind and end of what begins like this, best first."""
    return session.execute(_begun(_name(session)), dict(values)).all()


_AMONG = (
    "select search_entry.node_id from search_entry {join} where {fits}"
    " and search_entry.tenant_id = :tenant and search_entry.visible"
    " and search_entry.language = :language and (:kind = '' or search_entry.kind = :kind)"
    " and search_entry.node_id in :nodes"
)
_AMONG_BY = {
    "sqlite": _AMONG.format(
        join="join search_fts on search_fts.rowid = search_entry.id",
        fits="search_fts match :wanted",
    ),
    "postgresql": _AMONG.format(
        join="join search_tokens on search_tokens.entry_id = search_entry.id",
        fits="search_tokens.tokens @@ cast(:wanted as tsquery)",
    ),
}


def among(
    session: Session,
    tenant_id: int,
    wanted: str,
    *,
    nodes: Collection[int],
    language: str,
    kind: str,
) -> set[int]:
    """Return those of some nodes whose entries fit; ``wanted``: of the backend's ``asked``."""
    statement = text(_AMONG_BY[session.get_bind().dialect.name]).bindparams(
        bindparam("nodes", expanding=True), bindparam("kind", type_=String())
    )
    values = {
        "tenant": tenant_id,
        "wanted": wanted,
        "nodes": sorted(nodes),
        "language": language,
        "kind": kind,
    }
    return set(session.scalars(statement, values))


_HOLDING_BY = {
    "sqlite": (
        "select search_entry.node_id from search_fts"
        " join search_entry on search_entry.id = search_fts.rowid"
        " where search_fts match :holding and search_entry.tenant_id = :holding_tenant"
        " and search_entry.node_id is not null"
    ),
    # Not the table itself: row-level security would keep its index from being used.
    "postgresql": (
        "select search_entry.node_id from stadtkern_search(cast(:holding as tsquery),"
        " cast(:holding as tsquery), cast(array[] as tsquery[]), cast(array[] as real[]),"
        " cast(:holding as tsquery), cast(0 as real), :holding_most) as held"
        " join search_entry on search_entry.id = held.entry_id"
        " where search_entry.tenant_id = :holding_tenant and search_entry.node_id is not null"
    ),
}


def holding(session: Session, tenant_id: int, wanted: str) -> ColumnElement[bool]:
    """Return the condition that a node's entry fits, whoever may see it; see ``finding.holding``.

    ``wanted``: of the backend's ``asked``.
    """
    name = session.get_bind().dialect.name
    values: dict[str, Any] = {"holding": wanted, "holding_tenant": tenant_id}
    if name == "postgresql":
        values["holding_most"] = MOST_HELD
    statement = text(_HOLDING_BY[name]).bindparams(**values).columns(column("node_id", Integer))
    return Node.id.in_(select(statement.subquery("held").c.node_id))


def state(session: Session) -> SearchState | None:
    """Return when the session's town was last indexed as a whole."""
    return session.scalars(select(SearchState)).first()


def count(session: Session) -> int:
    """Return how many entries the session's town has."""
    return int(session.scalar(select(func.count()).select_from(SearchEntry)) or 0)
