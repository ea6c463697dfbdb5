"""Saving what was merged from two hands."""

from collections.abc import Iterable, Mapping
from typing import Any

from stadtkern.content.completeness import Missing
from stadtkern.content.errors import Contradictory
from stadtkern.content.merging import Contents
from stadtkern.content.models import Node
from stadtkern.content.services.base import checked_title
from stadtkern.content.services.editing import MAX_SUMMARY, Editing
from stadtkern.content.types import ContentType
from stadtkern.content.values import read_block, to_json, write_fields
from stadtkern.content.workflows import PUBLISHED
from stadtkern.forms import contradictions


class Joining(Editing):
    """Bring versions of a page into one shape, and save the page that was made of them."""

    def contents(self, kind: ContentType, stored: Any) -> Contents:
        """Return what a node or a revision holds as the present schemas would store it.

        Versions are compared in one shape: an older schema alone is no difference.
        """
        zone = self.tenant.timezone
        return Contents(
            title=stored.title,
            summary=stored.summary,
            in_nav=stored.in_nav,
            fields=write_fields(kind, self.fields_of(kind, stored), zone),
            blocks=[self._in_shape(block) for block in (stored.body or {}).get("blocks", [])],
        )

    def typed_contents(
        self,
        node: Node,
        *,
        title: str,
        summary: str = "",
        in_nav: bool = False,
        fields: Mapping[str, Any] | None = None,
        blocks: Iterable[Mapping[str, Any]] = (),
    ) -> Contents:
        """Return values of a form (as ``save`` takes them) as they would be stored."""
        kept = [
            *(node.body or {}).get("blocks", []),
            *(self.working_copy(node).body or {}).get("blocks", []),
        ]
        return Contents(
            title=checked_title(title),
            summary=summary[:MAX_SUMMARY],
            in_nav=in_nav,
            fields=write_fields(self.kind(node.type), fields or {}, self.tenant.timezone),
            blocks=self._blocks(blocks, kept),
        )

    def save_contents(
        self,
        node_id: int,
        contents: Contents,
        *,
        version: int,
        draft: bool = False,
        note: str = "",
    ) -> Node:
        """Store merged contents as a new revision; ``Conflict`` as in ``save``.

        ``draft``: as the working copy of a published page. ``Contradictory`` where pieces of two
        hands, each of them right, make something that the schema refuses.
        """
        node = self.get(node_id, lock=True)
        self._same_version(node, version)
        kind = self.kind(node.type)
        values: dict[str, Any] = {
            "title": checked_title(contents.title),
            "summary": contents.summary[:MAX_SUMMARY],
            "in_nav": contents.in_nav,
            "body_version": kind.version,
            "body": {
                "fields": dict(contents.fields),
                "blocks": [dict(block) for block in contents.blocks],
            },
        }
        self._no_contradiction(kind, self.working_copy(node), values["body"])
        deed = "draft" if draft and node.state == PUBLISHED else "merge"
        self._store(node, values, deed, note)
        return node

    def _no_contradiction(self, kind: ContentType, stored: Any, body: Mapping[str, Any]) -> None:
        """Judge what differs from ``stored``: what stood there before may be mended later."""
        zone = self.tenant.timezone
        before = stored.body or {}
        if body["fields"] != before.get("fields"):
            for gap in contradictions(kind.schema().bind(timezone=zone), body["fields"]):
                raise Contradictory(Missing(gap).words, gap.field)
        kept = before.get("blocks", [])
        for number, block in enumerate(body["blocks"], start=1):
            own = self.block_types.get(str(block.get("type")))
            if own is None or block in kept:
                continue
            for gap in contradictions(own.schema().bind(timezone=zone), own.data(block)):
                raise Contradictory(Missing(gap, str(block.get("id")), number, own.title).words)

    def _in_shape(self, block: Mapping[str, Any]) -> dict[str, Any]:
        kind = self.block_types.get(str(block.get("type")))
        if kind is None:
            return dict(block)
        typed = read_block(kind, kind.data(block), self.tenant.timezone)
        return {
            "id": str(block.get("id")),
            "type": kind.name,
            "version": kind.version,
            "data": to_json(kind.schema(), typed, self.tenant.timezone),
        }
