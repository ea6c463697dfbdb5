"""Whether a value fits a schema, yes or no: thousands of records are asked, and nearly all fit.

What does not fit is told by ``validation.problems``; both agree (a test compares them).
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from stadtkern_finance.records.shapes import Shape
from stadtkern_finance.records.validation import problems

Fits = Callable[[Any], bool]

_known: dict[int, tuple[Shape, Fits]] = {}


def compiled(shape: Shape) -> Fits:
    """Return a function that tells whether a value fits a schema of ours."""
    found = _known.get(id(shape))
    if found is None or found[0] is not shape:
        # The shape is kept with it, so that its id stays its own.
        found = _known[id(shape)] = (shape, _compiled(shape))
    return found[1]


def _compiled(shape: Shape) -> Fits:
    kinds = shape.get("type")
    wanted = [kinds] if isinstance(kinds, str) else list(kinds or ())
    others = [kind for kind in wanted if kind != "null"]
    make = _MAKERS.get(others[0]) if len(others) == 1 else None
    if "const" in shape and others == ["integer"]:
        only = shape["const"]
        return lambda value: value.__class__ is int and value == only
    if make is None or "const" in shape:

        def slowly(value: Any) -> bool:
            return next(problems(value, shape), None) is None

        return slowly
    fits = make(shape)
    if "null" in wanted:
        return lambda value: value is None or fits(value)
    return fits


def _object(shape: Shape) -> Fits:
    known: Mapping[str, Fits] = {
        name: _compiled(inner) for name, inner in shape.get("properties", {}).items()
    }
    required = tuple(shape.get("required", ()))
    others = shape.get("additionalProperties", True)
    rest: Fits = (lambda _value: others) if isinstance(others, bool) else _compiled(others)

    def fits(value: Any) -> bool:
        if not isinstance(value, dict):
            return False
        for name in required:
            if name not in value:
                return False
        return all(known.get(name, rest)(item) for name, item in value.items())

    return fits


def _array(shape: Shape) -> Fits:
    item, least, most = _compiled(shape["items"]), shape["minItems"], shape["maxItems"]
    return lambda value: (
        isinstance(value, list) and least <= len(value) <= most and all(map(item, value))
    )


def _string(shape: Shape) -> Fits:
    if "enum" in shape:
        allowed = frozenset(shape["enum"])
        return lambda value: isinstance(value, str) and value in allowed
    if "minimum" in shape or shape.get("format") == "date" or "pattern" in shape:
        return _patterned(shape)
    least, most = shape.get("minLength", 0), shape["maxLength"]
    return lambda value: isinstance(value, str) and least <= len(value) <= most


def _patterned(shape: Shape) -> Fits:
    """Return what asks a text once in full and remembers the answer: days and numbers repeat."""
    pattern = re.compile(re.sub(r"\$$", r"\\Z", shape.get("pattern", "")), re.ASCII)
    plain = "minimum" not in shape and shape.get("format") != "date"
    least, most = shape.get("minLength", 0), shape.get("maxLength")
    seen: set[str] = set()

    def fits(value: Any) -> bool:
        if value.__class__ is not str:
            return False
        if plain:
            length = len(value)
            return (
                least <= length
                and (most is None or length <= most)
                and pattern.search(value) is not None
            )
        if value in seen:
            return True
        good = next(problems(value, shape), None) is None
        if good and len(seen) < _REMEMBERED:
            seen.add(value)
        return good

    return fits


_REMEMBERED = 4096


def _integer(shape: Shape) -> Fits:
    allowed = frozenset(shape["enum"]) if "enum" in shape else None
    least, most = shape.get("minimum"), shape.get("maximum")

    def fits(value: Any) -> bool:
        if value.__class__ is not int:
            # Decimals that are whole, and true and false, which are none.
            return isinstance(value, Decimal) and next(problems(value, shape), None) is None
        if allowed is not None:
            return value in allowed
        return least is None or most is None or least <= value <= most

    return fits


def _boolean(_shape: Shape) -> Fits:
    return lambda value: value.__class__ is bool


_MAKERS: Mapping[str, Callable[[Shape], Fits]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "boolean": _boolean,
}
