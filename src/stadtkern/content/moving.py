"""Contents that come from elsewhere, where nodes have other numbers: pure, no database."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeGuard

import colander
from pyramid.registry import Registry

from stadtkern.content.links.extract import is_address
from stadtkern.forms import fields as f
from stadtkern.storage.store import SHA256

MAX_TEXT = 1_000_000
"""Characters of one text; no form takes as many."""
_MEDIA = re.compile(r"(/media/)([0-9]{1,9})(?=/[0-9a-f]{12}/)")
Number = Callable[[int], int | None]


class TextTooLong(ValueError):  # noqa: N818 - what it is
    """A text is longer than any form would take it."""


class Moving:
    """Writes stored contents anew for another tree.

    ``number`` gives the number that a node has there, or None where it must not be named. Rich
    texts are sanitised and addresses checked as a form would: whoever wrote the archive had no
    form. What no schema knows is kept as it is, but for addresses of media.
    """

    def __init__(self, registry: Registry, number: Number) -> None:
        self._types = registry["content_types"]
        self._blocks = registry["block_types"]
        self._number = number
        self._schemas: dict[type, Any] = {}

    def body(
        self, type_name: str, body: Mapping[str, Any], version: int
    ) -> tuple[dict[str, Any], int]:
        """Return a node's body and its version; older contents are upgraded where ids change."""
        moved = dict(body)
        kind = self._types.get(type_name)
        fields = body.get("fields")
        if isinstance(fields, Mapping):
            if kind is None:
                moved["fields"] = self._plain(fields)
            else:
                changed = self.values(kind.schema, fields)
                if version < kind.version and kind.upgrade is not None and changed != fields:
                    changed = self.values(kind.schema, kind.fields(version, fields))
                    version = kind.version
                moved["fields"] = changed
        blocks = body.get("blocks")
        if isinstance(blocks, list):
            moved["blocks"] = [
                self._block(block) if isinstance(block, Mapping) else block for block in blocks
            ]
        return moved, version

    def _block(self, block: Mapping[str, Any]) -> dict[str, Any]:
        moved = dict(block)
        kind = self._blocks.get(str(block.get("type")))
        data = block.get("data")
        if not isinstance(data, Mapping):
            return moved
        if kind is None:
            moved["data"] = self._plain(data)
            return moved
        current = kind.data({**block, "data": dict(data)})
        if current != data and any(self._number(one) != one for one in kind.named(current)):
            moved["version"] = kind.version
            data = current
        moved["data"] = self.values(kind.schema, data)
        for name in kind.references:
            self._renumber(moved["data"], name)
        return moved

    def values(self, schema: type[colander.Schema], values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values of a schema: numbers of its fields that ``refers``, texts, addresses."""
        if schema not in self._schemas:
            self._schemas[schema] = schema()
        return self._walk(self._schemas[schema], values)

    def _walk(self, schema: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        known = {node.name: node for node in schema.children}
        moved: dict[str, Any] = {}
        for name, value in values.items():
            node = known.get(name)
            if node is None:
                moved[name] = self._plain(value)
            elif getattr(node, "refers", False) and _is_number(value):
                number = self._number(value)
                if number is not None:
                    moved[name] = number
            else:
                moved[name] = self._value(node, value)
        return moved

    def _value(self, node: Any, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(node, value)
        if isinstance(value, list) and node.children:
            return [self._value(node.children[0], item) for item in value]
        if isinstance(value, Mapping) and node.children:
            return self._walk(node, value)
        return self._plain(value)

    def _text(self, node: Any, value: str) -> str:
        if len(value) > MAX_TEXT:
            raise TextTooLong
        if is_address(node):
            try:
                f.address(node, value)
            except colander.Invalid:
                return ""
        if "<" in value:
            for prepare in _preparers(node):
                value = str(prepare(value))
        return self._addresses(value)

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._addresses(value)
        if isinstance(value, list):
            return [self._plain(item) for item in value]
        if isinstance(value, Mapping):
            return {name: self._plain(item) for name, item in value.items()}
        return value

    def _addresses(self, text: str) -> str:
        return _MEDIA.sub(self._address, text) if "/media/" in text else text

    def _address(self, match: re.Match[str]) -> str:
        number = self._number(int(match[2]))
        return match[0] if number is None else f"{match[1]}{number}"

    def _renumber(self, data: dict[str, Any], name: str) -> None:
        """Renumber a block's field that holds an id or a list of ids (``"rows.field"``)."""
        field, _dot, inner = name.partition(".")
        value = data.get(field)
        if inner:
            for row in value if isinstance(value, list) else [value]:
                if isinstance(row, dict):
                    self._renumber(row, inner)
        elif isinstance(value, list):
            numbers = [self._number(one) if _is_number(one) else one for one in value]
            data[field] = [one for one in numbers if one is not None]
        elif _is_number(value):
            number = self._number(value)
            if number is None:
                del data[field]
            else:
                data[field] = number


def files_in(value: Any) -> Iterator[str]:
    """Yield the hashes of stored bytes that a body names: whatever stands under ``sha``."""
    if isinstance(value, Mapping):
        sha = value.get("sha")
        if isinstance(sha, str) and SHA256.fullmatch(sha):
            yield sha
        for item in value.values():
            yield from files_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from files_in(item)


def _is_number(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _preparers(node: Any) -> list[Callable[[Any], Any]]:
    found = getattr(node, "preparer", None)
    several = found if isinstance(found, list | tuple) else [found]
    return [one for one in several if callable(one) and not isinstance(one, colander.deferred)]
