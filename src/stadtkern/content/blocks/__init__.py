"""The core's blocks, and how a node's blocks become HTML."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.content import queries
from stadtkern.content.blocks import table, teasers
from stadtkern.content.blocks.schemas import (
    AccordionBlock,
    CallBlock,
    HeadingBlock,
    MapPointBlock,
    QuoteBlock,
    TextBlock,
)
from stadtkern.content.completeness import gap_words
from stadtkern.content.links import present_links
from stadtkern.content.types import BlockType, enabled_blocks
from stadtkern.forms import Gap
from stadtkern.web.i18n import _

__all__ = [
    "MAX_BLOCKS",
    "Shown",
    "TextBlock",
    "blocks_html",
    "configure",
    "new_block",
    "shown_blocks",
    "structured_blocks",
]

MAX_BLOCKS = 200
UNFINISHED = "stadtkern.content:templates/blocks/_unfinished.jinja2"


@dataclass(frozen=True)
class Shown:
    """A block ready for its template."""

    id: str
    kind: BlockType | None
    name: str
    data: Mapping[str, Any]
    nodes: Mapping[int, Any]
    """Nodes that the block refers to, by id; missing or unpublished ones are absent."""
    more: Any = None
    """What the type's ``load`` found for this block."""


def new_block(name: str) -> dict[str, Any]:
    """Return an empty stored block with an id of its own."""
    return {"id": secrets.token_hex(4), "type": name, "version": 1, "data": {}}


def referred_nodes(request: Request, ids: Iterable[int], *, drafts: bool = False) -> dict[int, Any]:
    """Return nodes by id, asked for once: a page's head wants its first picture before its body."""
    asked = (frozenset(ids), drafts)
    known: dict[Any, dict[int, Any]] | None = getattr(request, "known_nodes", None)
    if known is None:
        known = request.known_nodes = {}
    if asked not in known:
        known[asked] = queries.by_ids(request.db, asked[0], drafts=drafts)
    return known[asked]


def shown_blocks(
    request: Request, blocks: Iterable[Mapping[str, Any]], *, drafts: bool = False
) -> list[Shown]:
    """Return blocks with what they refer to; one query for all references together.

    Blocks of an unknown or disabled kind come without ``kind``: the public sees nothing of them,
    editors a note. A type's ``load`` is called once for all its blocks.
    """
    return _loaded(request, _found(request, blocks, drafts=drafts))


