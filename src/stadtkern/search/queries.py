"""All SQL that finds. Built once, with bind parameters; one statement a question.

Written out and run past the ORM: making its objects, and the town's filter, cost more than SQLite's
answer. Every table is bound to the town by name (``:tenant``).
"""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Boolean,
    ColumnElement,
    Float,
    Integer,
    String,
    TextualSelect,
    bindparam,
    column,
    func,
    select,
    text,
)
from sqlalchemy.orm import Session

from stadtkern.content import Node
from stadtkern.db import JSONBody, UTCDateTime
from stadtkern.search.backends import BACKENDS, Backend
from stadtkern.search.highlighting import LOOKED_AT
from stadtkern.search.models import SearchEntry, SearchState

MOST_HELD = 2_000
"""Pages with a text among which the back office's list looks, on PostgreSQL."""
ERAS = ("coming", "month", "year", "older")
"""Times of results: from now on, the last 31 days, the last 365, before; the rows hold places."""

_TYPES: dict[str, Any] = {
    "id": Integer(),
    "score": Float(),
    "kind": String(),
    "language": String(),
    "title": String(),
    "path": String(),
    "summary": String(),
    "expires": UTCDateTime(),
    "number": Integer(),
    "era": Integer(),
    "text": String(),
    "at": UTCDateTime(),
    "dated": Boolean(),
    "plugins": JSONBody,
}
"""The columns of an answer."""
_SHOWN = ("id", "score", "kind", "language", "title", "path", "summary", "expires")

# The entries of what was found that whoever asks may find.
_MAY_FIND = """
    entry.tenant_id = :tenant and entry.visible and {of_kinds} and {of_sources}
"""
# What is shown of the best: nodes by what they are now, and only those that may be shown, asked
# again of the nodes themselves. Of each node and all above it, one look-up each (the walk begins
# above nothing), as in ``content.queries.VISIBLE``.
_LINEAGE = """
  lineage (parent_id, leaf, closed) as (
    select node_id, node_id, 1 = 0 from best
    union all
    select node.parent_id, lineage.leaf, node.state <> 'published' or node.deleted_at is not null
      from lineage {node_of_lineage}
     where node.tenant_id = :tenant
  )
"""
_BEST = """
  select best.id as id, best.score as score, entry.kind as kind, entry.language as language,
         coalesce(node.title, shown.title) as title, coalesce(node.path, shown.path) as path,
         coalesce(node.summary, shown.summary) as summary, node.expire_at as expires{more}
    from best
    {entry_of_best}
    {text_of_best}
    {node_of_best}
   where entry.tenant_id = :tenant and shown.tenant_id = :tenant
     and (best.node_id is null or (
          node.tenant_id = :tenant
          and node.id not in (select leaf from lineage where closed and leaf is not null)
          and (node.expire_at is null or node.expire_at > :now)))
"""
# What has a day and no hour is to come from the day after on; what is about a day is worth less
# when that has passed. How many there are of each is narrowed down in Python, whatever was chosen.
_ERA = """
           case when entry.at > :now and not (entry.at <= :midnight and {daily}) then 0
                when entry.at > :month then 1 when entry.at > :year then 2 else 3 end"""
_WORTH = """entry.weight * case
                when not entry.dated then 1.0 when entry.at > :month then 0.8
                when entry.at > :year then 0.6 else 0.4 end"""
