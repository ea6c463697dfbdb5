"""Columns and rows as JSON: plain, sorted, the same from both databases."""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, NoReturn

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Float,
    Integer,
    LargeBinary,
    Numeric,
    String,
)

from stadtkern.db import UTCDateTime

SMALL, LARGE = 2**31, 2**63


class BadRow(ValueError):  # noqa: N818 - what it is
    """A row is not what the format says; the message names the column."""


def can_travel(column: Column[Any]) -> bool:
    """Tell whether a column's values can be written and read."""
    known = (JSON, Boolean, Date, Float, Integer, LargeBinary, String, UTCDateTime)
    return isinstance(column.type, known) or (
        isinstance(column.type, Numeric) and not isinstance(column.type, Float)
    )


def to_json(value: Any) -> Any:
    """Return a column's value as JSON holds it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, bool | int | float | str | dict | list) or value is None:
        return value
    return str(value)


def dumps(row: Mapping[str, Any]) -> bytes:
    """Return a row as one line."""
    text = json.dumps(
        row, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return text.encode() + b"\n"


def loads(line: bytes) -> Any:
    """Return what one line says; ``BadRow`` for what is no JSON or would harm whoever reads it."""
    try:
        value = json.loads(line, parse_constant=_no_constant)
        if b"\\u" in line:
            # Surrogates by themselves and the character 0 can be written, but not stored.
            json.dumps(value, ensure_ascii=False).encode()
            if b"\\u0000" in line and _has_zero(value):
                _bad("a text holds the character 0")
    except BadRow:
        raise
    except (ValueError, RecursionError) as error:
        raise BadRow("no JSON") from error
    return value


def _has_zero(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_has_zero(name) or _has_zero(item) for name, item in value.items())
    return isinstance(value, list) and any(_has_zero(item) for item in value)


def _no_constant(name: str) -> NoReturn:
    raise BadRow(name)


def _bad(reason: str) -> NoReturn:
    raise BadRow(reason)


def from_json(column: Column[Any], value: Any) -> Any:  # noqa: C901, PLR0911, PLR0912 - one a type
    """Return a value as the column takes it on both databases; ``BadRow`` for anything else."""
    kind = column.type
    if value is None:
        return None if column.nullable else _bad(f"{column.name} is missing")
    if isinstance(kind, JSON):
        return value
    if isinstance(kind, Boolean):
        return value if isinstance(value, bool) else _bad(f"{column.name}: no truth value")
    if isinstance(kind, Integer):
        limit = LARGE if type(kind).__name__ == "BigInteger" else SMALL
        if isinstance(value, int) and not isinstance(value, bool) and -limit <= value < limit:
            return value
        _bad(f"{column.name}: no number, or too large a one")
    if isinstance(kind, Float):
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _float(column, value)
        _bad(f"{column.name}: no number")
    if not isinstance(value, str):
        _bad(f"{column.name}: no text")
    try:
        if isinstance(kind, UTCDateTime):
            moment = datetime.fromisoformat(value)
            return moment if moment.tzinfo else _bad(f"{column.name}: no zone")
        if isinstance(kind, Date):
            return date.fromisoformat(value)
        if isinstance(kind, LargeBinary):
            return base64.b64decode(value, validate=True)
        if isinstance(kind, Numeric):
            return kind.python_type(value)
    except BadRow:
        raise
    except (ValueError, ArithmeticError, binascii.Error) as error:
        raise BadRow(f"{column.name}: cannot be read") from error
    length = getattr(kind, "length", None)
    if length is not None and len(value) > length:
        _bad(f"{column.name}: longer than {length} characters")
    return value


def _float(column: Column[Any], value: float) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise BadRow(f"{column.name}: too large") from error


def default_of(column: Column[Any]) -> Any:
    """Return what a row that says nothing about a column has; ``BadRow`` if it must say it."""
    default: Any = column.default
    if default is not None and default.is_scalar:
        return default.arg
    if default is not None and default.is_callable:
        return default.arg(None)
    return None if column.nullable else _bad(f"{column.name} is missing")
