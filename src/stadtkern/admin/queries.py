"""SQL of the back office's own lists; the number of statements does not depend on amounts."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from stadtkern.content import queries
from stadtkern.content.models import Node, Reference

_Child = aliased(Node)
HAS_CHILDREN = exists(
    select(_Child.id).where(_Child.parent_id == Node.id, _Child.deleted_at.is_(None))
).label("has_children")


def titled(text: str) -> ColumnElement[bool]:
    """Return the condition that a title or an address contains a text, whatever its case.

    SQLite folds the case of a–z only, so words with other letters are tried in each spelling.
    """
    word = " ".join(text.split())
    spellings = {word} if word.isascii() else {word, word.lower(), word.upper(), word.title()}
    return or_(
        *(Node.title.icontains(spelling, autoescape=True) for spelling in sorted(spellings)),
        Node.path.contains(word, autoescape=True),
    )


def choices(
    session: Session,
    allowed: ColumnElement[bool],
    *,
    limit: int,
    offset: int = 0,
    text: str = "",
    types: Collection[str] = (),
    parent_id: int | None = None,
    extra: Iterable[ColumnElement[bool]] = (),
) -> Sequence[Any]:
    """Return nodes to choose from with ``has_children`` and ``total``, in one query.

    With ``text``: those whose title or address contains it, whole titles first. Else the children
    of ``parent_id`` in their order, or without it the front pages.
    """
    statement = select(*queries.LIGHT, HAS_CHILDREN, func.count().over().label("total")).where(
        Node.deleted_at.is_(None), allowed, *extra
    )
    if types:
        statement = statement.where(Node.type.in_(sorted(types)))
    if text:
        statement = statement.where(titled(text)).order_by(
            func.length(Node.title), Node.title, Node.id
        )
    elif parent_id is not None:
        statement = statement.where(Node.parent_id == parent_id).order_by(Node.position, Node.id)
    else:
        statement = statement.where(Node.parent_id.is_(None)).order_by(Node.path)
    return session.execute(statement.limit(limit).offset(offset)).all()


_Source = aliased(Node)
OUTDATED = exists(
    select(_Source.id).where(
        _Source.id == Node.source_id,
        _Source.deleted_at.is_(None),
        _Source.revision > Node.source_revision,
    )
).label("outdated")
"""Whether a translation's source has changed since it was translated."""

_COLUMNS = (
    *queries.LIGHT,
    Node.version,
    Node.publish_at,
    Node.expire_at,
    Node.draft_revision,
    OUTDATED,
)


def branches(
    session: Session, allowed: ColumnElement[bool], opened: Collection[int], *, per_level: int
) -> Sequence[Any]:
    """Return the front pages and the children of opened nodes, in one query.

    At most ``per_level`` below one node; ``siblings`` says how many there are.
    """
    order = (Node.position, Node.id)
    ranked = (
        select(
            *_COLUMNS,
            HAS_CHILDREN,
            func.row_number().over(partition_by=Node.parent_id, order_by=order).label("rank"),
            func.count().over(partition_by=Node.parent_id).label("siblings"),
        )
        .where(
            Node.deleted_at.is_(None),
            allowed,
            or_(Node.parent_id.is_(None), Node.parent_id.in_(sorted(opened))),
        )
        .subquery()
    )
    statement = (
        select(ranked)
        .where(or_(ranked.c.parent_id.is_(None), ranked.c.rank <= per_level))
        .order_by(ranked.c.position, ranked.c.id)
    )
    return session.execute(statement).all()


def found_branches(
    session: Session, allowed: ColumnElement[bool], text: str, *, limit: int
) -> tuple[Sequence[Any], set[int]]:
    """Return the nodes whose title contains a text with all above them, and the former's ids.

    Two queries, whatever the size of the tree.
    """
    found = session.execute(
        select(Node.id, Node.path)
        .where(Node.deleted_at.is_(None), allowed, titled(text))
        .order_by(Node.path)
        .limit(limit)
    ).all()
    paths = {step for row in found for step in queries.prefixes(row.path)}
    if not paths:
        return (), set()
    rows = session.execute(
        select(*_COLUMNS, HAS_CHILDREN, literal(0).label("siblings"))
        .where(Node.path.in_(sorted(paths)), Node.deleted_at.is_(None), allowed)
        .order_by(Node.position, Node.id)
    ).all()
    return rows, {row.id for row in found}


def pointing_at(session: Session, node: Any) -> int:
    """Return how many other pages refer to a node or to anything below it."""
    inside = select(Node.id).where(
        (Node.id == node.id) | queries.below(Node.path, node.path),  # type: ignore[arg-type]
        Node.deleted_at.is_(None),
    )
    return int(
        session.scalar(
            select(func.count(Reference.source_id.distinct())).where(
                Reference.target_id.in_(inside), Reference.source_id.not_in(inside)
            )
        )
        or 0
    )


def next_sibling(session: Session, node: Any) -> int | None:
    """Return the id of the node that stands behind another one below the same parent."""
    return session.scalar(
        select(Node.id)
        .where(
            Node.parent_id == node.parent_id,
            Node.deleted_at.is_(None),
            or_(
                Node.position > node.position,
                and_(Node.position == node.position, Node.id > node.id),
            ),
        )
        .order_by(Node.position, Node.id)
        .limit(1)
    )
