"""The picture that stands for a node in a list: the first one that its page shows."""

from collections.abc import Iterable, Mapping
from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.content import queries

PICTURE = "image"
"""The content type of pictures."""
LOOKED_AT = 12
"""Nodes that one page's blocks name, in their order, among which a picture is looked for."""


def leading_pictures(request: Request, rows: Iterable[Any]) -> Mapping[int, Any]:
    """Return for each row (with its body) the picture that its page shows first, by the row's id.

    Rows without one are absent, and so are pictures that not everybody may see. One query for all
    rows together; none for rows that were asked for before in this request.
    """
    known: dict[int, Any] = request.__dict__.setdefault("_leading_pictures", {})
    rows = list(rows)
    named = {row.id: _named(request, row) for row in rows if row.id not in known}
    if any(named.values()):
        found = queries.pictures(request.db, {one for ids in named.values() for one in ids})
        for row_id, ids in named.items():
            known[row_id] = next((found[one] for one in ids if one in found), None)
    else:
        known |= dict.fromkeys(named)
    return {row.id: picture for row in rows if (picture := known[row.id]) is not None}


def _named(request: Request, row: Any) -> list[int]:
    """Return the ids that a row's blocks name, in the order in which its page shows them."""
    if row.type == PICTURE:
        return [row.id]
    ids: list[int] = []
    for block in (row.body or {}).get("blocks") or ():
        kind = request.content.block_types.get(str(block.get("type")))
        # What lists other pages shows their pictures, not its own.
        if kind is not None and kind.load is None:
            ids += kind.named(kind.data(block))
    return ids[:LOOKED_AT]


def configure(config: Configurator) -> None:
    """Offer it to lists as ``request.leading_pictures(rows)``."""
    config.add_request_method(leading_pictures, "leading_pictures")
