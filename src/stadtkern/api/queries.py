"""All SQL of the API's lists. Constant in the number of rows."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, literal_column, or_, select
from sqlalchemy.orm import Session

from stadtkern.audit.models import AuditEntry
from stadtkern.content import Node, Revision, queries

SUMMARY = (
    Node.id,
    Node.parent_id,
    Node.path,
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
    Node.translation_group,
    Node.version,
    Node.key,
    Node.until_at,
    Node.publish_at,
    Node.expire_at,
    Node.created_at,
    Node.live_revision,
    Node.draft_revision,
    Node.draft_state,
)
"""What lists show of a node, in the order in which ``representing.summaries`` takes it apart."""
ORDERS: Mapping[str, tuple[Any, bool]] = {
    "id": (None, False),
    "-id": (None, True),
    "path": (Node.path, False),
    "title": (Node.title, False),
    "-title": (Node.title, True),
    "updated_at": (Node.updated_at, False),
    "-updated_at": (Node.updated_at, True),
}
"""Name → column (None: the id alone) and whether the largest come first."""

NARROW = ("type", "parent", "under", "key")
"""Filters with an index of their own: what they leave is sorted, but for what stands in a folder by
its changes. The others are judged on the way along the town in the order of the list."""


def sort_key(order: str) -> Callable[[Any], list[Any]]:
    """Return the function from a row to the values that its place in a list depends on."""
    column, _descending = ORDERS[order]
    if column is None:
        return lambda row: [row.id]
    return lambda row: [getattr(row, column.key), row.id]


def _behind(order: str, after: Sequence[Any]) -> ColumnElement[bool]:
    column, descending = ORDERS[order]
    number = int(after[-1])
    if column is None:
        return Node.id < number if descending else Node.id > number
    value = datetime.fromisoformat(after[0]) if column is Node.updated_at else after[0]
    further = column < value if descending else column > value
    return or_(further, and_(column == value, Node.id > number))


def nodes(
    session: Session,
    *,
    types: Collection[str],
    seen: ColumnElement[bool],
    wanted: Mapping[str, Any],
    order: str,
    after: Sequence[Any] | None,
    limit: int,
    columns: Sequence[Any] = SUMMARY,
    few: bool = False,
) -> Sequence[Any]:
    """Return a page of nodes; ``seen``: the condition for what may be seen.

    ``wanted``: by name of ``NodesQuery``; ``after``: the cursor's values; ``few``: only few of a
    town's nodes are of these types. One query.
    """
    # An expression, not the column: where nearly every type fits, its index only costs a sort.
    kind = Node.type if few else Node.type + literal("")
    statement = select(*columns).where(Node.deleted_at.is_(None), kind.in_(types), seen)
    column, descending = ORDERS[order]
    narrow = {name for name in NARROW if wanted.get(name)}
    if not few and (not narrow or (narrow == {"parent"} and column is Node.updated_at)):
        # True of every node; says that the indexes in the order of a list may be used (``LISTED``).
        statement = statement.where(Node.version > literal_column("0"))
    for name in ("type", "state", "language", "key"):
        if wanted.get(name):
            statement = statement.where(getattr(Node, name) == wanted[name])
    if wanted.get("parent"):
        statement = statement.where(Node.parent_id == wanted["parent"])
    if wanted.get("under"):
        under = "/" + wanted["under"].strip("/")
        statement = statement.where(queries.below(Node.path, under))  # type: ignore[arg-type]
    if wanted.get("title"):
        statement = statement.where(Node.title.icontains(wanted["title"], autoescape=True))
    if wanted.get("updated_since"):
        statement = statement.where(Node.updated_at >= wanted["updated_since"])
    if after is not None:
        statement = statement.where(_behind(order, after))
    if column is None:
        statement = statement.order_by(Node.id.desc() if descending else Node.id)
    else:
        statement = statement.order_by(column.desc() if descending else column, Node.id)
    return session.execute(statement.limit(limit)).all()


def revisions(session: Session, node_id: int, *, after: int | None, limit: int) -> Sequence[Any]:
    """Return a page of a node's revisions, newest first, without their bodies."""
    statement = select(
        Revision.number,
        Revision.kind,
        Revision.title,
        Revision.note,
        Revision.restored,
        Revision.account_id,
        Revision.created_at,
    ).where(Revision.node_id == node_id)
    if after is not None:
        statement = statement.where(Revision.number < after)
    return session.execute(statement.order_by(Revision.number.desc()).limit(limit)).all()


def trashed(
    session: Session, *, deleted_by: int | None, after: int | None, limit: int
) -> Sequence[Any]:
    """Return a page of what was deleted by itself; ``deleted_by``: by this account only."""
    statement = select(
        Node.id,
        Node.type,
        Node.path,
        Node.title,
        Node.parent_id,
        Node.version,
        Node.deleted_at,
    ).where(Node.deleted_at.is_not(None), Node.deleted_with == Node.id)
    if deleted_by is not None:
        statement = statement.where(Node.deleted_by == deleted_by)
    if after is not None:
        statement = statement.where(Node.id < after)
    return session.execute(statement.order_by(Node.id.desc()).limit(limit)).all()


def entries(
    session: Session, wanted: Mapping[str, Any], *, after: int | None, limit: int
) -> Sequence[AuditEntry]:
    """Return a page of the audit, newest first; ``wanted``: by name of ``AuditQuery``."""
    statement = select(AuditEntry)
    for name, column in (
        ("kind", AuditEntry.kind),
        ("subject", AuditEntry.subject),
        ("deed", AuditEntry.deed),
        ("actor", AuditEntry.actor_id),
    ):
        if wanted.get(name):
            statement = statement.where(column == wanted[name])
    if wanted.get("since"):
        statement = statement.where(AuditEntry.at >= wanted["since"])
    if wanted.get("until"):
        statement = statement.where(AuditEntry.at < wanted["until"])
    if after is not None:
        statement = statement.where(AuditEntry.id < after)
    return session.scalars(statement.order_by(AuditEntry.id.desc()).limit(limit)).all()
