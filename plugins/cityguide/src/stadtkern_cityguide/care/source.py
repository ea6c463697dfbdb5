"""What a source says of an imported page beside what the page says now, and going back to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from stadtkern.content import Content, Node
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.intake import details
from stadtkern_cityguide.intake.judging import typed
from stadtkern_cityguide.models import Origin
from stadtkern_cityguide.recurrence.keeping import BLOCK

TITLES = {"title": _("Title"), "summary": _("Summary")}
HIDDEN = frozenset({"line", "source", "source_id"})


@dataclass(frozen=True)
class Difference:
    """One field: what the page says, what the source says; ``fresh``: said since the override."""

    name: str
    title: Any
    mine: str
    theirs: str
    fresh: bool


def given(content: Content, node: Node, origin: Origin) -> dict[str, Any]:
    """Return the source's values as the type's schema has them."""
    told = origin.given
    core = {"title": told.get("title") or "", "summary": told.get("summary") or ""}
    block = details.told(content, told["details"]) if told.get("details") else {}
    return core | typed(content, node.type, told.get("fields") or {}) | block


def differences(content: Content, node: Node, origin: Origin) -> list[Difference]:
    """Return the fields that an editor has changed, in the form's order."""
    theirs, mine = given(content, node, origin), _present(content, node)
    fresh = set(origin.given.get("fresh") or ())
    schema = content.types[node.type].schema()
    nodes = {child.name: child for child in schema.children}
    nodes |= _block_nodes(content, theirs.keys() & mine.keys())
    return [
        Difference(
            name,
            TITLES.get(name) or nodes[name].title,
            in_words(nodes.get(name), mine.get(name)),
            in_words(nodes.get(name), theirs.get(name)),
            name in fresh,
        )
        for name in ("title", "summary", *nodes)
        if name not in HIDDEN and _said(mine.get(name)) != _said(theirs.get(name))
    ]


def _block_nodes(content: Content, names: Collection[str]) -> dict[str, Any]:
    """Return the fields of an event's block by the names that they have here."""
    if f"{details.PREFIX}rule" not in names:
        return {}
    schema = content.block_types[BLOCK].schema()
    return {
        f"{details.PREFIX}{child.name}": child
        for child in schema.children
        if child.name in details.GIVEN
    }


def reset(
    content: Content, node: Node, origin: Origin, names: Iterable[str], *, version: int, note: str
) -> Node:
    """Take the source's values for these fields, as a revision; ``Conflict`` as in ``save``."""
    theirs, values = given(content, node, origin), _present(content, node)
    chosen = [name for name in names if name in theirs and name in values and name not in HIDDEN]
    values |= {name: theirs[name] for name in chosen}
    copy = content.working_copy(node)
    block = {name: values.pop(name) for name in tuple(values) if name.startswith(details.PREFIX)}
    settle(origin, chosen)
    return content.save_draft(
        node.id,
        version=version,
        note=note,
        title=values.pop("title"),
        summary=values.pop("summary"),
        in_nav=copy.in_nav,
        fields=values,
        blocks=details.blocks(content, copy, block),
    )


def settle(origin: Origin, names: Iterable[str]) -> None:
    """Note that somebody has decided on these fields: they are no news any more."""
    left = sorted(set(origin.given.get("fresh") or ()) - set(names))
    origin.given = {**origin.given, "fresh": left}
    origin.fresh = len(left)


def news(before: dict[str, Any], after: dict[str, Any], taken: Iterable[str]) -> list[str]:
    """Return what a source newly says and an override hides: fields that changed, not taken."""
    flat = [details.flat(one) for one in (before, after)]
    changed = {name for name in {*flat[0], *flat[1]} if flat[0].get(name) != flat[1].get(name)} | {
        name for name in TITLES if before.get(name) != after.get(name)
    }
    known = set(before.get("fresh") or ())
    return sorted((known | changed) - set(taken) - HIDDEN)


def _present(content: Content, node: Node) -> dict[str, Any]:
    copy = content.working_copy(node)
    fields = content.fields_of(content.types[node.type], copy)
    return {"title": copy.title, "summary": copy.summary} | fields | details.present(content, copy)


def _said(value: Any) -> Any:
    """Return a value so that an empty one and a missing one are the same."""
    if isinstance(value, list | tuple | set | frozenset):
        return sorted(map(str, value)) or None
    return value if value not in ("", False) else None


def in_words(node: Any, value: Any) -> str:
    """Return a value as people read it; choices by their titles where they are no translations."""
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(in_words(node, one) for one in value)
    if isinstance(value, dict):
        return " ".join(str(one) for one in value.values() if one not in (None, ""))
    if value is None or value == "":
        return ""
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return str(value)
