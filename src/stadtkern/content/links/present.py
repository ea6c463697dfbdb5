"""Stored links as they are shown: with the present address of what they mean."""

import re
from collections.abc import Iterable
from html import unescape

from markupsafe import escape
from pyramid.request import Request
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from stadtkern.content.links.extract import HREF, is_internal, split
from stadtkern.content.models import Node, Reference

_NOW = (
    select(Reference.target, Node.path)
    .join(Node, Node.id == Reference.target_id)
    .where(
        Reference.source_id == bindparam("source"),
        Reference.kind == "link",
        Node.deleted_at.is_(None),
        Node.type.not_in(("image", "file")),
    )
)


def addresses(session: Session, source_id: int) -> dict[str, str]:
    """Return where a node's internal links lead now: address as written → present one.

    Only those that differ. One query.
    """
    found = {}
    for target, path in session.execute(_NOW, {"source": source_id}):
        if not is_internal(target):
            continue
        written, rest = split(target)
        if written != path:
            found[target] = path + rest
    return found


def present_links(request: Request, source_id: int | None, parts: Iterable[str]) -> list[str]:
    """Return pieces of HTML with the links of node ``source_id`` brought up to date.

    Asks nothing where no link leads to a page of this site.
    """
    pieces = list(parts)
    if source_id is None or not any('href="/' in piece for piece in pieces):
        return pieces
    now = addresses(request.db, source_id)
    return [present(piece, now) for piece in pieces] if now else pieces


def present(html: str, now: dict[str, str]) -> str:
    """Return HTML in which the links of ``now`` lead to their present address."""

    def change(match: re.Match[str]) -> str:
        before, target, after = match.groups()
        new = now.get(unescape(target).strip())
        return f"{before}{target if new is None else escape(new)}{after}"

    return HREF.sub(change, html)
