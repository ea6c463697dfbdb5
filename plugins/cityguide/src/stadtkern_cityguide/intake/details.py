"""The guide's block of an event beside the page's own fields, as imports hold it against a source.

Its fields are named ``block.rule`` and so on there: page and block both have a ``place``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stadtkern.content import Content, read_block, read_typed
from stadtkern_cityguide.recurrence.keeping import BLOCK

PREFIX = "block."
GIVEN = ("link", "rule", "also_on", "not_on", "licence", "attribution")
"""What calendars say of it; everything else in the block is the editors' alone."""


def present(content: Content, stored: Any) -> dict[str, Any]:
    """Return what a page's first block of the guide says, typed; empty if it has none."""
    for block in (stored.body or {}).get("blocks") or ():
        if block.get("type") == BLOCK:
            kind = content.block_types[BLOCK]
            data = read_block(kind, kind.data(block), content.tenant.timezone)
            return {f"{PREFIX}{name}": data.get(name) for name in GIVEN}
    return {}


def told(content: Content, details: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what a source says, typed; None for what it does not say."""
    schema = content.block_types[BLOCK].schema().bind(timezone=content.tenant.timezone)
    data = read_typed(schema, details or {})
    return {f"{PREFIX}{name}": data.get(name) for name in GIVEN}


def blocks(content: Content, stored: Any, values: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return a page's blocks as ``save`` takes them, with these fields of the guide's one.

    None where they say what the page says already: it keeps its blocks then.
    """
    wanted = {name: value for name, value in values.items() if name.startswith(PREFIX)}
    said = present(content, stored)
    if all(said.get(name) == value for name, value in wanted.items()):
        return None
    made, first = [], True
    for block in (stored.body or {}).get("blocks") or ():
        kind = content.block_types.get(str(block.get("type")))
        # Blocks that nobody knows here are kept byte for byte by their ids.
        data = {} if kind is None else read_block(kind, kind.data(block), content.tenant.timezone)
        if first and block.get("type") == BLOCK:
            data |= {name.removeprefix(PREFIX): value for name, value in wanted.items()}
            first = False
        made.append({"id": block.get("id"), "type": block.get("type"), "data": data})
    return made


def flat(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a source has said, as it was kept: fields of the page and of the block."""
    block = given.get("details") or {}
    return {**(given.get("fields") or {}), **{f"{PREFIX}{name}": block[name] for name in block}}
