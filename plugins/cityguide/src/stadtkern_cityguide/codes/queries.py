"""All SQL that reads codes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import bindparam, exists, func, literal_column, not_, or_, select
from sqlalchemy.orm import Session, aliased

from stadtkern.content import Node
from stadtkern.content.queries import LIGHT, VISIBLE
from stadtkern_cityguide.codes.models import Code
from stadtkern_cityguide.queries import TYPES

PAGE_SIZE = 25
"""Places and tours on one page of the back office; a tour brings its stops along."""

MOST = 5_000
"""Codes that one command lists or prints."""

_ONE = select(Code).where(Code.code == bindparam("code"))

_Own, _Other = aliased(Node), aliased(Node)
_LEADS_TO = (
    select(*LIGHT, Node.body_version, Node.body)
    .join(_Own, _Own.id == bindparam("node"))
    .where(
        VISIBLE,
        Node.type == _Own.type,
        or_(Node.id == _Own.id, Node.translation_group == _Own.translation_group),
    )
    .order_by(Node.id)
)

_FIRST = or_(
    Node.language == bindparam("language"),
    not_(
        exists(
            select(literal_column("1"))
            .select_from(_Other)
            .where(
                _Other.tenant_id == Node.tenant_id,
                _Other.translation_group == Node.translation_group,
                _Other.language == bindparam("language"),
                _Other.deleted_at.is_(None),
            )
        )
    ),
)
"""One page of each group of translations: that in the town's first language, if there is one."""

_ITEMS = (
    select(*LIGHT, Node.body_version, Node.body, func.count().over().label("total"))
    .where(Node.deleted_at.is_(None), Node.type.in_(TYPES), _FIRST)
    .order_by(Node.type.desc(), Node.title, Node.id)
)
_BY_IDS = (
    select(*LIGHT, Node.body_version, Node.body)
    .where(
        Node.deleted_at.is_(None),
        Node.type.in_(TYPES),
        Node.id.in_(bindparam("ids", expanding=True)),
    )
    .order_by(Node.type.desc(), Node.title, Node.id)
)
_OF_NODES = (
    select(Code)
    .where(Code.node_id.in_(bindparam("nodes", expanding=True)), Code.withdrawn_at.is_(None))
    .order_by(Code.made_at, Code.code)
)
_NAMED = (
    select(Code, *LIGHT, Node.translation_group, Node.body_version, Node.body)
    .join(Node, Node.id == Code.node_id)
    .where(Node.deleted_at.is_(None), Code.withdrawn_at.is_(None))
    .order_by(Node.type.desc(), Node.title, Node.id, Code.made_at, Code.code)
    .limit(MOST)
)
_TITLES = select(Node.translation_group, Node.title).where(
    Node.deleted_at.is_(None),
    Node.state == "published",
    Node.language == bindparam("language"),
    Node.translation_group.in_(bindparam("groups", expanding=True)),
)


def one(session: Session, code: str) -> Code | None:
    """Return a code, withdrawn or not."""
    return session.scalars(_ONE, {"code": code}).first()


def leads_to(session: Session, node_id: int) -> Sequence[Any]:
    """Return the public page of a node and its translations, with bodies."""
    return session.execute(_LEADS_TO, {"node": node_id}).all()


def items(session: Session, language: str, search: str = "", page: int = 1) -> Sequence[Any]:
    """Return places and tours that can have codes, drafts too; the total in each row."""
    statement = _ITEMS.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    if search:
        statement = statement.where(Node.title.icontains(search, autoescape=True))
    return session.execute(statement, {"language": language}).all()


def public_items(session: Session, language: str) -> Sequence[Any]:
    """Return all public places and tours, for the command."""
    return session.execute(_ITEMS.where(VISIBLE).limit(MOST), {"language": language}).all()


def by_ids(session: Session, ids: Collection[int]) -> Sequence[Any]:
    """Return places and tours by number, with bodies, in the order of the list."""
    if not ids:
        return []
    return session.execute(_BY_IDS, {"ids": sorted(ids)}).all()


def of_nodes(session: Session, nodes: Collection[int]) -> list[Code]:
    """Return the codes of nodes that hold."""
    return list(session.scalars(_OF_NODES, {"nodes": sorted(nodes)})) if nodes else []


def named(session: Session, codes: Collection[str] | None = None) -> Sequence[Any]:
    """Return codes that hold with their nodes; all of them without ``codes``."""
    statement = _NAMED
    if codes is not None:
        statement = statement.where(Code.code.in_(sorted(codes)))
    return session.execute(statement).all()


def titles(session: Session, groups: Collection[str], language: str) -> dict[str, str]:
    """Return the published titles in a language by group of translations."""
    if not groups:
        return {}
    rows = session.execute(_TITLES, {"language": language, "groups": sorted(groups)})
    return {row.translation_group: row.title for row in rows}
