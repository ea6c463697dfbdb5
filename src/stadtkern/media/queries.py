"""All SQL of the library."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, true, update
from sqlalchemy.orm import Session

from stadtkern.content import Node, Reference, queries
from stadtkern.media.renditions import PICTURED
from stadtkern.media.types import KINDS, PLACE

MAX_PLACES = 300
BATCH = 200


def library(
    session: Session,
    *,
    kinds: Collection[str] = KINDS,
    words: str = "",
    seen: ColumnElement[bool] | None = None,
    limit: int,
    offset: int = 0,
) -> Sequence[Any]:
    """Return one page of the library, newest first, each row with the number of all as ``total``.

    ``words``: part of a title. ``seen``: the condition for what the person may see; None: all.
    """
    statement = select(
        *queries.LIGHT, Node.body, Node.derived, func.count().over().label("total")
    ).where(Node.type.in_(kinds), Node.deleted_at.is_(None))
    if words:
        statement = statement.where(Node.title.icontains(words, autoescape=True))
    if seen is not None:
        statement = statement.where(seen)
    return session.execute(
        statement.order_by(Node.created_at.desc(), Node.id.desc()).limit(limit).offset(offset)
    ).all()


def several(session: Session, ids: Collection[int]) -> list[Node]:
    """Return the library's nodes among these ids, in the order of the ids."""
    found = {
        node.id: node
        for node in session.scalars(
            select(Node).where(Node.id.in_(ids), Node.type.in_(KINDS), Node.deleted_at.is_(None))
        )
    }
    return [found[one] for one in dict.fromkeys(ids) if one in found]


def places(session: Session, allowed: ColumnElement[bool] | None = None) -> Sequence[Any]:
    """Return the folders in which uploads may be kept, media folders first.

    ``allowed``: the condition for where the person may add; None: everywhere.
    """
    return session.execute(
        select(*queries.LIGHT)
        .where(
            Node.type.in_((PLACE, "folder")),
            Node.deleted_at.is_(None),
            true() if allowed is None else allowed,
        )
        .order_by((Node.type != PLACE), Node.path)
        .limit(MAX_PLACES)
    ).all()


def used_in(session: Session, node_id: int, seen: ColumnElement[bool]) -> tuple[Sequence[Any], int]:
    """Return the nodes whose public contents refer to a node, each once, by title.

    ``seen``: the condition for what the person may see. Second, how many others there are. One
    query.
    """
    users = select(Reference.source_id).where(Reference.target_id == node_id)
    visible = case((seen, 1), else_=0)
    rows = session.execute(
        select(
            *queries.LIGHT,
            visible.label("visible"),
            func.count().over().label("total"),
            func.sum(visible).over().label("shown"),
        )
        .where(Node.id.in_(users), Node.id != node_id, Node.deleted_at.is_(None))
        .order_by(visible.desc(), Node.title, Node.id)
        .limit(200)
    ).all()
    hidden = int(rows[0].total - rows[0].shown) if rows else 0
    return [row for row in rows if row.visible], hidden


def set_derived(session: Session, node_id: int, derived: dict[str, Any]) -> None:
    """Write what a job has derived, past ``version``, so that no open form becomes stale."""
    session.execute(
        update(Node)
        .where(Node.id == node_id)
        .values(derived=derived)
        .execution_options(synchronize_session=False)
    )


def images(session: Session) -> Iterator[Any]:
    """Yield id, body and derived of all the tenant's pictures and films, in the trash too."""
    last = 0
    while True:
        rows = session.execute(
            select(Node.id, Node.body, Node.derived, Node.deleted_at)
            .where(Node.type.in_(PICTURED), Node.id > last)
            .order_by(Node.id)
            .limit(BATCH)
        ).all()
        yield from rows
        if len(rows) < BATCH:
            return
        last = rows[-1].id
