"""Preview links: a random token, kept as its hash, that shows one working copy until it expires."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from stadtkern.content.models import Node, PreviewLink, Revision
from stadtkern.db import utcnow

MAX_LINKS = 20
"""Links of one node that work at the same time; the oldest ends when another one is made."""


@dataclass(frozen=True)
class Drafted:
    """A node with its working copy's contents in place of the published ones."""

    node: Any
    draft: Revision | Node

    def __getattr__(self, name: str) -> Any:
        if name in {"title", "summary", "in_nav", "body", "body_version"}:
            return getattr(self.draft, name)
        return getattr(self.node, name)


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def make_link(session: Session, node: Node, *, days: int, account_id: int | None) -> str:
    """Return a new token for a node, valid for ``days``; expired ones are forgotten."""
    session.execute(
        delete(PreviewLink)
        .where(PreviewLink.expires_at < utcnow())
        .execution_options(synchronize_session=False)
    )
    rows = links(session, node.id)
    for row in rows[MAX_LINKS - 1 :]:
        session.delete(row)
    token = secrets.token_urlsafe(24)
    session.add(
        PreviewLink(
            tenant_id=node.tenant_id,
            node_id=node.id,
            token_hash=_digest(token),
            account_id=account_id,
            expires_at=utcnow() + timedelta(days=days),
        )
    )
    session.flush()
    return token


def links(session: Session, node_id: int) -> list[PreviewLink]:
    """Return the links of a node that still work, newest first."""
    return list(
        session.scalars(
            select(PreviewLink)
            .where(PreviewLink.node_id == node_id, PreviewLink.expires_at >= utcnow())
            .order_by(PreviewLink.id.desc())
        )
    )


def end_links(session: Session, node_id: int) -> int:
    """End all links of a node; return how many there were."""
    found = links(session, node_id)
    for row in found:
        session.delete(row)
    session.flush()
    return len(found)


def find_link(session: Session, token: str) -> tuple[PreviewLink, Node] | None:
    """Return a link that works and its node; None for expired, ended and made-up ones."""
    row = session.execute(
        select(PreviewLink, Node)
        .join(Node, Node.id == PreviewLink.node_id)
        .where(
            PreviewLink.token_hash == _digest(token),
            PreviewLink.expires_at >= utcnow(),
            Node.deleted_at.is_(None),
        )
    ).first()
    return None if row is None else (row[0], row[1])
