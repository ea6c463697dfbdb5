"""Rights that more than one permission decides, for whoever asks: a person or a program."""

from collections.abc import Sequence
from typing import Any

from pyramid.httpexceptions import HTTPForbidden
from pyramid.request import Request
from sqlalchemy import select

from stadtkern.accounts import Permission
from stadtkern.accounts.policy import permissions_of
from stadtkern.content import queries
from stadtkern.content.models import Node
from stadtkern.content.resources import Resource
from stadtkern.content.traversal import resource_for


def check_target(request: Request, node: Any, target: Node) -> None:
    """Raise ``HTTPForbidden`` where somebody may not move a node: below ``target``."""
    place = resource_for(request, target)
    if not request.has_permission(Permission.ADD, place):
        raise HTTPForbidden
    if request.content.is_public_below(node.path) and not request.has_permission(
        Permission.PUBLISH, place
    ):
        # Moving what is published publishes it there.
        raise HTTPForbidden


def permitted(request: Request, permission: str, nodes: Sequence[Any]) -> set[int]:
    """Return the numbers of the nodes on which the person holds a permission.

    As ``has_permission`` says of each; one question to the database however many they are, and
    none where a role counts everywhere. ``nodes``: not deleted, and whole where a permission may
    hang on more than ``queries.LIGHT`` has (editing one's own drafts).
    """
    if permission in request.permissions or not nodes:
        return {node.id for node in nodes}
    paths = {step for node in nodes for step in queries.prefixes(node.path)}
    rows = request.db.execute(
        select(*queries.LIGHT).where(Node.path.in_(paths), Node.deleted_at.is_(None))
    )
    above: dict[int | None, Any] = {row.id: row for row in rows}
    places: dict[int | None, Resource | None] = {None: None}

    def place(number: int | None) -> Resource | None:
        if number not in places:
            row = above.get(number)
            places[number] = None if row is None else Resource(row, place(row.parent_id), {})
        return places[number]

    types = request.content.types
    found = set()
    for node in nodes:
        kind = types.get(node.type)
        made = Resource if kind is None else kind.resource
        if request.has_permission(permission, made(node, place(node.parent_id), {})):
            found.add(node.id)
    return found


def may_delete_others(request: Request, context: Resource) -> bool:
    """Tell whether a role allows deleting, not only that the draft is one's own."""
    return Permission.DELETE in permissions_of(request, request.identity, context.lineage_ids)


def may_deal_with_trashed(request: Request, node: Node) -> bool:
    """Tell whether somebody may restore a node: whoever deleted it, or may delete there."""
    if node.deleted_by is not None and node.deleted_by == request.identity.actor_id:
        return True
    above = tuple(
        row.id
        for row in queries.lineage(request.db, node.path)
        if row.path in queries.prefixes(node.path)
    )
    return Permission.DELETE in permissions_of(request, request.identity, above)


def check_return(request: Request, node: Node, target: Node | None) -> None:
    """Raise ``HTTPForbidden`` where somebody may not bring a node back below ``target``."""
    if target is None:
        return
    place = resource_for(request, target)
    if not request.has_permission(Permission.ADD, place):
        raise HTTPForbidden
    if (
        target.id != node.parent_id
        and request.content.comes_back_public(node.id)
        and not request.has_permission(Permission.PUBLISH, place)
    ):
        # As with moving: what is published would be published there.
        raise HTTPForbidden
