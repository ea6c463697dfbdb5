"""All SQL that reads nodes. Built once at import, with bind parameters."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from stadtkern.content.models import Node
from stadtkern.db import utcnow

LIGHT = (
    Node.id,
    Node.parent_id,
    Node.path,
    Node.slug,
    Node.type,
    Node.state,
    Node.language,
    Node.title,
    Node.summary,
    Node.in_nav,
    Node.sort_at,
    Node.position,
    Node.author_id,
    Node.updated_at,
)
"""Columns for menus and lists: no bodies."""

_Step, _Leaf, _Other, _Upper = aliased(Node), aliased(Node), aliased(Node), aliased(Node)
_Higher = aliased(Node)


def _along(steps: Any, groups: Any) -> Any:
    """Return ids and parents of these steps and, for the language switch, of their translations.

    ``groups``: the steps' translation groups.
    """
    # Read once, before anything is joined to it: as long as PostgreSQL has no statistics (after an
    # import, until autovacuum comes round) it would join all of the tenant's nodes to one another.
    once = groups.cte("lineage_groups").prefix_with("MATERIALIZED", dialect="postgresql")
    return union(
        steps,
        select(_Other.id, _Other.parent_id)
        .join(once, once.c.translation_group == _Other.translation_group)
        .where(_Other.deleted_at.is_(None)),
    ).subquery()


def _whole(along: Any, is_leaf: ColumnElement[bool]) -> Any:
    """Return the nodes of these ids and all above them, in one statement.

    A translation below a hidden page is hidden, too. Each node is one look-up.
    """
    ids = select(along.c.id, along.c.parent_id).cte("lineage_ids", recursive=True)
    ids = ids.union(select(_Upper.id, _Upper.parent_id).join(ids, ids.c.parent_id == _Upper.id))
    # Ids first: with the two conditions joined by OR, SQLite reads all of the tenant's nodes.
    return (
        select(
            *LIGHT,
            Node.translation_group,
            Node.version,
            Node.publish_at,
            Node.body_version,
            Node.created_at,
            case((is_leaf, Node.body)).label("body"),
            case((is_leaf, Node.derived)).label("derived"),
        )
        .join(ids, ids.c.id == Node.id)
        .where(Node.deleted_at.is_(None))
    )


_PATHS: Any = bindparam("paths", expanding=True)
_LINEAGE = _whole(
    _along(
        select(_Step.id, _Step.parent_id).where(_Step.path.in_(_PATHS), _Step.deleted_at.is_(None)),
        select(_Leaf.translation_group).where(_Leaf.path.in_(_PATHS), _Leaf.deleted_at.is_(None)),
    ),
    Node.path == bindparam("leaf"),
)
_CHAIN = (
    select(_Step.id, _Step.parent_id, _Step.translation_group)
    .where(_Step.id == bindparam("leaf"), _Step.deleted_at.is_(None))
    .cte("lineage_chain", recursive=True)
)
_CHAIN = _CHAIN.union_all(
    select(_Higher.id, _Higher.parent_id, _Higher.translation_group).join(
        _CHAIN, _CHAIN.c.parent_id == _Higher.id
    )
)
_LINEAGE_OF = _whole(
    _along(select(_CHAIN.c.id, _CHAIN.c.parent_id), select(_CHAIN.c.translation_group)),
    Node.id == bindparam("leaf"),
)

_MENU = (
    select(*LIGHT)
    .where(
        Node.parent_id == bindparam("parent"),
        Node.deleted_at.is_(None),
        Node.state == "published",
        Node.in_nav,
        Node.type.in_(bindparam("types", expanding=True)),
    )
    .order_by(Node.position, Node.id)
    .limit(60)
)

_PUBLISHED = (
    Node.type.in_(bindparam("types", expanding=True)),
    Node.deleted_at.is_(None),
    Node.state == "published",
)
_SITEMAP = (
    select(Node.path, Node.language, Node.translation_group, Node.updated_at)
    .where(*_PUBLISHED)
    .order_by(Node.id)
    .limit(bindparam("limit", type_=Integer))
    .offset(bindparam("offset", type_=Integer))
)
_SITEMAP_SIZE = select(func.count()).select_from(Node).where(*_PUBLISHED)
_TRANSLATIONS = (
    select(Node.path, Node.language, Node.translation_group)
    .where(*_PUBLISHED, Node.translation_group.in_(bindparam("groups", expanding=True)))
    .order_by(Node.translation_group, Node.id)
)
_Child = aliased(Node)
_CLOSED = select(Node.path).where(
    Node.deleted_at.is_(None),
    or_(Node.state != "published", Node.type.not_in(bindparam("types", expanding=True))),
    exists(
        select(literal_column("1")).where(
            _Child.parent_id == Node.id,
            _Child.deleted_at.is_(None),
            _Child.state == "published",
        )
    ),
)

_ROOTS = select(*LIGHT, Node.translation_group).where(
    Node.parent_id.is_(None), Node.deleted_at.is_(None)
)

_BY_IDS = select(*LIGHT, Node.body, Node.body_version, Node.derived).where(
    Node.id.in_(bindparam("ids", expanding=True)), Node.deleted_at.is_(None)
)


def prefixes(path: str) -> list[str]:
    """Return a path's own and all its ancestors' paths, the root first."""
    parts = [part for part in path.split("/") if part]
    return ["/"] + ["/" + "/".join(parts[: i + 1]) for i in range(len(parts))]


def lineage(session: Session, path: str) -> Sequence[Any]:
    """Return the nodes at ``path`` and above with the translations of each, in one query.

    Whatever stands above a translation comes, too. Only the last one brings its body.
    """
    steps = prefixes(path)
    return list(session.execute(_LINEAGE, {"paths": steps, "leaf": steps[-1]}))


def lineage_of(session: Session, node_id: int) -> Sequence[Any]:
    """Return the same as ``lineage`` for a node that is known by its number."""
    return list(session.execute(_LINEAGE_OF, {"leaf": node_id}))


def menu(session: Session, parent_id: int, types: Collection[str]) -> Sequence[Any]:
    """Return the published children that a menu shows."""
    return session.execute(_MENU, {"parent": parent_id, "types": list(types)}).all()


def sitemap_size(session: Session, types: Collection[str]) -> int:
    """Return how many published nodes of these types there are, those below hidden ones too."""
    return int(session.scalar(_SITEMAP_SIZE, {"types": list(types)}) or 0)


def sitemap_rows(
    session: Session, types: Collection[str], *, limit: int, offset: int
) -> Sequence[Any]:
    """Return published nodes in the order in which they were made; see ``closed_paths``."""
    values = {"types": list(types), "limit": limit, "offset": offset}
    return session.execute(_SITEMAP, values).all()


def translations(
    session: Session, groups: Collection[str], types: Collection[str]
) -> Sequence[Any]:
    """Return the published nodes of translation groups; see ``closed_paths``."""
    if not groups:
        return []
    return session.execute(_TRANSLATIONS, {"groups": list(groups), "types": list(types)}).all()


def closed_paths(session: Session, types: Collection[str]) -> frozenset[str]:
    """Return the paths that hide what is published below them: drafts, and unknown types.

    For long lists: one look at each parent instead of one at each pair. Whatever stands below a
    hidden node has a nearest one, and that one's child on the way is published: those suffice.
    """
    return frozenset(session.scalars(_CLOSED, {"types": list(types)}))


def is_closed(path: str, closed: frozenset[str]) -> bool:
    """Tell whether a path stands below one of ``closed_paths``."""
    return bool(closed) and any(step in closed for step in prefixes(path)[:-1])


def roots(session: Session) -> Sequence[Any]:
    """Return the front pages, one a language."""
    return session.execute(_ROOTS).all()


def by_ids(session: Session, ids: Iterable[int], *, drafts: bool = False) -> dict[int, Any]:
    """Return nodes with bodies by id, in one query; nothing is asked for no ids.

    Without ``drafts`` only those that everybody may see.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    statement = _BY_IDS if drafts else _VISIBLE_BY_IDS
    return {row.id: row for row in session.execute(statement, {"ids": wanted})}