# Of equals the newest comes first.
_FIND = """
with recursive {found},
  best as materialized (
    select id, node_id, score from hits
     where (:kind = '' or kind = :kind) and (:language = '' or language = :language)
       and (:era < 0 or era = :era)
     order by score desc, id desc limit :limit offset :offset
  ),
  {lineage}
  {best}
  union all
  select null, null, kind, language, null, null, null, null, count(*), era, null, null, null, null
    from hits group by kind, language, era
"""
_MORE = (
    ", 0 as number, 0 as era, substr(shown.text, 1, :looked_at) as text,"
    " entry.at as at, entry.dated as dated, entry.plugins as plugins"
)
# Of titles with the same beginning the shorter one is nearer to it.
_BEGUN = """
with recursive {found},
  best as materialized (
    select entry.id, entry.node_id,
           found.score * entry.weight / (2 + entry.title_words) as score
      from found {entry_of_found}
     where entry.language = :language and {may_find}
     order by score desc, entry.id limit :limit
  ),
  {lineage}
  {best}
  order by best.score desc, best.id
"""
_PARAMETERS: tuple[BindParameter[Any], ...] = (
    bindparam("looked_at", LOOKED_AT, type_=Integer()),
    *(bindparam(name, type_=UTCDateTime()) for name in ("now", "midnight", "month", "year")),
    *(bindparam(name, type_=Integer()) for name in ("tenant", "most", "limit", "offset", "era")),
    *(bindparam(name, type_=String()) for name in ("kind", "language")),
)


def _made(written: str, backend: Backend, found: str, more: str = "") -> TextualSelect:
    """Return a statement for a database: with its way of finding and its names of functions."""
    by_id = backend.by_id
    may_find = _MAY_FIND.format(
        of_kinds=backend.one_of("entry.kind", "kinds"),
        of_sources=backend.one_of("entry.source", "sources"),
    )
    era = _ERA.format(daily=backend.one_of("entry.kind", "daily"))
    statement = written.format(
        found=found.format(may_find=may_find, era=era, worth=_WORTH),
        may_find=may_find,
        entry_of_found=by_id("search_entry", "entry", "id", "found.id"),
        lineage=_LINEAGE.format(node_of_lineage=by_id("node", "node", "id", "lineage.parent_id")),
        best=_BEST.format(
            more=more,
            entry_of_best=by_id("search_entry", "entry", "id", "best.id"),
            text_of_best=by_id("search_text", "shown", "entry_id", "best.id"),
            node_of_best=by_id("node", "node", "id", "best.node_id", left=True),
        ),
    )
    known = [one for one in _PARAMETERS if re.search(rf":{one.key}\b", statement)]
    names = _TYPES if more else _SHOWN
    return (
        text(statement).bindparams(*known).columns(*(column(name, _TYPES[name]) for name in names))
    )


@lru_cache(maxsize=4)
def _find(name: str, *, loosely: bool) -> TextualSelect:
    backend = BACKENDS[name]
    return _made(_FIND, backend, backend.hits_loosely if loosely else backend.hits, _MORE)


@lru_cache(maxsize=2)
def _begun(name: str) -> TextualSelect:
    backend = BACKENDS[name]
    return _made(_BEGUN, backend, backend.begun)


def find(
    session: Session, tenant_id: int, values: Mapping[str, Any], *, loosely: bool
) -> Sequence[Any]:
    """Return the results (with ``id``), and how many there are by kind, language and era.

    ``loosely``: any of the words is enough.
    ``values``: those of the backend's ``asked``; kinds and sources as ``listed`` by it; kind and
    language (empty: any); era (a place in ``ERAS``; -1: any); now, month, year, most, limit,
    offset; midnight (when the town's day ends) and daily (kinds that have a day and no hour, as
    ``listed``).
    """
    asked = {**values, "tenant": tenant_id}
    connection = session.connection()
    return connection.execute(_find(connection.dialect.name, loosely=loosely), asked).all()


def begun(session: Session, tenant_id: int, values: Mapping[str, Any]) -> Sequence[Any]:
    """Return title, path, kind and end of what begins like this, best first."""
    asked = {**values, "tenant": tenant_id}
    connection = session.connection()
    return connection.execute(_begun(connection.dialect.name), asked).all()


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
        "select search_entry.node_id"
        " from stadtkern_search_begun(cast(:holding as tsquery), :holding_most) as held"
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
