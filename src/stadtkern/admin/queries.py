"""SQL of the back office's own lists; the number of statements does not depend on amounts."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from stadtkern.accounts.models import Account
from stadtkern.content import queries
from stadtkern.content.models import Node, NodeComment, Reference, Revision
from stadtkern.db import utcnow

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


def copied_with(text: str) -> ColumnElement[bool]:
    r"""Return the condition that a node's working copy contains a text, whatever its case.

    There are few of them, so they are read through. Stored contents are JSON: SQLite keeps them
    as they were written, with other letters than ASCII as ``\u00fc``.
    """
    word = " ".join(text.split())
    stored = cast(Revision.body, String)
    written = {
        shape
        for spelling in (word, word.lower(), word.upper(), word.title())
        for shape in (json.dumps(spelling)[1:-1], json.dumps(spelling, ensure_ascii=False)[1:-1])
    }
    return exists(
        select(Revision.id).where(
            Revision.node_id == Node.id,
            Revision.number == Node.draft_revision,
            or_(
                Revision.title.icontains(word, autoescape=True),
                Revision.summary.icontains(word, autoescape=True),
                *(stored.icontains(shape, autoescape=True) for shape in sorted(written)),
            ),
        )
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
BEHIND = exists(
    select(_Source.id).where(
        _Source.id == Node.source_id,
        _Source.deleted_at.is_(None),
        _Source.revision > Node.source_revision,
    )
)
OUTDATED = BEHIND.label("outdated")
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


SORTS: dict[str, Any] = {
    "title": (Node.title, Node.id),
    "path": (Node.path,),
    "type": (Node.type, Node.title, Node.id),
    "state": (Node.state, Node.title, Node.id),
    "updated": (Node.updated_at, Node.id),
    "author": (Account.name, Node.title, Node.id),
}
"""What the list of pages can be sorted by."""


def _marked(mark: str, account_id: int) -> ColumnElement[bool]:
    """Return the condition of a mark: what waits for somebody, and why."""
    now = utcnow()
    conditions: dict[str, ColumnElement[bool]] = {
        "outdated": BEHIND,
        "working": Node.draft_revision.is_not(None),
        "scheduled": Node.publish_at.is_not(None),
        "expiring": and_(Node.state == "published", Node.expire_at <= now + EXPIRING),
        "mine": Node.author_id == account_id,
        "hidden": Node.in_nav.is_(False),
        "menus": Node.in_nav.is_(True),
    }
    return conditions[mark]


MARKS = ("working", "scheduled", "expiring", "outdated", "mine", "menus", "hidden")
EXPIRING = timedelta(days=14)


@dataclass(frozen=True)
class Wanted:
    """What the list of pages is narrowed to; empty values do not count."""

    text: str = ""
    type: str = ""
    state: str = ""
    language: str = ""
    author: int | None = None
    since: datetime | None = None
    mark: str = ""
    account_id: int = 0
    """Who asks, for the mark “mine”."""
    held: ColumnElement[bool] | None = None
    """The condition that the text of a page has the words, too."""
    working: ColumnElement[bool] = field(default_factory=false)
    """Of which pages the person may read the working copy."""

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """Yield the conditions that a node must meet."""
        yield Node.deleted_at.is_(None)
        if self.text:
            held = () if self.held is None else (self.held,)
            copied = and_(self.working, Node.draft_revision.is_not(None), copied_with(self.text))
            yield or_(titled(self.text), *held, copied)
        for column, value in (
            (Node.type, self.type),
            (Node.state, self.state),
            (Node.language, self.language),
        ):
            if value:
                yield column == value
        if self.author is not None:
            yield Node.author_id == self.author
        if self.since is not None:
            yield Node.updated_at >= self.since
        if self.mark in MARKS:
            yield _marked(self.mark, self.account_id)


def pages(
    session: Session,
    allowed: ColumnElement[bool],
    wanted: Wanted,
    *,
    sort: str = "updated",
    descending: bool = True,
    limit: int,
    offset: int = 0,
) -> Sequence[Any]:
    """Return one page of the list with author's names and ``total``, in one query."""
    order = [column.desc() if descending else column.asc() for column in SORTS[sort]]
    return session.execute(
        select(
            *_COLUMNS,
            Account.name.label("author"),
            func.count().over().label("total"),
        )
        .outerjoin(Account, Account.id == Node.author_id)
        .where(allowed, *wanted.conditions())
        .order_by(*order)
        .limit(limit)
        .offset(offset)
    ).all()


