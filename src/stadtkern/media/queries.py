"""All SQL of the library."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from stadtkern.content import Node, Reference, queries
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


def places(session: Session) -> Sequence[Any]:
    """Return the folders in which uploads may be kept, media folders first."""
    return session.execute(
        select(*queries.LIGHT)
        .where(Node.type.in_((PLACE, "folder")), Node.deleted_at.is_(None))
        .order_by((Node.type != PLACE), Node.path)
        .limit(MAX_PLACES)
    ).all()


def used_in(session: Session, node_id: int) -> Sequence[Any]:
    """Return the nodes whose public contents refer to a node, each once, by title."""
    users = select(Reference.source_id).where(Reference.target_id == node_id)
    return session.execute(
        select(*queries.LIGHT)
        .where(Node.id.in_(users), Node.id != node_id, Node.deleted_at.is_(None))
        .order_by(Node.title, Node.id)
        .limit(200)
    ).all()


def set_derived(session: Session, node_id: int, derived: dict[str, Any]) -> None:
    """Write what a job has derived, past ``version``, so that no open form becomes stale."""
    session.execute(
        update(Node)
        .where(Node.id == node_id)
        .values(derived=derived)
        .execution_options(synchronize_session=False)
    )


def images(session: Session) -> Iterator[Any]:
    """Yield id, body and derived of all the tenant's pictures, those in the trash too."""
    last = 0
    while True:
        rows = session.execute(
            select(Node.id, Node.body, Node.derived, Node.deleted_at)
            .where(Node.type == "image", Node.id > last)
            .order_by(Node.id)
            .limit(BATCH)
        ).all()
        yield from rows
        if len(rows) < BATCH:
            return
        last = rows[-1].id
