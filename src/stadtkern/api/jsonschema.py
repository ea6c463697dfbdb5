"""colander → JSON Schema 2020-12: what a schema takes from programs, and what it answers them.

Two sides of one thing: ``schema_of`` describes, ``stadtkern.api.reading`` judges by the same
rules. What colander cannot say of itself stands on the node: ``json_schema={"pattern": …}``.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import colander

from stadtkern.content import Pages
from stadtkern.db import MAX_ID
from stadtkern.forms import fields as f

DIALECT = "https://json-schema.org/draft/2020-12/schema"
NOTHING = r"[\s\u0000-\u001f\u007f-\u009f]*"
MAX_ITEMS = 1_000
"""Of lists that say nothing of their own."""

Translate = Callable[[str], str]
Described = dict[str, Any]


def validators(node: Any) -> Iterator[Any]:
    """Yield a bound node's validators, those within ``colander.All`` one by one."""
    left = [node.validator]
    while left:
        found = left.pop()
        if isinstance(found, colander.All):
            left += found.validators
        elif found is not None:
            yield found


def is_required(node: Any) -> bool:
    """Tell whether a bound node must be given."""
    return bool(node.required)


def is_written(node: Any) -> bool:
    """Tell whether programs may write a field: not facts that only the intake knows, no files."""
    return not getattr(node, "kept", False) and not isinstance(node.typ, f.Upload)


def choices(node: Any) -> list[Any] | None:
    """Return the values that a node takes, if they are few and named."""
    for check in validators(node):
        if isinstance(check, colander.ContainsOnly | colander.OneOf):
            return list(check.choices)
    return None


def lengths(node: Any) -> tuple[int, int | None]:
    """Return the least and the most characters (or items) that a node takes."""
    least, most = 0, None
    for check in validators(node):
        if isinstance(check, colander.Length):
            least = max(least, check.min or 0)
            if check.max is not None and check.max >= 0:
                most = check.max if most is None else min(most, check.max)
    return least, most


def bounds(node: Any) -> tuple[float | None, float | None]:
    """Return the least and the largest number that a node takes."""
    least: float | None = None
    most: float | None = None
    for check in validators(node):
        if isinstance(check, colander.Range):
            least = check.min if check.min is not None else least
            most = check.max if check.max is not None else most
    return least, most


def schema_of(node: Any, translate: Translate, *, answer: bool = False) -> Described:
    """Return the JSON Schema of a bound colander node.

    ``answer``: as the API answers it rather than as it takes it (facts that cannot be written are
    in it, and nothing has a default).
    """
    made = _typed(node, translate, answer=answer)
    if (not is_required(node) and not answer) or (answer and getattr(node, "nullable", False)):
        _nullable(made)
    if node.title and node.name and str(node.title).lower() != node.name.replace("_", " "):
        made["title"] = translate(node.title)
    if node.description:
        made["description"] = translate(node.description)
    if not answer:
        default = _plain_default(node)
        if default is not None:
            made["default"] = default
    made.update(getattr(node, "json_schema", None) or {})
    return made


def _nullable(made: Described) -> None:
    kind = made.get("type")
    if isinstance(kind, str):
        made["type"] = [kind, "null"]
    if "enum" in made:
        made["enum"] = [*made["enum"], None]


def _plain_default(node: Any) -> Any:
    value = node.default
    if isinstance(value, bool | int | float) or (isinstance(value, str) and value):
        return value
    return None


def _typed(  # noqa: PLR0911 - one a type
    node: Any, translate: Translate, *, answer: bool
) -> Described:
    typ = node.typ
    if isinstance(typ, colander.Mapping):
        return _mapping(node, translate, answer=answer)
    if isinstance(typ, colander.Sequence):
        made = {
            "type": "array",
            "items": schema_of(node.children[0], translate, answer=answer),
        }
        return made if answer else made | _items(node)
    if isinstance(typ, colander.Set):
        known = choices(node)
        items: Described = {"type": "string"} | ({"enum": known} if known is not None else {})
        return {"type": "array", "items": items, "uniqueItems": True}
    if isinstance(typ, Pages):
        number = {"type": "integer", "minimum": 1, "maximum": MAX_ID}
        most = int(getattr(node, "maximum", MAX_ITEMS))
        return {"type": "array", "items": number, "maxItems": most}
    if isinstance(typ, colander.Boolean):
        return {"type": "boolean"}
    if isinstance(typ, colander.Number):
        return _number(node)
    if isinstance(typ, f.WallTime | colander.DateTime):
        return {"type": "string", "format": "date-time"}
    if isinstance(typ, colander.Date):
        return {"type": "string", "format": "date"}
    return _text(node, answer=answer)


def _mapping(node: Any, translate: Translate, *, answer: bool) -> Described:
    children = [child for child in node.children if answer or is_written(child)]
    made: Described = {
        "type": "object",
        "properties": {
            child.name: schema_of(child, translate, answer=answer)
            for child in children
            if not isinstance(child.typ, f.Upload)
        },
    }
    if node.typ.unknown == "preserve":
        return made
    required = [child.name for child in children if is_required(child)]
    if required:
        made["required"] = required
    made["additionalProperties"] = False
    return made


def _items(node: Any) -> Described:
    least, most = lengths(node)
    made: Described = {"maxItems": MAX_ITEMS if most is None else most}
    if least:
        made["minItems"] = least
    return made


def _number(node: Any) -> Described:
    whole = isinstance(node.typ, colander.Integer)
    made: Described = {"type": "integer" if whole else "number"}
    least, most = bounds(node)
    if getattr(node, "refers", False) or isinstance(node.typ, f.Whole) or whole:
        # PostgreSQL's integers.
        least = -MAX_ID if least is None else least
        most = MAX_ID if most is None else most
    if least is not None:
        made["minimum"] = least
    if most is not None:
        made["maximum"] = most
    return made


def _text(node: Any, *, answer: bool) -> Described:
    made: Described = {"type": "string"}
    known = choices(node)
    if known is not None:
        return made | {"enum": known}
    if answer:
        return made
    least, most = lengths(node)
    if most is not None:
        made["maxLength"] = most
    if least:
        made["minLength"] = least
    if is_required(node):
        # A field that must be filled in is not filled in by blanks.
        made["pattern"] = r"\S"
    if any(check is f.address for check in validators(node)):
        # Blanks and control characters are dropped; nothing but these is none at all.
        made["pattern"] = f"^{NOTHING}{f.ADDRESS}{'' if is_required(node) else '?'}{NOTHING}$"
    return made


def plain(node: Any, value: Any, zone: Any) -> Any:
    """Return a typed value as JSON: moments with the offset of ``zone``, days as ISO text."""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        children = {child.name: child for child in getattr(node, "children", ())}
        return {
            name: plain(children.get(name), item, zone)
            for name, item in value.items()
            if item is not None
        }
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, list | tuple):
        inner = node.children[0] if getattr(node, "children", None) else None
        return [plain(inner, item, zone) for item in value]
    return value
