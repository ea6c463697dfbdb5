"""Questions about references: who refers to this, and which links lead nowhere."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    bindparam,
    case,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, aliased

from stadtkern.content.links.extract import split
from stadtkern.content.links.models import LinkCheck
from stadtkern.content.models import Node, Reference
from stadtkern.content.queries import VISIBLE, below

SHOWN = 50
BOUND = 2000
"""Links with an anchor that one report looks at."""
FAILURES = 3
"""Looks that must fail one after another before a link counts as broken."""

_Source, _Target = aliased(Node), aliased(Node)
_OWN = (Node.id, Node.title, Node.path, Node.state, Node.type)


@dataclass(frozen=True)
class Referrer:
    """A page that refers to another one; ``times``: how often."""

    id: int
    title: str
    path: str
    state: str
    type: str
    target_id: int
    times: int


def _columns() -> tuple[Any, ...]:
    return (_Source.id, _Source.title, _Source.path, _Source.state, _Source.type)


def references_to(session: Session, node_ids: Collection[int]) -> dict[int, list[Referrer]]:
    """Return for each of these nodes the pages that refer to it. One query; nothing for no ids."""
    if not node_ids:
        return {}
    rows = session.execute(
        select(*_columns(), Reference.target_id, func.count().label("times"))
        .join(_Source, _Source.id == Reference.source_id)
        .where(
            Reference.target_id.in_(sorted(set(node_ids))),
            Reference.source_id != Reference.target_id,
            _Source.deleted_at.is_(None),
        )
        .group_by(*_columns(), Reference.target_id)
        .order_by(_Source.path)
    )
    found: dict[int, list[Referrer]] = {}
    for row in rows:
        found.setdefault(row.target_id, []).append(Referrer(*row[:7]))
    return found


def referring(
    session: Session,
    node_id: int,
    path: str,
    *,
    seen: ColumnElement[bool] | None = None,
    limit: int = SHOWN,
) -> tuple[list[Referrer], int, int]:
    """Return pages outside of a subtree that refer into it, how many there are, how many unseen.

    What goes away together may refer to itself; that warns of nothing. ``seen``: the condition
    for the nodes that the person may see; the others are counted, not named. One query.
    """
    visible = func.max(case((true() if seen is None else seen, 1), else_=0))
    rows = session.execute(
        select(
            *_OWN,
            func.min(Reference.target_id),
            func.count().label("times"),
            func.count().over().label("total"),
            func.sum(visible).over().label("shown"),
            visible.label("visible"),
        )
        .select_from(Reference)
        .join(Node, Node.id == Reference.source_id)
        .join(_Target, _Target.id == Reference.target_id)
        .where(
            or_(_Target.id == node_id, below(_Target.path, path)),  # type: ignore[arg-type]
            _Target.deleted_at.is_(None),
            Node.deleted_at.is_(None),
            Node.id != node_id,
            not_(below(Node.path, path)),  # type: ignore[arg-type]
        )
        .group_by(*_OWN)
        .order_by(visible.desc(), Node.path)
        .limit(limit)
    ).all()
    if not rows:
        return [], 0, 0
    total = int(rows[0].total)
    return [Referrer(*row[:7]) for row in rows if row.visible], total, total - int(rows[0].shown)


def _broken() -> Any:
    """Return the condition that an internal reference leads nowhere."""
    written = func.substr(Reference.target, 1, 1)
    return or_(
        and_(
            Reference.target_id.is_(None),
            or_(
                Reference.target == "",
                written == "/",
                and_(Reference.kind == "block", written == "#"),
            ),
        ),
        and_(Reference.target_id.is_not(None), not_(VISIBLE)),
    )


_INTERNAL = (
    select(
        Reference.id,
        Reference.block,
        Reference.kind,
        Reference.target,
        Reference.source_id,
        _Source.title.label("source_title"),
        _Source.path.label("source_path"),
        _Source.state.label("source_state"),
        Node.id.label("target_id"),
        Node.title.label("target_title"),
        Node.state.label("target_state"),
        Node.deleted_at.label("target_deleted_at"),
        func.count().over().label("total"),
    )
    .select_from(Reference)
    .join(_Source, _Source.id == Reference.source_id)
    .outerjoin(Node, Node.id == Reference.target_id)
    .where(_Source.deleted_at.is_(None), _broken())
    .order_by(_Source.path, Reference.id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)


def broken_internal(session: Session, *, limit: int = SHOWN, offset: int = 0) -> Sequence[Any]:
    """Return links to pages that are missing, in the trash or not published. One query."""
    return session.execute(_INTERNAL, {"limit": limit, "offset": offset}).all()


def broken_anchors(session: Session) -> list[Any]:
    """Return links to a place within a page that the page does not have (two queries).

    Places are headings and other blocks; the first ``BOUND`` links with an anchor are looked at.
    """
    rows = session.execute(
        select(
            Reference.id,
            Reference.target,
            Reference.source_id,
            Reference.target_id,
            _Source.title.label("source_title"),
            _Source.path.label("source_path"),
            _Source.state.label("source_state"),
        )
        .join(_Source, _Source.id == Reference.source_id)
        .where(
            _Source.deleted_at.is_(None),
            Reference.kind.in_(("link", "field")),
            Reference.target.contains("#"),
            or_(Reference.target_id.is_not(None), func.substr(Reference.target, 1, 1) == "#"),
        )
        .order_by(_Source.path, Reference.id)
        .limit(BOUND)
    ).all()
    wanted = {row.target_id or row.source_id for row in rows}
    if not wanted:
        return []
    bodies = session.execute(
        select(Node.id, Node.body).where(Node.id.in_(sorted(wanted)), Node.deleted_at.is_(None))
    )
    places = {row.id: anchors(row.body or {}) for row in bodies}
    return [
        row
        for row in rows
        if (place := split(row.target)[1].partition("#")[2] or row.target.partition("#")[2])
        and (row.target_id or row.source_id) in places
        and place not in places[row.target_id or row.source_id]
    ]


def anchors(body: Any) -> frozenset[str]:
    """Return the places within a page that links can lead to."""
    blocks = body.get("blocks") or ()
    return frozenset({"content", *(f"b-{block.get('id')}" for block in blocks)})


_EXTERNAL = (
    select(
        LinkCheck.id,
        LinkCheck.url,
        LinkCheck.status,
        LinkCheck.problem,
        LinkCheck.failures,
        LinkCheck.failing_since,
        LinkCheck.checked_at,
        LinkCheck.ignored,
        func.count().over().label("total"),
    )
    .where(LinkCheck.failures >= FAILURES, LinkCheck.ignored == bindparam("ignored"))
    .where(
        select(Reference.id)
        .join(_Source, _Source.id == Reference.source_id)
        .where(Reference.target == LinkCheck.url, _Source.deleted_at.is_(None))
        .exists()
    )
    .order_by(LinkCheck.failing_since, LinkCheck.id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)


def broken_external(
    session: Session, *, ignored: bool = False, limit: int = SHOWN, offset: int = 0
) -> Sequence[Any]:
    """Return addresses elsewhere that have failed often enough and are still linked to."""
    return session.execute(_EXTERNAL, {"ignored": ignored, "limit": limit, "offset": offset}).all()


def pages_with(session: Session, urls: Collection[str]) -> dict[str, list[Any]]:
    """Return the pages that link to each of these addresses. One query."""
    if not urls:
        return {}
    found: dict[str, list[Any]] = {}
    for row in session.execute(
        select(Reference.target, *_columns())
        .join(_Source, _Source.id == Reference.source_id)
        .where(Reference.target.in_(sorted(set(urls))), _Source.deleted_at.is_(None))
        .distinct()
        .order_by(_Source.path)
    ):
        found.setdefault(row.target, []).append(row)
    return found


_LINKED_FROM = (
    select(_Source.id)
    .join(Reference, Reference.source_id == _Source.id)
    .where(Reference.target == LinkCheck.url, _Source.deleted_at.is_(None))
    .order_by(_Source.path)
    .limit(1)
    .correlate(LinkCheck)
    .scalar_subquery()
)
_FIRST = union_all(
    select(
        literal(1).label("inside"),
        _Source.id.label("source_id"),
        func.coalesce(Node.title, Reference.target).label("target"),
        Reference.id.label("id"),
    )
    .select_from(Reference)
    .join(_Source, _Source.id == Reference.source_id)
    .outerjoin(Node, Node.id == Reference.target_id)
    .where(_Source.deleted_at.is_(None), _broken()),
    select(literal(0), _LINKED_FROM, LinkCheck.url, LinkCheck.id).where(
        LinkCheck.failures >= FAILURES, LinkCheck.ignored.is_(False), _LINKED_FROM.is_not(None)
    ),
).subquery()


def first_broken(session: Session, *, limit: int) -> Sequence[Any]:
    """Return the first links that lead nowhere, those within the site before those elsewhere.

    Rows have ``inside`` (0 or 1), ``source_id`` and ``source_title`` of a page with the link,
    ``target`` and ``total``, the number of all. One statement; places within pages (anchors) are
    left out: they take the pages' bodies.
    """
    return session.execute(
        select(_FIRST, Node.title.label("source_title"), func.count().over().label("total"))
        .join(Node, Node.id == _FIRST.c.source_id)
        .order_by(_FIRST.c.inside.desc(), Node.path, _FIRST.c.id)
        .limit(limit)
    ).all()
