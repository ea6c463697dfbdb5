"""A map that others drew, such as an extract of basemap.de or Protomaps: looked at, then taken.

PMTiles version 3. Everything that a browser would trip over is found here and not there.
"""

from __future__ import annotations

import html
import json
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mapbox_vector_tile
from pmtiles.reader import all_tiles
from pmtiles.tile import Compression, TileType, deserialize_header

from stadtkern_cityguide.tiles.files import Facts

HEADER = 127
MAX_METADATA = 2_000_000
MAX_TILE = 8_000_000
MAX_ATTRIBUTION = 300
_GZIP = b"\x1f\x8b"
_TAG = re.compile(r"<[^>]*>")
_STYLES = (
    ("basemap", {"Gewaesserflaeche", "Verkehrslinie", "Siedlungsflaeche"}),
    ("protomaps", {"earth", "roads", "landuse"}),
    ("guide", {"routes", "areas"}),
)
"""Whose layers they are, by the names of some."""


class AdoptError(ValueError):
    """A file that is refused; its text says why and what to do."""


def look(path: Path, *, attribution: str, near: tuple[float, float, float, float] | None) -> Facts:
    """Return what a file says of itself; ``AdoptError`` where it cannot be the town's map.

    Args:
        path: of a readable file.
        attribution: what maps show; empty: what the file says.
        near: a box around the town's places (west, south, east, north); the map has to touch it.

    """
    size = path.stat().st_size
    with path.open("rb") as stream:

        def part(offset: int, length: int) -> bytes:
            stream.seek(offset)
            return stream.read(length)

        header = _header(part(0, HEADER), size)
        metadata = _metadata(header, part)
        west, south, east, north = bounds = _bounds(header)
        if near is not None and not (
            west <= near[2] and east >= near[0] and south <= near[3] and north >= near[1]
        ):
            raise AdoptError(
                f"The map lies elsewhere: it reaches from {south:.3f}, {west:.3f} to {north:.3f},"
                f" {east:.3f}, and none of the town's places is within."
            )
        _try_tile(header, part)
    words = _plain(attribution or str(metadata.get("attribution") or ""))
    if not words:
        raise AdoptError(
            "The file does not say whose work it is. Please name it: --attribution “© …”."
        )
    if len(words) > MAX_ATTRIBUTION:
        raise AdoptError(f"The attribution is longer than {MAX_ATTRIBUTION} characters.")
    return Facts(_style(metadata), words, bounds, header["min_zoom"], header["max_zoom"])


def _header(data: bytes, size: int) -> dict[str, Any]:
    if not data.startswith(b"PMTiles"):
        raise AdoptError("This is no PMTiles file.")
    try:
        header = dict(deserialize_header(data))
    except Exception as error:
        # Its own exceptions have no common base, and a cut header is an IndexError.
        raise AdoptError(
            "The file's header cannot be read: PMTiles of version 3 are needed."
        ) from error
    if header["tile_type"] is not TileType.MVT:
        raise AdoptError("The map holds pictures; vector tiles (MVT) are needed.")
    for name in ("internal_compression", "tile_compression"):
        if header[name] not in {Compression.GZIP, Compression.NONE}:
            raise AdoptError(
                "The map is packed in a way that browsers cannot read; gzip is needed."
            )
    if header["internal_compression"] is not Compression.GZIP:
        raise AdoptError("The map's directories are not packed by gzip.")
    for name in ("root", "metadata", "leaf_directory", "tile_data"):
        if header[f"{name}_offset"] + header[f"{name}_length"] > size:
            raise AdoptError("The file has been cut off. Please fetch it again.")
    if not 0 <= header["min_zoom"] <= header["max_zoom"] <= 22:  # noqa: PLR2004 - deepest known
        raise AdoptError("The map's zooms make no sense.")
    return header


def _bounds(header: dict[str, Any]) -> tuple[float, float, float, float]:
    names = ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")
    west, south, east, north = (header[name] / 1e7 for name in names)
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):  # noqa: PLR2004 - degrees
        raise AdoptError("The map's bounds are no box on earth.")
    return west, south, east, north


def _unpacked(data: bytes, maximum: int) -> bytes:
    worker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        found = worker.decompress(data, maximum)
    except zlib.error:
        raise AdoptError("A part of the map cannot be unpacked.") from None
    if worker.unconsumed_tail:
        raise AdoptError("A part of the map is larger than any map's should be.")
    return found


def _metadata(header: dict[str, Any], part: Callable[[int, int], bytes]) -> dict[str, Any]:
    packed = part(header["metadata_offset"], min(header["metadata_length"], MAX_METADATA))
    try:
        found = json.loads(_unpacked(packed, MAX_METADATA))
    except (ValueError, RecursionError) as error:
        if isinstance(error, AdoptError):
            raise
        raise AdoptError("What the map says of itself cannot be read.") from None
    return found if isinstance(found, dict) else {}


def _try_tile(header: dict[str, Any], part: Callable[[int, int], bytes]) -> None:
    """Read the first tile as a browser would."""

    def bounded(offset: int, length: int) -> bytes:
        # The reader unpacks directories whole, whatever comes out of them.
        packed = part(offset, length)
        if packed.startswith(_GZIP):
            _unpacked(packed, MAX_TILE)
        return packed

    try:
        _where, data = next(all_tiles(bounded))
        if header["tile_compression"] is Compression.GZIP:
            data = _unpacked(data, MAX_TILE)
        mapbox_vector_tile.decode(data)
    except AdoptError:
        raise
    except StopIteration:
        raise AdoptError("The map holds no tiles.") from None
    except Exception as error:
        # Whatever the readers trip over, a browser would, too.
        raise AdoptError("The map's first tile cannot be read.") from error


def _style(metadata: dict[str, Any]) -> str:
    layers = metadata.get("vector_layers")
    names = {
        str(one.get("id"))
        for one in (layers if isinstance(layers, list) else [])
        if isinstance(one, dict)
    }
    return next((style for style, some in _STYLES if len(some & names) > 1), "other")


def _plain(text: str) -> str:
    """Return text without markup: pages show it as it is."""
    return " ".join(html.unescape(_TAG.sub(" ", text[:5_000])).split())