def structured_blocks(
    request: Request, blocks: Iterable[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return what machines read of a public page's blocks (``BlockType.structured_data``).

    It asks for the nodes that the page asks for anyway, so that it costs no query of its own.
    """
    blocks = list(blocks)
    known = enabled_blocks(request.registry, request.plugins.enabled)
    names = {str(block.get("type")) for block in blocks}
    if not any(known[name].structured_data for name in names & known.keys()):
        return []
    made = [
        block.kind.structured_data(request, block)
        for block in _found(request, blocks)
        if block.kind is not None and block.kind.structured_data is not None
    ]
    return [one for one in made if one]


def _found(
    request: Request, blocks: Iterable[Mapping[str, Any]], *, drafts: bool = False
) -> list[Shown]:
    known = enabled_blocks(request.registry, request.plugins.enabled)
    ids: set[int] = set()
    prepared = []
    for block in blocks:
        kind = known.get(str(block.get("type")))
        data = kind.data(block) if kind is not None else dict(block.get("data", {}))
        if kind is not None:
            ids |= kind.referred(data)
        prepared.append((block, kind, data))
    nodes = referred_nodes(request, ids, drafts=drafts)
    return [
        Shown(str(block.get("id", "")), kind, str(block.get("type")), data, nodes)
        for block, kind, data in prepared
    ]


def _loaded(request: Request, shown: list[Shown]) -> list[Shown]:
    groups: dict[str, list[Shown]] = {}
    for block in shown:
        if block.kind is not None and block.kind.load is not None:
            groups.setdefault(block.name, []).append(block)
    more: dict[str, Any] = {}
    for group in groups.values():
        load = group[0].kind.load if group[0].kind is not None else None
        if load is not None:
            more |= load(request, group)
    return [
        Shown(block.id, block.kind, block.name, block.data, block.nodes, more[block.id])
        if block.id in more
        else block
        for block in shown
    ]


def blocks_html(
    request: Request, blocks: Iterable[Mapping[str, Any]], *, node_id: int | None = None
) -> Markup:
    """Render a node's blocks for the public, links within the site with their present address.

    ``node_id``: the node whose blocks they are; without it the one that the request shows.
    """
    environment = request.registry["jinja"]
    blocks = list(blocks)
    lacks = unfinished_blocks(request, blocks) if _is_draft(request) else {}
    ready = [block for block in blocks if str(block.get("id", "")) not in lacks]
    shown = iter(shown_blocks(request, ready))
    parts = []
    for block in blocks:
        block_id = str(block.get("id", ""))
        if block_id in lacks:
            kind, gaps = lacks[block_id]
            words = [gap_words(gap) for gap in gaps]
            parts.append(
                environment.get_template(UNFINISHED).render(
                    request=request, block_id=block_id, kind=kind, words=words
                )
            )
            continue
        one = next(shown)
        if one.kind is not None:
            parts.append(
                environment.get_template(one.kind.template).render(
                    request=request, block=one, data=one.data
                )
            )
    if node_id is None:
        node_id = getattr(getattr(getattr(request, "context", None), "node", None), "id", None)
    parts = present_links(request, node_id, parts)
    return Markup("\n".join(parts))  # noqa: S704 - templates of registered block types


def _is_draft(request: Request) -> bool:
    """Tell whether what the request shows may be half-written: never what everybody sees."""
    node = getattr(getattr(request, "context", None), "node", None)
    return "stadtkern.preview" in request.environ or (
        node is not None and getattr(node, "state", "published") != "published"
    )


def unfinished_blocks(
    request: Request, blocks: Iterable[Mapping[str, Any]]
) -> dict[str, tuple[BlockType, list[Gap]]]:
    """Return the blocks that lack required values, by id, with their kind and what they lack.

    Templates count on what their schema requires: previews show a note in place of these.
    """
    known = enabled_blocks(request.registry, request.plugins.enabled)
    found = {}
    for block in blocks:
        kind = known.get(str(block.get("type")))
        gaps = [] if kind is None else kind.gaps(kind.data(block))
        if kind is not None and gaps:
            found[str(block.get("id", ""))] = kind, gaps
    return found


def configure(config: Configurator) -> None:
    """Register the core's blocks; ``media`` and ``municipal`` bring theirs."""
    base = "stadtkern.content:templates/blocks"
    config.add_block_type(
        "text",
        title=_("Text"),
        description=_("Paragraphs, sub-headings, lists and links."),
        icon="text",
        schema=TextBlock,
        template=f"{base}/text.jinja2",
    )
    config.add_block_type(
        "heading",
        title=_("Heading"),
        description=_("A heading between two blocks."),
        icon="heading",
        schema=HeadingBlock,
        template=f"{base}/heading.jinja2",
    )
    config.add_block_type(
        "accordion",
        title=_("Questions to unfold"),
        description=_("Questions whose answers unfold, for long lists of details."),
        icon="accordion",
        schema=AccordionBlock,
        template=f"{base}/accordion.jinja2",
    )
    config.add_block_type(
        "table",
        title=_("Table"),
        description=_("Fees, times or figures in rows and columns."),
        icon="table",
        schema=table.TableBlock,
        template=f"{base}/table.jinja2",
    )
    config.add_block_type(
        "quote",
        title=_("Quotation"),
        description=_("What somebody has said, with the name."),
        icon="quote",
        schema=QuoteBlock,
        template=f"{base}/quote.jinja2",
    )
    config.add_block_type(
        "call",
        title=_("Call to action"),
        description=_("One invitation with one link, set apart from the text."),
        icon="call",
        schema=CallBlock,
        template=f"{base}/call.jinja2",
    )
    config.add_block_type(
        "teasers",
        title=_("Teasers"),
        description=_("Links to other pages: the newest by themselves, or chosen by hand."),
        icon="teasers",
        schema=teasers.TeaserBlock,
        template=f"{base}/teasers.jinja2",
        references=("picks", "folder"),
        live=True,
        load=teasers.load,
    )
    config.add_block_type(
        "map_point",
        title=_("Point on the map"),
        description=_("An address with its coordinates."),
        icon="map",
        schema=MapPointBlock,
        template=f"{base}/map_point.jinja2",
    )
    config.add_request_method(blocks_html, "blocks_html")
    config.add_request_method(table.rows_of, "table_rows")
