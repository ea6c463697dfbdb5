"""Stored values as people read them: what was chosen, and pages and pictures, by their titles."""

from collections.abc import Iterator, Mapping
from typing import Any

from pyramid.request import Request
from sqlalchemy import select

from stadtkern.content import Node
from stadtkern.content.choices import NodeId
from stadtkern.content.diffing import plain
from stadtkern.content.scope import sees_all
from stadtkern.content.workflows import PUBLISHED
from stadtkern.db import MAX_ID
from stadtkern.web.i18n import _

AT_ONCE = 1_000
"""Nodes whose titles are fetched beforehand; further ones are asked for one by one."""


def in_words(request: Request, value: Any, schema: Any = None, *, names: bool = False) -> str:
    """Return a stored value as text that people can compare.

    ``schema``: the field's node; a block finds its own. ``names``: what stands in rows and
    mappings begins with the field's title.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(request.translate(_("yes") if value else _("no")))
    if isinstance(value, Mapping):
        if "type" in value:
            kind = request.content.block_types.get(str(value["type"]))
            inner, schema = value.get("data", value), None if kind is None else kind.schema()
        else:
            inner = value
        return "\n".join(_lines(request, inner, schema, names=names))
    if isinstance(value, list | tuple):
        entry = _entry(schema)
        return "\n".join(in_words(request, item, entry, names=names) for item in value)
    if isinstance(value, int) and isinstance(getattr(schema, "typ", None), NodeId):
        return _title(request, value)
    chosen = _options(schema).get(str(value))
    return plain(str(value)) if chosen is None else str(request.translate(chosen))


def fetch_titles(request: Request, *bodies: Any) -> None:
    """Fetch the titles of all that bodies may refer to; one query."""
    known = _known(request)
    wanted = sorted({number for body in bodies for number in _numbers(body)} - set(known))
    if wanted:
        found = select(Node.id, Node.title, Node.state).where(Node.id.in_(wanted[:AT_ONCE]))
        known.update((row.id, _shown(request, row)) for row in request.db.execute(found))


def _lines(
    request: Request, values: Mapping[str, Any], schema: Any, *, names: bool
) -> Iterator[str]:
    fields = {child.name: child for child in getattr(schema, "children", ())}
    for name, item in dict(values).items():
        field = fields.get(name)
        text = in_words(request, item, field, names=names)
        if text and names:
            yield f"{request.translate(field.title) if field is not None else name}: {text}"
        elif text:
            yield text


def _entry(schema: Any) -> Any:
    children: Any = getattr(schema, "children", ())
    return children[0] if len(children) == 1 else None


def _options(schema: Any) -> dict[str, Any]:
    """Return the titles of what a drop-down or radio buttons offer, by value."""
    offered: Any = getattr(getattr(schema, "widget", None), "values", ())
    if not isinstance(offered, list | tuple):
        return {}
    return {str(value): title for value, title in (pair for pair in offered if len(pair) == 2)}  # noqa: PLR2004


def _known(request: Request) -> dict[int, str]:
    known: dict[int, str] = request.__dict__.setdefault("_titles_in_words", {})
    return known


def _title(request: Request, number: int) -> str:
    known = _known(request)
    if number not in known:
        found = select(Node.id, Node.title, Node.state).where(Node.id == number)
        row = request.db.execute(found).first()
        gone = _("no longer there (${id})", mapping={"id": number})
        known[number] = request.translate(gone) if row is None else _shown(request, row)
    return known[number]


def _shown(request: Request, row: Any) -> str:
    """Return a title; of a draft that this person may not see only the number."""
    return str(row.title) if row.state == PUBLISHED or sees_all(request) else f"#{row.id}"


def _numbers(stored: Any) -> Iterator[int]:
    if isinstance(stored, Mapping):
        stored = list(stored.values())
    if isinstance(stored, list | tuple):
        for value in stored:
            yield from _numbers(value)
    elif isinstance(stored, int) and not isinstance(stored, bool) and 0 < stored <= MAX_ID:
        yield stored
