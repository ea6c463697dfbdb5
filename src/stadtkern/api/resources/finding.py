"""From an address of the API to what it names: another town's is as unknown as none."""

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from sqlalchemy import select

from stadtkern.api.jsonschema import MAX_ID
from stadtkern.content import Node, Resource, resource_for
from stadtkern.content.queries import LIGHT


def number_in(request: Request, name: str = "id") -> int:
    """Return an id of the address; 404 for what can be none."""
    text = request.matchdict[name]
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) <= MAX_ID):  # noqa: PLR2004
        raise HTTPNotFound
    return int(text)


def node_context(request: Request) -> Resource:
    """Return the node of ``{id}`` in its place; 404 for other towns' and unknown types'."""
    row = request.db.execute(
        select(*LIGHT).where(Node.id == number_in(request), Node.deleted_at.is_(None))
    ).first()
    if row is None or row.type not in request.content.types:
        raise HTTPNotFound
    return resource_for(request, row)
