"""Two versions of a page as rows that people can read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyramid.request import Request

from stadtkern.content import Revision
from stadtkern.content.diffing import Op, blocks, plain, words
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
    found: list[Change] = []
    kind = request.content.types.get(type_name)
    schema = None if kind is None else kind.schema()
    head = [
        Part(_("Title"), words(old.title, new.title)),
        Part(_("Summary"), words(old.summary, new.summary)),
        Part(_("Show in menus"), words(_yes(request, old.in_nav), _yes(request, new.in_nav))),
    ]
    before, after = _fields(old), _fields(new)
    for name in {**after, **before}:
        label = _label(schema, name)
        if before.get(name) != after.get(name) and label is not None:
            head.append(Part(label, words(_text(before.get(name)), _text(after.get(name)))))
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
                words(_text(was.get(name)), _text(now.get(name))),
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


def _yes(request: Request, value: object) -> str:
    return str(request.translate(_("yes") if value else _("no")))


def _label(schema: Any, name: str) -> str | None:
    """Return a field's title; None for facts that forms do not show."""
    for child in schema.children if schema is not None else ():
        if child.name == name:
            return None if getattr(child, "kept", False) else str(child.title or name)
    return name


def _text(value: Any) -> str:
    """Return any stored value as text, lists and mappings line by line."""
    if value is None:
        return ""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return "\n".join(f"{name}: {_text(item)}" for name, item in value.items())
    if isinstance(value, list):
        return "\n".join(_text(item) for item in value)
    return str(value)