def pictures(session: Session, ids: Iterable[int]) -> dict[int, Any]:
    """Return those nodes among some that are pictures which everybody may see. One query."""
    return {row.id: row for row in session.execute(_PICTURES, {"ids": sorted(set(ids))})}


def below(path: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """Return the condition that ``path`` lies below ``prefix``; one range of the index."""
    base = prefix.rstrip("/")
    # "0" follows "/" in the code table: everything between the two begins with the prefix.
    return and_(path > f"{base}/", path < f"{base}0")


_Above = aliased(Node)
# From a page up to the front page by look-ups of single rows. Compared by their paths instead, each
# of a town's pages is held against all that are hidden: SQLite took two seconds to count 5,000.
_UP = (
    select(Node.parent_id.label("id"), literal("published", Node.state.type).label("state"))
    .correlate(Node)
    .cte("up", recursive=True, nesting=True)
)
_UP = _UP.union_all(select(_Above.parent_id, _Above.state).join(_UP, _UP.c.id == _Above.id))
VISIBLE = and_(
    Node.deleted_at.is_(None),
    Node.state == "published",
    not_(exists(select(literal_column("1")).select_from(_UP).where(_UP.c.state != "published"))),
)
"""Published, and so is all above it."""
_VISIBLE_BY_IDS = _BY_IDS.where(VISIBLE)
_PICTURES = _VISIBLE_BY_IDS.where(Node.type == "image")


@lru_cache(maxsize=128)
def _listing(
    *,
    below_parent: bool,
    under: bool,
    since: bool,
    language: bool,
    by_date: bool,
    newest_first: bool,
    coming_first: bool,
    bodies: bool,
) -> Any:
    columns = (*LIGHT, Node.body, Node.body_version) if bodies else LIGHT
    statement = select(*columns, func.count().over().label("total")).where(
        Node.type.in_(bindparam("types", expanding=True))
    )
    if below_parent:
        # The parent is seen by whoever reads the list, so its ancestors are published.
        statement = statement.where(
            Node.parent_id == bindparam("parent"),
            Node.deleted_at.is_(None),
            Node.state == "published",
        )
    else:
        statement = statement.where(VISIBLE)
    if under:
        statement = statement.where(
            Node.path > bindparam("low", type_=Node.path.type),
            Node.path < bindparam("high", type_=Node.path.type),
        )
    if since:
        statement = statement.where(Node.until_at >= bindparam("since", type_=Node.until_at.type))
    if language:
        statement = statement.where(Node.language == bindparam("language"))
    if coming_first:
        coming = and_(
            Node.type == "event",
            Node.until_at >= bindparam("now", type_=Node.until_at.type),
        )
        statement = statement.order_by(
            case((coming, 0), else_=1), case((coming, Node.sort_at)).asc()
        )
    if by_date:
        order = Node.sort_at.desc() if newest_first else Node.sort_at.asc()
        statement = statement.order_by(order.nulls_last())
    return (
        statement.order_by(Node.position, Node.id)
        .limit(bindparam("limit", type_=Integer))
        .offset(bindparam("offset", type_=Integer))
    )


def listing(
    session: Session,
    *,
    types: Collection[str],
    limit: int,
    offset: int = 0,
    parent_id: int | None = None,
    under: str | None = None,
    since: datetime | None = None,
    language: str | None = None,
    newest_first: bool = False,
    by_date: bool = False,
    coming_first: bool = False,
    bodies: bool = False,
) -> Sequence[Any]:
    """Return published nodes, each with the number of all as ``total``, in one query.

    ``by_date`` sorts dated types by their date and others by position. ``under``: only below
    this path. ``since``: only what has not ended by then. ``coming_first``: events to come stand
    before all else, the next one on top.
    """
    statement = _listing(
        below_parent=parent_id is not None,
        under=under is not None,
        since=since is not None,
        language=language is not None,
        by_date=by_date,
        newest_first=newest_first,
        coming_first=coming_first,
        bodies=bodies,
    )
    values: dict[str, Any] = {"types": list(types), "limit": limit, "offset": offset}
    if coming_first:
        values["now"] = utcnow()
    if parent_id is not None:
        values["parent"] = parent_id
    if under is not None:
        base = under.rstrip("/")
        values |= {"low": f"{base}/", "high": f"{base}0"}
    if since is not None:
        values["since"] = since
    if language is not None:
        values["language"] = language
    return session.execute(statement, values).all()


@dataclass(frozen=True)
class Newest:
    """What an automatic list asks for; no ``under`` and no ``language``: the whole town."""

    types: tuple[str, ...]
    under: str | None
    language: str | None
    limit: int
    but: int | None = None
    """The id of a node that is left out (the page on which the list stands)."""


def newest(session: Session, asked: Mapping[str, Newest]) -> dict[str, list[Any]]:
    """Return the newest visible nodes with bodies for several lists together, in one query."""
    found: dict[str, list[Any]] = {name: [] for name in asked}
    parts = []
    for number, (name, want) in enumerate(asked.items()):
        if not want.types:
            continue
        age = func.coalesce(Node.sort_at, Node.created_at)
        statement = select(literal(name).label("list"), age.label("age"), *LIGHT, Node.body).where(
            Node.type.in_(want.types), VISIBLE
        )
        if want.under is not None:
            statement = statement.where(below(Node.path, want.under))  # type: ignore[arg-type]
        if want.language is not None:
            statement = statement.where(Node.language == want.language)
        if want.but is not None:
            statement = statement.where(Node.id != want.but)
        part = statement.order_by(age.desc(), Node.id.desc()).limit(want.limit)
        parts.append(select(part.subquery(f"list_{number}")))
    if not parts:
        return found
    for row in session.execute(union_all(*parts)):
        found[row.list].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: (row.age, row.id), reverse=True)
    return found
