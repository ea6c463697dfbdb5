"""The quality check of stored pages: what the rules need is read with two queries."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from pyramid.config import Configurator
from pyramid.interfaces import IRoutesMapper
from pyramid.registry import Registry
from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern.content import events, quality, queries
from stadtkern.content.errors import ContentRefused
from stadtkern.content.models import Node, Redirect, Revision
from stadtkern.content.services import Content
from stadtkern.content.types import BlockType, ContentType, enabled_blocks, enabled_types
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _

PICTURE = "image"
"""The content type of pictures; the room ``media`` registers it."""


def judge(
    content: Content, node: Node, stored: Node | Revision | None = None
) -> list[quality.Finding]:
    """Return what is to be mended in what would be published: the working copy, if there is one.

    ``stored``: the working copy, if the caller has asked for it already. At most four queries,
    whatever the page holds.
    """
    reader = Reader(content.session, content.registry, content.types, content.block_types)
    stored = stored or content.working_copy(node)
    draft = reader.draft(node, stored)
    return quality.check(replace(draft, lacks=content.lacks(node, stored)))


class Reader:
    """Reads what the rules ask about a page."""

    def __init__(
        self,
        session: Session,
        registry: Registry,
        types: Mapping[str, ContentType],
        block_types: Mapping[str, BlockType],
    ) -> None:
        self.session = session
        self.registry = registry
        self.types = types
        self.block_types = block_types

    def draft(self, node: Node, stored: Any, *, links: bool = True) -> quality.Draft:
        """Return a page as the rules see it.

        ``stored``: the node itself or one of its revisions. ``links``: whether to look where
        links lead.
        """
        kind = self.types.get(node.type)
        body = stored.body or {}
        blocks = list(body.get("blocks", []))
        pictures = self._pictures(blocks)
        if kind is not None and "alt" in {child.name for child in kind.schema().children}:
            pictures[""] = [_picture(stored.title, body.get("fields", {}))]
        listed = kind is not None and kind.blocks and kind.listed
        return quality.Draft(
            title=stored.title,
            summary=stored.summary,
            language=node.language,
            needs_summary=listed and node.parent_id is not None,
            blocks=(marked := [self._marked(block) for block in blocks]),
            pictures=pictures,
            broken=self.broken(quality.addresses(marked)) if links else (),
            own=tuple(kind.review(blocks)) if kind is not None and kind.review else (),
        )

    def _marked(self, block: Mapping[str, Any]) -> Mapping[str, Any]:
        kind = self.block_types.get(str(block.get("type")))
        if kind is None:
            return block
        return {**block, "data": _plain(kind.schema(), kind.data(block))}

    def _pictures(self, blocks: list[dict[str, Any]]) -> dict[str, list[quality.Picture]]:
        wanted: dict[str, list[int]] = {}
        for block in blocks:
            kind = self.block_types.get(str(block.get("type")))
            if kind is not None and kind.references:
                wanted[str(block.get("id", ""))] = list(_numbers(kind, kind.data(block)))
        nodes = queries.by_ids(
            self.session, {number for ids in wanted.values() for number in ids}, drafts=True
        )
        found = {
            block: [
                _picture(nodes[number].title, (nodes[number].body or {}).get("fields", {}))
                for number in ids
                if number in nodes and nodes[number].type == PICTURE
            ]
            for block, ids in wanted.items()
        }
        return {block: pictures for block, pictures in found.items() if pictures}

    def broken(self, paths: set[str]) -> set[str]:
        """Return those of a site's addresses where nothing public stands; at most two queries.

        Addresses of the application itself and old addresses that redirect are fine.
        """
        routes = self.registry.getUtility(IRoutesMapper).get_routes()
        left = {path for path in paths if all(route.match(path) is None for route in routes)}
        if left:
            shown = select(Node.path).where(Node.path.in_(sorted(left)), queries.VISIBLE)
            left -= set(self.session.scalars(shown))
        if left:
            steps = {step for path in left for step in queries.prefixes(path)[1:]}
            old = set(
                self.session.scalars(select(Redirect.path).where(Redirect.path.in_(sorted(steps))))
            )
            left = {path for path in left if not old & set(queries.prefixes(path))}
        return left


def _plain(field: Any, value: Any) -> Any:
    """Return stored data with the strings marked that are words as typed, no HTML."""
    if isinstance(value, str):
        return value if f.is_rich(field) else quality.Plain(value)
    if isinstance(value, list | tuple) and field.children:
        return [_plain(field.children[0], item) for item in value]
    if isinstance(value, Mapping):
        known = {child.name: child for child in field.children}
        return {
            name: _plain(known[name], item) if name in known else item
            for name, item in value.items()
        }
    return value


def _numbers(kind: BlockType, data: Mapping[str, Any]) -> Iterator[int]:
    for name in kind.references:
        value = data.get(name)
        yield from (
            number
            for number in (value if isinstance(value, list) else [value])
            if isinstance(number, int)
        )


def _picture(title: str, fields: Mapping[str, Any]) -> quality.Picture:
    stored = fields.get("stored") or {}
    return quality.Picture(
        title=title,
        alt=str(fields.get("alt") or ""),
        decorative=bool(fields.get("decorative")),
        size=int(stored.get("size") or 0),
        drawing=stored.get("type") == "image/svg+xml",
    )


def guard(event: events.NodePublishing) -> None:
    """Refuse to publish what the check says must be mended (WCAG 1.1.1, what a type demands)."""
    session, registry, node = event.session, event.registry, event.node
    plugins = registry["plugin_states"].seen(event.tenant_id, session).enabled
    reader = Reader(
        session, registry, enabled_types(registry, plugins), enabled_blocks(registry, plugins)
    )
    stored: Node | Revision | None = node
    if node.draft_revision is not None:
        stored = session.scalars(
            select(Revision).where(
                Revision.node_id == node.id, Revision.number == node.draft_revision
            )
        ).first()
    draft = reader.draft(node, stored or node, links=False)
    stopping = quality.stopping(draft)
    if stopping and stopping[0].code != "alt":
        raise ContentRefused(
            _("This cannot be published yet: ${reason}", mapping={"reason": stopping[0].message})
        )
    if stopping:
        raise ContentRefused(
            _(
                "This cannot be published yet: ${reason} Describe the picture in words, or mark it "
                "as decoration.",
                mapping={"reason": stopping[0].message},
            )
        )


def includeme(config: Configurator) -> None:
    """Let the check stand before every publishing."""
    config.add_subscriber(guard, events.NodePublishing)
