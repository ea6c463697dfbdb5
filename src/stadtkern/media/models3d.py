"""3D models (glTF 2.0 binary, Khronos; ISO/IEC 12113), known by their structure.

Everything must be in the one file: nothing is loaded from elsewhere, and nothing needs a decoder
that a browser would have to fetch.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from stadtkern.media.errors import MediaRefused
from stadtkern.web.i18n import _

MAX_MODEL = 20_000_000
"""Bytes; a phone has to load it as a whole."""
MAX_DESCRIPTION = 4_000_000
"""Bytes of the JSON part."""
HEADER, CHUNK = 12, 8
JSON_CHUNK, BINARY_CHUNK = 0x4E4F534A, 0x004E4942
PACKED = {
    "KHR_draco_mesh_compression",
    "EXT_meshopt_compression",
    "KHR_meshopt_compression",
    "KHR_texture_basisu",
}
"""Extensions whose decoders are programs of their own."""
PICTURES = {
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
    "image/webp": b"RIFF",
}


def check(data: bytes) -> None:
    """Refuse what is no model that stands alone; ``MediaRefused`` says why."""
    if len(data) > MAX_MODEL:
        raise MediaRefused(
            _("3D models may have at most 20 MB. Please reduce its triangles or pictures.")
        )
    told, binary = _parts(data)
    asset = told.get("asset")
    if not isinstance(asset, dict) or not str(asset.get("version", "")).startswith("2"):
        raise _broken()
    if any(key == "uri" for key, _value in _pairs(told)):
        raise MediaRefused(
            _("This 3D model needs other files. Please export it with everything in one GLB file.")
        )
    used = told.get("extensionsUsed") or []
    needed = told.get("extensionsRequired") or []
    if not isinstance(used, list) or not isinstance(needed, list):
        raise _broken()
    if PACKED & {str(name) for name in (*used, *needed)}:
        raise MediaRefused(
            _(
                "This 3D model is compressed in a way that browsers do not read by themselves "
                "(Draco, meshopt or Basis). Please export it without compression."
            )
        )
    _check_room(told, binary)


def _broken() -> MediaRefused:
    return MediaRefused(
        _("This is no 3D model that browsers show. Please export it as glTF 2.0 binary (GLB).")
    )


def _parts(data: bytes) -> tuple[dict[str, Any], bytes]:
    """Return the description and the binary part; they must fill the file exactly."""
    if len(data) < HEADER + CHUNK or data[:4] != b"glTF" or _number(data, 4) != 2:  # noqa: PLR2004
        raise _broken()
    if _number(data, 8) != len(data):
        raise _broken()
    at = HEADER
    chunks: list[tuple[int, bytes]] = []
    while at < len(data):
        if at + CHUNK > len(data) or len(chunks) == 2:  # noqa: PLR2004 - description and binary
            raise _broken()
        length, kind = _number(data, at), _number(data, at + 4)
        if length % 4 or at + CHUNK + length > len(data):
            raise _broken()
        chunks.append((kind, data[at + CHUNK : at + CHUNK + length]))
        at += CHUNK + length
    kinds = [kind for kind, _part in chunks]
    if kinds not in ([JSON_CHUNK], [JSON_CHUNK, BINARY_CHUNK]):
        raise _broken()
    words = chunks[0][1]
    if len(words) > MAX_DESCRIPTION:
        raise _broken()
    try:
        told = json.loads(words.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _broken() from error
    if not isinstance(told, dict):
        raise _broken()
    return told, chunks[1][1] if len(chunks) > 1 else b""


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _pairs(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every key with its value, at any depth (the JSON reader has bounded it)."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            yield from one.items()
            left += one.values()
        elif isinstance(one, list):
            left += one


def _check_room(told: Mapping[str, Any], binary: bytes) -> None:
    """Check that buffers, their views and pictures lie within the binary part."""
    buffers = _list(told, "buffers")
    if len(buffers) > 1:
        raise _broken()
    room = _size(buffers[0], "byteLength") if buffers else 0
    # Up to three bytes of padding.
    if not room <= len(binary) <= room + 3:
        raise _broken()
    views = _list(told, "bufferViews")
    for view in views:
        if _size(view, "buffer") or _size(view, "byteOffset") + _size(view, "byteLength") > room:
            raise _broken()
    for image in _list(told, "images"):
        number = _size(image, "bufferView")
        if "bufferView" not in image or number >= len(views):
            raise _broken()
        begin = _size(views[number], "byteOffset")
        length = _size(views[number], "byteLength")
        wanted = PICTURES.get(str(image.get("mimeType")))
        # In place: thousands of pictures may name the same 20 MB, which nobody copies each time.
        if wanted is None or not binary.startswith(wanted, begin, begin + length):
            raise _broken()


def _list(told: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    found = told.get(name) or []
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise _broken()
    return found


def _size(one: Mapping[str, Any], name: str) -> int:
    value = one.get(name, 0)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _broken()
    return value
