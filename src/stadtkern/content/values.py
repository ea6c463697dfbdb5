"""Fields and blocks: from typed values to stored JSON and back."""

from collections.abc import Mapping
from typing import Any

import colander

from stadtkern.content.types import BlockType, ContentType
from stadtkern.forms import is_computed


def to_json(schema: colander.Schema, values: Mapping[str, Any], timezone: str) -> dict[str, Any]:
    """Return typed values as JSON: numbers and booleans as such, days and times as text."""
    bound = schema.bind(timezone=timezone)
    return {
        node.name: _plain(node, values[node.name])
        for node in bound.children
        if values.get(node.name) is not None
    }


def _plain(node: Any, value: Any) -> Any:
    if isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        # Types without children (lists of ids) hold what JSON holds.
        return [_plain(node.children[0], item) for item in value] if node.children else list(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, dict):
        return {
            child.name: _plain(child, value[child.name])
            for child in node.children
            if value.get(child.name) is not None
        }
    return node.serialize(value)


def write_fields(kind: ContentType, values: Mapping[str, Any], timezone: str) -> dict[str, Any]:
    """Return a type's typed values as they are stored.

    A computed default (today) is stored where nothing is said about a field: read later it would
    be another one. Who says None means that the field is empty.
    """
    offered = {
        node.name: node.default
        for node in kind.schema().bind(timezone=timezone).children
        if is_computed(node) and node.default is not colander.null
    }
    return to_json(kind.schema(), offered | dict(values), timezone)


def read_fields(kind: ContentType, stored: Mapping[str, Any], timezone: str) -> dict[str, Any]:
    """Return stored values as the schema's types; what no longer fits becomes None.

    A missing value reads as its fixed default; a computed one (today) is nobody's statement.
    """
    bound = kind.schema().bind(timezone=timezone)
    typed = read_typed(bound, stored)
    return {
        node.name: typed.get(
            node.name,
            None if node.default is colander.null or is_computed(node) else node.default,
        )
        for node in bound.children
    }


def read_typed(bound: Any, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored data as the types of a bound schema; what is missing or unfit is left out."""
    values = {}
    for node in bound.children:
        try:
            value = node.typ.deserialize(node, data.get(node.name, colander.null))
        except colander.Invalid:
            value = colander.null
        if value is not colander.null:
            values[node.name] = value
    return values


def read_block(kind: BlockType, data: Mapping[str, Any], timezone: str) -> dict[str, Any]:
    """Return a block's data as its schema's types; what is missing or no longer fits is left out.

    ``data`` is of the current version (``kind.data(block)``).
    """
    return read_typed(kind.schema().bind(timezone=timezone), data)
