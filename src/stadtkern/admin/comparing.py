"""Two versions of a page as rows that people can read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyramid.request import Request

from stadtkern.admin.in_words import fetch_titles, in_words
from stadtkern.content import Revision
from stadtkern.content.diffing import Op, blocks, words
from stadtkern.content.types import BlockType
from stadtkern.web.i18n import _

WITHIN = 40
"""Parts of one block that are compared; a longer list is shown by its first ones."""


@dataclass
class Part:
    """One text of both versions; ``steps``: what was kept, deleted and inserted."""

    label: str
    steps: list[tuple[Op, str]]

    @property
    def changed(self) -> bool:
        """Tell whether the two differ."""
        return any(op != "equal" for op, _text in self.steps)


@dataclass
class Change:
    """One block, or the fields of the page, in both versions.

    ``op``: changed, insert or delete. ``moved``: it stands elsewhere among the blocks.
    """

    title: str
    op: str
    moved: bool = False
    parts: list[Part] = field(default_factory=list)


def compared(request: Request, type_name: str, old: Revision, new: Revision) -> list[Change]:
    """Return what differs, the page's own fields first; nothing for equal versions."""
    fetch_titles(request, old.body, new.body)

    def said(field: Any, was: Any, now: Any) -> list[tuple[Op, str]]:
        return words(*(in_words(request, value, field, names=True) for value in (was, now)))

    found: list[Change] = []
    kind = request.content.types.get(type_name)
    schema = None if kind is None else kind.schema()
    head = [
        Part(_("Title"), words(old.title, new.title)),
        Part(_("Summary"), words(old.summary, new.summary)),
        Part(_("Show in menus"), said(None, old.in_nav, new.in_nav)),
    ]
    before, after = _fields(old), _fields(new)
    for name in {**after, **before}:
        label = _label(schema, name)
        if before.get(name) != after.get(name) and label is not None:
            head.append(Part(label, said(_field(schema, name), before.get(name), after.get(name))))
    changed = [part for part in head if part.changed]
    if changed:
        found.append(Change(_("About this page"), "changed", parts=changed))
    known: Mapping[str, BlockType] = request.content.block_types
    for change in blocks(_blocks(old), _blocks(new)):
        if change.op == "equal" and not change.moved:
            continue
        block = known.get(change.type)
        title = block.title if block is not None else change.type
        block_schema = None if block is None else block.schema()
        was, now = (_data(change.old), _data(change.new))
        parts = [
            Part(
                _label(block_schema, name) or name,
                said(_field(block_schema, name), was.get(name), now.get(name)),
            )
            for name in list({**now, **was})[:WITHIN]
            if was.get(name) != now.get(name)
        ]
        found.append(Change(title, change.op, change.moved, parts))
    return found


def _fields(revision: Revision) -> dict[str, Any]:
    return dict((revision.body or {}).get("fields", {}))


def _blocks(revision: Revision) -> list[dict[str, Any]]:
    return list((revision.body or {}).get("blocks", []))


def _data(block: Mapping[str, Any] | None) -> dict[str, Any]:
    return dict((block or {}).get("data", {}))


def _field(schema: Any, name: str) -> Any:
    for child in schema.children if schema is not None else ():
        if child.name == name:
            return child
    return None


def _label(schema: Any, name: str) -> str | None:
    """Return a field's title; None for facts that forms do not show."""
    field = _field(schema, name)
    if field is None:
        return name
    return None if getattr(field, "kept", False) else str(field.title or name)
