"""Which pages somebody meets in the back office and by the API: all, or their parts of the site."""

from collections.abc import Sequence
from typing import Any

from pyramid.request import Request
from sqlalchemy import ColumnElement, or_, select, true

from stadtkern.accounts import Permission
from stadtkern.accounts.policy import permissions_of
from stadtkern.content import queries
from stadtkern.content.models import Node


def areas(request: Request) -> Sequence[Any]:
    """Return the parts of the site on which the person has a role of their own.

    Read once a request; nothing is asked for people whose roles count everywhere.
    """
    known: Sequence[Any] | None = getattr(request, "_areas", None)
    if known is None:
        ids = list(request.identity.local)
        known = (
            request.db.execute(
                select(*queries.LIGHT)
                .where(Node.id.in_(ids), Node.deleted_at.is_(None))
                .order_by(Node.path)
            ).all()
            if ids
            else ()
        )
        request._areas = known  # noqa: SLF001 - kept on the request, as Pyramid's reify does
    return known


def sees_all(request: Request) -> bool:
    """Tell whether the person's roles show them every page, drafts too."""
    return Permission.VIEW_DRAFTS in request.permissions


def mine(request: Request) -> ColumnElement[bool]:
    """Return the condition for what is the person's own or stands in their parts."""
    return or_(
        Node.author_id == request.identity.account_id, reaching(request, Permission.VIEW_DRAFTS)
    )


def reaching(request: Request, permission: str) -> ColumnElement[bool]:
    """Return the condition for the nodes on which a role of the person holds a permission."""
    if permission in request.permissions:
        return true()
    conditions: list[ColumnElement[bool]] = []
    for area in areas(request):
        if permission in permissions_of(request, request.identity, (area.id,)):
            conditions += [Node.id == area.id, queries.below(Node.path, area.path)]  # type: ignore[arg-type]
    return or_(Node.id == -1, *conditions)


def office_view(request: Request) -> ColumnElement[bool]:
    """Return the condition for all that the person may see: public pages and their own parts."""
    return true() if sees_all(request) else or_(queries.VISIBLE, mine(request))
