"""What the guide shows on events of the core."""

from collections.abc import Mapping, Sequence
from typing import Any

from pyramid.request import Request

from stadtkern_cityguide.licences import licence_of


def load(request: Request, blocks: Sequence[Any]) -> Mapping[str, Any]:
    """Return each block's place with its fields; the node came with the page's references."""
    found = {}
    for block in blocks:
        node = block.nodes.get(block.data.get("place"))
        place = node if node is not None and node.type == "place" else None
        found[block.id] = {
            "place": place,
            "fields": {} if place is None else request.content.fields(place),
            "licence": licence_of(block.data.get("licence")),
        }
    return found
