"""The core's blocks, and how a node's blocks become HTML."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import colander
from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.content import queries
from stadtkern.content.sanitize import clean_html
from stadtkern.content.types import BlockType, enabled_blocks
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _

MAX_BLOCKS = 200
MAX_TEXT = 50_000
"""Characters of one text block."""


class HeadingBlock(colander.MappingSchema):
    """A heading within the page."""

    text = f.line(_("Heading"), maximum=160)
    level = f.choice(_("Level"), [("2", _("Section")), ("3", _("Sub-section"))], default="2")


def _clean(value: Any) -> Any:
    # Longer ones are refused next: cleaning them first would be work for nothing.
    return clean_html(value) if isinstance(value, str) and len(value) <= MAX_TEXT else value


class TextBlock(colander.MappingSchema):
    """Running text, stored as sanitised HTML."""

    html = f.text(
        _("Text"),
        maximum=MAX_TEXT,
        rows=10,
        description=_(
            "A blank line begins a new paragraph. HTML is possible: p, h3, h4, ul, ol, li, "
            "strong, em, a, blockquote, br."
        ),
    )
    html.preparer = _clean


class MapPointBlock(colander.MappingSchema):
    """A point on the map, with its address as text for everyone."""

    label = f.line(_("What is here"), maximum=160)
    address = f.line(_("Street and town"), maximum=200, required=False)
    lat = f.number(_("Latitude"), minimum=-90, maximum=90, whole=False)
    lon = f.number(_("Longitude"), minimum=-180, maximum=180, whole=False)
    zoom = f.number(_("Zoom"), minimum=3, maximum=19, required=False)


@dataclass(frozen=True)
class Shown:
    """A block ready for its template."""

    id: str
    kind: BlockType | None
    name: str
    data: Mapping[str, Any]
    nodes: Mapping[int, Any]
    """Nodes that the block refers to, by id; missing or unpublished ones are absent."""


def new_block(name: str) -> dict[str, Any]:
    """Return an empty stored block with an id of its own."""
    return {"id": secrets.token_hex(4), "type": name, "version": 1, "data": {}}


def shown_blocks(
    request: Request, blocks: Iterable[Mapping[str, Any]], *, drafts: bool = False
) -> list[Shown]:
    """Return blocks with what they refer to; one query for all references together.

    Blocks of an unknown or disabled kind come without ``kind``: the public sees nothing of them,
    editors a note.
    """
    known = enabled_blocks(request.registry, request.plugins.enabled)
    ids: set[int] = set()
    prepared = []
    for block in blocks:
        kind = known.get(str(block.get("type")))
        data = kind.data(block) if kind is not None else dict(block.get("data", {}))
        if kind is not None:
            ids |= {data[name] for name in kind.references if isinstance(data.get(name), int)}
        prepared.append((block, kind, data))
    nodes = queries.by_ids(request.db, ids, drafts=drafts)
    return [
        Shown(str(block.get("id", "")), kind, str(block.get("type")), data, nodes)
        for block, kind, data in prepared
    ]


def blocks_html(request: Request, blocks: Iterable[Mapping[str, Any]]) -> Markup:
    """Render a node's blocks for the public."""
    environment = request.registry["jinja"]
    parts = [
        environment.get_template(shown.kind.template).render(
            request=request, block=shown, data=shown.data
        )
        for shown in shown_blocks(request, blocks)
        if shown.kind is not None
    ]
    return Markup("\n".join(parts))  # noqa: S704 - templates of registered block types


def configure(config: Configurator) -> None:
    """Register the core's blocks (pictures and downloads come with ``media``)."""
    base = "stadtkern.content:templates/blocks"
    config.add_block_type(
        "heading", title=_("Heading"), schema=HeadingBlock, template=f"{base}/heading.jinja2"
    )
    config.add_block_type("text", title=_("Text"), schema=TextBlock, template=f"{base}/text.jinja2")
    config.add_block_type(
        "map_point",
        title=_("Point on the map"),
        schema=MapPointBlock,
        template=f"{base}/map_point.jinja2",
    )
    config.add_request_method(blocks_html, "blocks_html")
