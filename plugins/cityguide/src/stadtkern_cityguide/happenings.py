"""What the guide shows on events of the core."""

from collections.abc import Mapping, Sequence
from typing import Any

from pyramid.request import Request

from stadtkern.db import utcnow
from stadtkern_cityguide.licences import licence_of
from stadtkern_cityguide.recurrence import keeping


def load(request: Request, blocks: Sequence[Any]) -> Mapping[str, Any]:
    """Return each block's place with its fields; the node came with the page's references."""
    found = {}
    repeating = any(
        block.data.get(name) for block in blocks for name in ("repeats", "rule", "also_on")
    )
    node = getattr(request.context, "node", None)
    dates = keeping.next_dates(request.db, node.id) if repeating and node is not None else ()
    if dates:
        # The first of these is over at its end: the page is kept no longer.
        left = (dates[0].ends_at - utcnow()).total_seconds()
        request.page_cache_seconds = max(1.0, left)
    for block in blocks:
        node = block.nodes.get(block.data.get("place"))
        place = node if node is not None and node.type == "place" else None
        found[block.id] = {
            "place": place,
            "fields": {} if place is None else request.content.fields(place),
            "licence": licence_of(block.data.get("licence")),
            "dates": dates,
        }
    return found
