"""From an address of the API to what it names: another town's is as unknown as none."""

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.content import Resource, resource_by_id
from stadtkern.db import whole_number


def number_in(request: Request, name: str = "id") -> int:
    """Return an id of the address; 404 for what can be none."""
    number = whole_number(request.matchdict[name])
    if not number:
        raise HTTPNotFound
    return number


def node_context(request: Request) -> Resource:
    """Return the node of ``{id}`` in its place; 404 for other towns' and unknown types'."""
    found = resource_by_id(request, number_in(request))
    if found is None or found.node.type not in request.content.types:
        raise HTTPNotFound
    return found
