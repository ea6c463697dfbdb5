"""From an address of the API to what it names: another town's is as unknown as none."""

from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request

from stadtkern.api.jsonschema import MAX_ID
from stadtkern.content import Resource, resource_by_id


def number_in(request: Request, name: str = "id") -> int:
    """Return an id of the address; 404 for what can be none."""
    text = request.matchdict[name]
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and 0 < int(text) <= MAX_ID):  # noqa: PLR2004
        raise HTTPNotFound
    return int(text)


def node_context(request: Request) -> Resource:
    """Return the node of ``{id}`` in its place; 404 for other towns' and unknown types'."""
    found = resource_by_id(request, number_in(request))
    if found is None or found.node.type not in request.content.types:
        raise HTTPNotFound
    return found
