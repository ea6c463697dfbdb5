"""Tells a vector tile from anything else, without drawing it.

Vector Tile Specification 2.1 (layers are field 3 of the tile, their name is field 1), in the wire
format of Protocol Buffers; often packed by gzip.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

GZIP = b"\x1f\x8b"
LAYER = 3
NAME = 1
_VARINT, _FIXED_64, _BYTES, _FIXED_32 = 0, 1, 2, 5
_MAX_SHIFT = 63


def unpacked(data: bytes, *, maximum: int) -> bytes | None:
    """Return what is in a gzip of one part; data that is none as it is; None beyond ``maximum``.

    A gzip that is broken, cut off or followed by anything else is None, too.
    """
    if not data.startswith(GZIP):
        return data if len(data) <= maximum else None
    worker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        found = worker.decompress(data, maximum + 1)
    except zlib.error:
        return None
    whole = worker.eof and not worker.unused_data and len(found) <= maximum
    return found if whole else None


def is_tile(data: bytes) -> bool:
    """Tell whether unpacked bytes are a tile: nothing but layers, each with a name, none cut.

    No bytes at all are a tile without anything in it.
    """
    try:
        return all(
            number == LAYER and kind == _BYTES and _is_layer(data, start, end)
            for number, kind, start, end in _fields(data, 0, len(data))
        )
    except ValueError:
        return False


def _is_layer(data: bytes, start: int, end: int) -> bool:
    """Look for the name; writers put it first, so that features are seldom passed."""
    return any(
        number == NAME and kind == _BYTES and last > first
        for number, kind, first, last in _fields(data, start, end)
    )


def _fields(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Walk over a message's fields: number, kind, and where the value begins and ends."""
    while at < end:
        key, at = _varint(data, at, end)
        kind, start = key & 7, at
        if kind == _VARINT:
            _value, at = _varint(data, at, end)
        elif kind == _BYTES:
            size, start = _varint(data, at, end)
            at = start + size
        elif kind in {_FIXED_64, _FIXED_32}:
            at += 8 if kind == _FIXED_64 else 4
        else:
            raise ValueError("a kind that tiles do not have")
        if at > end:
            raise ValueError("cut off")
        yield key >> 3, kind, start, at


def _varint(data: bytes, at: int, end: int) -> tuple[int, int]:
    found = shift = 0
    while at < end and shift <= _MAX_SHIFT:
        byte = data[at]
        at += 1
        found |= (byte & 0x7F) << shift
        if byte < 0x80:  # noqa: PLR2004 - the bit that says “more follows”
            return found, at
        shift += 7
    raise ValueError("cut off")
