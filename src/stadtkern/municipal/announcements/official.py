"""What an official announcement is, and whether visitors see it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern.content import Node

TYPE = "announcement"
FIXED = ("published_at", "sha256", "withdrawn_at", "withdrawn_reason")
WITHDRAWN = ("withdrawn_at", "withdrawn_reason")
PUBLISHED = "published"


def is_official(node: Any) -> bool:
    """Tell whether a node is an announcement that has been published."""
    return node.type == TYPE and bool(fields_of(node.body).get("published_at"))


def fields_of(body: Any) -> dict[str, Any]:
    """Return a copy of the fields of a stored body."""
    return dict((body or {}).get("fields") or {})


def hidden_at(session: Session, *paths: str) -> str | None:
    """Return the title of a page at one of these addresses that visitors do not see."""
    found: str | None = session.scalar(
        select(Node.title)
        .where(Node.path.in_(paths), Node.deleted_at.is_(None), Node.state != PUBLISHED)
        .order_by(Node.path)
        .limit(1)
    )
    return found