def matching(
    session: Session, allowed: ColumnElement[bool], wanted: Wanted, *, limit: int
) -> list[tuple[int, int]]:
    """Return ids and versions of all nodes that a list would show on all its pages."""
    rows = session.execute(
        select(Node.id, Node.version).where(allowed, *wanted.conditions()).limit(limit)
    )
    return [(row.id, row.version) for row in rows]


def seen_of(session: Session, allowed: ColumnElement[bool], ids: Sequence[int]) -> set[int]:
    """Return those of some nodes that somebody may see; one query for each 500."""
    found: set[int] = set()
    for start in range(0, len(ids), 500):
        part = Node.id.in_(ids[start : start + 500])
        found |= set(session.scalars(select(Node.id).where(part, allowed)))
    return found


def authors(session: Session, *, limit: int = 200) -> Sequence[Any]:
    """Return ids and names of those who have written a page here."""
    return session.execute(
        select(Account.id, Account.name)
        .where(
            exists(select(Node.id).where(Node.author_id == Account.id, Node.deleted_at.is_(None)))
        )
        .order_by(Account.name)
        .limit(limit)
    ).all()


def tile(
    session: Session,
    mark: str,
    account_id: int,
    allowed: ColumnElement[bool] | None,
    *,
    limit: int,
) -> Sequence[Any]:
    """Return the nodes of one tile with ``total``, what is due first; one query."""
    now = utcnow()
    copy = exists(
        select(Revision.id).where(
            Revision.node_id == Node.id,
            Revision.number == Node.draft_revision,
            Revision.account_id == account_id,
        )
    )
    marks: dict[str, tuple[ColumnElement[bool], ColumnElement[Any]]] = {
        "my-drafts": (
            and_(Node.author_id == account_id, Node.state == "draft"),
            Node.updated_at.desc(),
        ),
        "my-copies": (and_(Node.draft_revision.is_not(None), copy), Node.updated_at.desc()),
        "submitted": (
            or_(Node.state == "submitted", Node.draft_state == "submitted"),
            Node.updated_at.asc(),
        ),
        "expiring": (
            and_(Node.state == "published", Node.expire_at <= now + EXPIRING),
            Node.expire_at.asc(),
        ),
        "scheduled": (Node.publish_at.is_not(None), Node.publish_at.asc()),
        "outdated": (BEHIND, Node.updated_at.desc()),
        "recent": (Node.deleted_at.is_(None), Node.updated_at.desc()),
    }
    condition, order = marks[mark]
    statement = (
        select(*_COLUMNS, func.count().over().label("total"))
        .where(Node.deleted_at.is_(None), condition)
        .order_by(order, Node.id)
        .limit(limit)
    )
    return session.execute(statement if allowed is None else statement.where(allowed)).all()


def returned(session: Session, account_id: int, *, limit: int) -> Sequence[Any]:
    """Return a person's pages that a reviewer has sent back, with the comment; one query."""
    last = select(func.max(NodeComment.id)).group_by(NodeComment.node_id)
    return session.execute(
        select(*_COLUMNS, NodeComment.text.label("comment"), func.count().over().label("total"))
        .join(NodeComment, NodeComment.node_id == Node.id)
        .where(
            Node.deleted_at.is_(None),
            Node.author_id == account_id,
            NodeComment.transition == "return",
            NodeComment.id.in_(last),
        )
        .order_by(NodeComment.id.desc())
        .limit(limit)
    ).all()


def usual_places(
    session: Session, allowed: ColumnElement[bool], account_id: int, *, limit: int = 12
) -> Sequence[Any]:
    """Return parents with the ``kind`` that is added there, one's own last ones first."""
    made = aliased(Node)
    mine = func.max(case((made.author_id == account_id, made.id), else_=0))
    return session.execute(
        select(*queries.LIGHT, made.type.label("kind"))
        .join(made, made.parent_id == Node.id)
        .where(Node.deleted_at.is_(None), made.deleted_at.is_(None), allowed)
        .group_by(*queries.LIGHT, made.type)
        .order_by(mine.desc(), func.count().desc(), Node.id)
        .limit(limit)
    ).all()
