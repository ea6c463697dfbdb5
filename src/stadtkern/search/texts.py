"""What of a node's stored contents is there to be read. Pure: no database, no request."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import colander
from deform import widget as w

from stadtkern.content import BlockType, ContentType
from stadtkern.forms import fields as f

MAX_TEXT = 40_000
"""Characters of one page that are indexed."""

_INLINE = re.compile(
    r"</?(?:a|abbr|b|em|i|mark|small|span|strong|sub|sup|u)\b[^>]*>", re.IGNORECASE
)
_TAG = re.compile(r"<[^>]*>")
_HEADINGS = re.compile(r"<h[1-6]\b[^>]*>(.*?)</h[1-6]>", re.IGNORECASE | re.DOTALL)

_WIDGETS = {f.RichTextWidget: "html", w.TextAreaWidget: "text", w.TextInputWidget: "line"}

Plan = tuple[tuple[str, str, Any], ...]
"""Names of fields, how each is read (``line``, ``text``, ``html``, ``rows``, ``map``), and the
plan of what is below."""


@dataclass
class Texts:
    """A node's texts by how much they say about it."""

    names: list[str] = field(default_factory=list)
    lead: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    plugins: set[str] = field(default_factory=set)


def plain(html: str) -> str:
    """Return the text of stored HTML in one line."""
    if "<" in html:
        html = _TAG.sub(" ", _INLINE.sub("", html))
    return " ".join(unescape(html).split()) if "&" in html else " ".join(html.split())


_PLANS: dict[Any, Plan] = {}


def plan_of(schema: type[colander.Schema]) -> Plan:
    """Return which fields of a schema hold text; made once, schemas are slow to build."""
    found = _PLANS.get(schema)
    if found is None:
        found = _PLANS[schema] = _plan(schema())
    return found


def _plan(schema: Any) -> Plan:
    found: list[tuple[str, str, Any]] = []
    for node in schema.children:
        if getattr(node, "private", False):
            continue
        how = _how(node)
        if how in {"rows", "map"}:
            inner = node.children[0] if how == "rows" else node
            if isinstance(inner.typ, colander.Mapping):
                found.append((node.name, how, _plan(inner)))
            elif (inner_how := _how(inner)) in {"line", "text", "html"}:
                found.append((node.name, "list", inner_how))
        elif how:
            found.append((node.name, how, None))
    return tuple(found)


def _how(node: Any) -> str:
    if node.children and isinstance(node.typ, colander.Sequence | colander.Mapping):
        return "rows" if isinstance(node.typ, colander.Sequence) else "map"
    if not isinstance(node.typ, colander.String) or _is_address(node):
        return ""
    # Exactly these: what is chosen from a list or hidden is nothing to read.
    return _WIDGETS.get(type(node.widget), "")


def _is_address(node: Any) -> bool:
    validator = getattr(node, "validator", None)
    if isinstance(validator, colander.All):
        return f.address in validator.validators
    return validator is f.address


def _read(plan: Plan, values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield ``(top field, how, text)`` in the order of the schema."""
    for name, how, inner in plan:
        value = values.get(name)
        if not value:
            continue
        if how == "map" and isinstance(value, Mapping):
            yield from ((name, *rest) for _inner, *rest in _read(inner, value))  # type: ignore[misc]
        elif how in {"rows", "list"} and isinstance(value, list | tuple):
            for item in value:
                if how == "list" and isinstance(item, str):
                    yield name, inner, item
                elif isinstance(item, Mapping):
                    yield from ((name, *rest) for _inner, *rest in _read(inner, item))  # type: ignore[misc]
        elif isinstance(value, str):
            yield name, how, value


def texts_of(
    kind: ContentType,
    block_types: Mapping[str, BlockType],
    body: Mapping[str, Any],
    body_version: int,
    *,
    all_blocks: Mapping[str, BlockType],
) -> Texts:
    """Return what a stored body says.

    Blocks that are not in ``block_types`` are not read: nobody sees them. Those in ``all_blocks``
    leave the name of their plugin, so that switching it on finds the page again.
    """
    texts = Texts()
    fields = kind.fields(body_version, body.get("fields") or {})
    for name, how, text in _read(plan_of(kind.schema), fields):
        target = texts.names if name in kind.search_names else texts.body
        target.append(plain(text) if how == "html" else " ".join(text.split()))
    for block in body.get("blocks") or ():
        name = str(block.get("type"))
        owner = all_blocks[name].owner if name in all_blocks else None
        if owner is not None:
            texts.plugins.add(owner)
        block_type = block_types.get(name)
        if block_type is None:
            continue
        for _name, how, text in _read(plan_of(block_type.schema), block_type.data(block)):
            if how == "html":
                texts.lead += [plain(found) for found in _HEADINGS.findall(text)]
                texts.body.append(plain(text))
            else:
                line = " ".join(text.split())
                if how == "line":
                    texts.lead.append(line)
                texts.body.append(line)
    return texts
