"""All SQL that reads nodes. Built once at import, with bind parameters."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from stadtkern.content.models import Node, Redirect

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

_LINEAGE = select(
    *LIGHT,
    Node.translation_group,
    Node.version,
    Node.body_version,
    Node.created_at,
    case((Node.path == bindparam("leaf"), Node.body)).label("body"),
).where(Node.deleted_at.is_(None), Node.path.in_(bindparam("paths", expanding=True)))

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

_ROOTS = select(*LIGHT, Node.translation_group).where(
    Node.parent_id.is_(None), Node.deleted_at.is_(None)
)

_REDIRECT = (
    select(Redirect.path, Node.path)
    .join(Node, Node.id == Redirect.node_id)
    .where(
        Redirect.path.in_(bindparam("paths", expanding=True)),
        Node.deleted_at.is_(None),
        Node.state == "published",
    )
    .order_by(func.length(Redirect.path).desc())
    .limit(1)
)

_BY_IDS = select(*LIGHT, Node.body, Node.body_version).where(
    Node.id.in_(bindparam("ids", expanding=True)), Node.deleted_at.is_(None)
)


def prefixes(path: str) -> list[str]:
    """Return a path's own and all its ancestors' paths, the root first."""
    parts = [part for part in path.split("/") if part]
    return ["/"] + ["/" + "/".join(parts[: i + 1]) for i in range(len(parts))]


def lineage(session: Session, path: str) -> Sequence[Any]:
    """Return the nodes at ``path`` and above, in one query; only the last brings its body."""
    steps = prefixes(path)
    return list(session.execute(_LINEAGE, {"paths": steps, "leaf": steps[-1]}))


def menu(session: Session, parent_id: int, types: Collection[str]) -> Sequence[Any]:
    """Return the published children that a menu shows."""
    return session.execute(_MENU, {"parent": parent_id, "types": list(types)}).all()


def roots(session: Session) -> Sequence[Any]:
    """Return the front pages, one a language."""
    return session.execute(_ROOTS).all()


def redirect_for(session: Session, path: str) -> str | None:
    """Return where an address that a published node once had leads now."""
    row = session.execute(_REDIRECT, {"paths": prefixes(path)[1:]}).first()
    if row is None:
        return None
    old, new = row
    target = str(new).rstrip("/") + path[len(old) :]
    return target if target != path else None


def by_ids(session: Session, ids: Iterable[int]) -> dict[int, Any]:
    """Return nodes with bodies by id, in one query; nothing is asked for no ids."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {row.id: row for row in session.execute(_BY_IDS, {"ids": wanted})}


def below(path: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """Return the condition that ``path`` lies below ``prefix``; one range of the index."""
    base = prefix.rstrip("/")
    # "0" follows "/" in the code table: everything between the two begins with the prefix.
    return and_(path > f"{base}/", path < f"{base}0")


_Above = aliased(Node)
VISIBLE = and_(
    Node.deleted_at.is_(None),
    Node.state == "published",
    not_(
        exists(
            select(literal_column("1"))
            .select_from(_Above)
            .where(
                _Above.tenant_id == Node.tenant_id,
                _Above.deleted_at.is_(None),
                _Above.state != "published",
                Node.path > _Above.path + "/",
                Node.path < _Above.path + "0",
            )
        )
    ),
)
"""Published, and so is all above it."""


def listing(
    *,
    types: Collection[str],
    parent_id: int | None = None,
    under: str | None = None,
    since: datetime | None = None,
    newest_first: bool = False,
    by_date: bool = False,
) -> Any:
    """Return the query for a list of published nodes, with the total as ``total``."""
    statement = select(
        *LIGHT, Node.body, Node.body_version, func.count().over().label("total")
    ).where(Node.type.in_(list(types)))
    if parent_id is not None:
        # The parent is seen by whoever reads the list, so its ancestors are published.
        statement = statement.where(
            Node.parent_id == parent_id, Node.deleted_at.is_(None), Node.state == "published"
        )
    else:
        statement = statement.where(VISIBLE)
    if under is not None:
        statement = statement.where(below(Node.path, under))  # type: ignore[arg-type]
    if since is not None:
        statement = statement.where(or_(Node.sort_at.is_(None), Node.sort_at >= since))
    if by_date:
        order = Node.sort_at.desc() if newest_first else Node.sort_at.asc()
        return statement.order_by(order.nulls_last(), Node.position, Node.id)
    return statement.order_by(Node.position, Node.id)
