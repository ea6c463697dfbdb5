"""SQL of the back office's own lists; the number of statements does not depend on amounts."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from stadtkern.content import queries
from stadtkern.content.models import Node

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
