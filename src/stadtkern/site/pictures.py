"""The picture that a page shows first, for previews of links and structured data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyramid.request import Request

from stadtkern.content import Resource, referred_nodes
from stadtkern.tenants import origin

DRAWN = {"image/jpeg", "image/png", "image/webp"}
"""What others can show as a preview; drawings (SVG) they refuse."""


@dataclass(frozen=True)
class Picture:
    """A picture with its absolute address; sizes in pixels and bytes."""

    url: str
    type: str
    width: int | None
    height: int | None
    alt: str
    size: int


def picture_of(request: Request, node: Any) -> Picture | None:
    """Return a picture's node as it may be shown elsewhere; None for what is no raster image."""
    fields: Mapping[str, Any] = (node.body or {}).get("fields") or {}
    stored = fields.get("stored") or {}
    path = request.media_path(node)
    if node.type != "image" or path is None or stored.get("type") not in DRAWN:
        return None
    return Picture(
        url=f"{origin(request)}{path}",
        type=stored["type"],
        width=stored.get("width"),
        height=stored.get("height"),
        alt="" if fields.get("decorative") else str(fields.get("alt") or ""),
        size=int(stored.get("size") or 0),
    )


def named_nodes(request: Request, blocks: Iterable[Mapping[str, Any]]) -> list[int]:
    """Return the ids that stored blocks refer to, in the order in which the page shows them."""
    ids: list[int] = []
    for block in blocks:
        kind = request.content.block_types.get(str(block.get("type")))
        if kind is not None:
            ids += kind.named(kind.data(block))
    return ids


def first_picture(request: Request, resource: Resource | None) -> Picture | None:
    """Return the first picture of a page that everybody may see; asks what its blocks ask."""
    if resource is None:
        return None
    if resource.node.type == "image":
        return picture_of(request, resource.node)
    ids = named_nodes(request, resource.blocks)
    nodes = referred_nodes(request, ids)
    made = (picture_of(request, nodes[one]) for one in ids if one in nodes)
    return next((picture for picture in made if picture is not None), None)
