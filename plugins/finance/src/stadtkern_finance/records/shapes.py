"""Small pieces of JSON Schema (2020-12) that the published schemas are made of."""

from collections.abc import Mapping, Sequence
from typing import Any

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ROOT = "/api/v1/schemas/finance"

Shape = dict[str, Any]

_DAY = "-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
MAX_CENTS = 10**13
FIRST_YEAR, LAST_YEAR = 1995, 2099
"""Years for which deadlines can be told; a month after the last still has its calendar."""


def nullable(shape: Shape) -> Shape:
    """Return the shape with ``null`` for what is not known."""
    made = dict(shape, type=[shape["type"], "null"])
    if "enum" in shape:
        made["enum"] = [*shape["enum"], None]
    return made


def text(description: str, maximum: int = 200, *, pattern: str | None = None) -> Shape:
    """Return a text of at least one and at most ``maximum`` characters."""
    shape: Shape = {
        "type": "string",
        "description": description,
        "minLength": 1,
        "maxLength": maximum,
    }
    return shape if pattern is None else shape | {"pattern": pattern}


def whole(description: str, low: int, high: int) -> Shape:
    """Return a whole number within limits."""
    return {"type": "integer", "description": description, "minimum": low, "maximum": high}


def cents(description: str) -> Shape:
    """Return an amount in whole cents, not negative."""
    return whole(f"{description}, in whole cents", 0, MAX_CENTS)


def one_of(description: str, *values: str | int) -> Shape:
    """Return one of some values of the same type."""
    kind = "string" if isinstance(values[0], str) else "integer"
    return {"type": kind, "description": description, "enum": list(values)}


def yes(description: str) -> Shape:
    """Return true or false."""
    return {"type": "boolean", "description": description}


def day(description: str, *, first: int = FIRST_YEAR) -> Shape:
    """Return a day of the calendar as ISO 8601, from the year ``first`` to 2099."""
    years = "(199[5-9]|20[0-9]{2})" if first == FIRST_YEAR else "(1[89][0-9]{2}|20[0-9]{2})"
    return {
        "type": "string",
        "format": "date",
        "description": description,
        "pattern": f"^{years}{_DAY}",
    }


def euros(description: str, *, signed: bool = False) -> Shape:
    """Return an amount in euros: a text or a number with at most two decimals."""
    sign = "-?" if signed else ""
    limit = MAX_CENTS // 100
    return {
        "type": ["string", "number"],
        "description": f"{description}, in euros, at most two decimals",
        "pattern": rf"^{sign}(0|[1-9][0-9]{{0,10}})(\.[0-9]{{1,2}})?$",
        "minimum": -limit if signed else 0,
        "maximum": limit,
        "multipleOf": 0.01,
    }


def percent(description: str, high: int) -> Shape:
    """Return a rate in percent: a text or a number with at most two decimals."""
    return {
        "type": ["string", "number"],
        "description": f"{description}, in percent, at most two decimals",
        "pattern": r"^(0|[1-9][0-9]{0,4})(\.[0-9]{1,2})?$",
        "minimum": 0,
        "maximum": high,
        "multipleOf": 0.01,
    }


def mapping(
    description: str, properties: Mapping[str, Shape], required: Sequence[str] = ()
) -> Shape:
    """Return an object that has no other properties."""
    shape: Shape = {
        "type": "object",
        "description": description,
        "properties": dict(properties),
        "additionalProperties": False,
    }
    return shape | ({"required": list(required)} if required else {})


def rows(description: str, item: Shape, maximum: int, *, minimum: int = 0) -> Shape:
    """Return a list of at most ``maximum`` items."""
    return {
        "type": "array",
        "description": description,
        "items": item,
        "minItems": minimum,
        "maxItems": maximum,
    }


def published(name: str, title: str, shape: Shape) -> Shape:
    """Return a whole schema with its dialect, address and title."""
    return {"$schema": DIALECT, "$id": f"{ROOT}/{name}.json", "title": title, **shape}
