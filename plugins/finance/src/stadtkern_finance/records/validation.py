"""Does a value fit a schema? What does not: its field, the reason, what was expected.

Understands just what ``shapes`` writes. The tests hold it against a full implementation.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, NamedTuple

from stadtkern_finance.i18n import _
from stadtkern_finance.records.shapes import Shape

Number = int | Decimal
SHOWN = 60
_MANY_NAMES = 12


class Problem(NamedTuple):
    """A field that does not fit: its path, what is wrong with it, and what would be right."""

    field: str
    reason: Any
    expected: Any


def problems(value: Any, shape: Shape, path: str = "") -> Iterator[Problem]:
    """Yield what in ``value`` (JSON, decimals as ``Decimal``) does not fit ``shape``."""
    kinds = shape.get("type")
    if kinds is None:
        return
    wanted = [kinds] if isinstance(kinds, str) else kinds
    if value is None and "null" in wanted:
        return
    kind = wanted[0]
    if not _TYPES[kind](value):
        kind = next((one for one in wanted if _TYPES[one](value)), None)
    if kind is None:
        yield Problem(path, _wrong_type(value), expectation(shape))
        return
    allowed = [shape["const"]] if "const" in shape else shape.get("enum")
    if allowed is not None and value not in allowed:
        yield Problem(path, _wrong_value(value), expectation(shape))
    else:
        yield from _CHECKS.get(kind, _nothing)(value, shape, path)


def _object(value: Mapping[str, Any], shape: Shape, path: str) -> Iterator[Problem]:
    known = shape.get("properties", {})
    for name in shape.get("required", ()):
        if name not in value:
            yield Problem(_below(path, name), _("is missing"), expectation(known[name]))
    others = shape.get("additionalProperties", True)
    for name, item in value.items():
        inner = known.get(name, others)
        if inner is False:
            yield Problem(
                _below(path, _shortened(name)), _("is not known here"), _known_names(name, known)
            )
        elif inner is not True:
            below = name if name in known else _shortened(name)
            yield from problems(item, inner, _below(path, below))


def _known_names(name: str, known: Mapping[str, Shape]) -> Any:
    """Return the names that there are; of many, those like the one that was given."""
    near = list(known)
    if len(near) > _MANY_NAMES:
        near = get_close_matches(name.lower(), known, n=3, cutoff=0.5)
    if near:
        return _("one of ${names}", mapping={"names": ", ".join(near)})
    return _("only fields of the schema")


def _array(value: list[Any], shape: Shape, path: str) -> Iterator[Problem]:
    if not shape["minItems"] <= len(value) <= shape["maxItems"]:
        reason = _("has ${count} items", mapping={"count": len(value)})
        yield Problem(path, reason, expectation(shape))
        return
    for index, item in enumerate(value):
        yield from problems(item, shape["items"], f"{path}[{index}]")


def _string(value: str, shape: Shape, path: str) -> Iterator[Problem]:
    fits = (
        len(value) >= shape.get("minLength", 0)
        and len(value) <= shape.get("maxLength", len(value))
        and ("pattern" not in shape or _compiled(shape["pattern"]).search(value) is not None)
        and (shape.get("format") != "date" or _is_day(value))
    )
    if not fits or ("minimum" in shape and not _within(Decimal(value), shape)):
        yield Problem(path, _wrong_value(value), expectation(shape))


def _number(value: Number, shape: Shape, path: str) -> Iterator[Problem]:
    too_exact = "multipleOf" in shape and _decimals(value) > _MOST_DECIMALS
    if too_exact or not _within(value, shape):
        yield Problem(path, _wrong_value(value), expectation(shape))


def _nothing(value: Any, shape: Shape, path: str) -> Iterator[Problem]:  # noqa: ARG001
    return iter(())


_MOST_DECIMALS = 2
_CHECKS: Mapping[str, Callable[[Any, Shape, str], Iterator[Problem]]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "number": _number,
    "integer": _number,
}
_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "number": lambda value: isinstance(value, int | Decimal) and not isinstance(value, bool),
    "integer": lambda value: (
        (isinstance(value, int) and not isinstance(value, bool))
        or (isinstance(value, Decimal) and value == value.to_integral_value())
    ),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
}


def _decimals(value: Number) -> int:
    """Return how many decimals a number needs; ``normalize`` would round long ones first."""
    if isinstance(value, int) or not value:
        return 0
    digits, exponent = value.as_tuple()[1:]
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return max(0, -int(exponent) - zeros)


def _within(value: Number, shape: Shape) -> bool:
    return not ("minimum" in shape and not shape["minimum"] <= value <= shape["maximum"])


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    # A schema's "$" is the very end, Python's allows a line break after it.
    return re.compile(re.sub(r"\$$", r"\\Z", pattern), re.ASCII)


def _is_day(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shortened(value: Any) -> str:
    shown = str(value)
    return shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"


def _wrong_type(value: Any) -> Any:
    names = {
        dict: _("is an object"),
        list: _("is a list"),
        str: _("is a text"),
        bool: _("is true or false"),
        int: _("is a number"),
        Decimal: _("is a number"),
    }
    return names.get(type(value), _("is empty"))


def _wrong_value(value: Any) -> Any:
    return _("has the value “${value}”", mapping={"value": _shortened(value)})


def expectation(shape: Shape) -> Any:  # noqa: PLR0911  # one sentence for each kind of shape
    """Return in words what a shape asks for, as a text to be translated."""
    if "const" in shape:
        return _("the value ${value}", mapping={"value": shape["const"]})
    if "enum" in shape:
        values = ", ".join(str(value) for value in shape["enum"] if value is not None)
        return _("one of ${names}", mapping={"names": values})
    if shape.get("format") == "date":
        return _("a day as YYYY-MM-DD")
    if "multipleOf" in shape:
        return _(
            "a number from ${low} to ${high} with at most two decimals, such as 12.50",
            mapping={"low": shape["minimum"], "high": shape["maximum"]},
        )
    kinds = shape["type"]
    kind = kinds if isinstance(kinds, str) else kinds[0]
    if kind == "integer":
        return _(
            "a whole number from ${low} to ${high}",
            mapping={"low": shape["minimum"], "high": shape["maximum"]},
        )
    if kind == "array":
        return _(
            "a list of ${low} to ${high} items",
            mapping={"low": shape["minItems"], "high": shape["maxItems"]},
        )
    if kind == "string":
        return _text_expectation(shape)
    return {"boolean": _("true or false"), "object": _("an object")}[kind]


def _text_expectation(shape: Shape) -> Any:
    digits = re.fullmatch(r"\^\[0-9\](?:\{(\d+)\}|\+)\$", shape.get("pattern", ""))
    if digits is None:
        return _("a text of at most ${count} characters", mapping={"count": shape["maxLength"]})
    if digits[1]:
        return _("${count} digits", mapping={"count": digits[1]})
    return _("digits only")
