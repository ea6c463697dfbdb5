"""The manifest of a pack: canonical JSON, so that the same contents have the same hash.

Form: ``{v, tour, lang, rev, min_client, title, start, total, groups, entries}``. ``entries``:
``[{url, sha256, bytes, type, group, at}]``, by url; ``url`` gives the bytes, ``at`` are the
addresses that they answer on the device. ``groups``: bytes of each group that is there.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

VERSION = 1
MIN_CLIENT = 1
"""Rises when older scripts on devices would misread a manifest."""

GROUPS = ("core", "media-low", "media-high", "map")
HEAVY = 4_000_000
"""Bytes from which on pictures and sound count as large files."""

HEAVY_SCRIPT = 300_000
"""Bytes from which on a script is for such files only: the viewer of 3D models has 1 MB."""

ENDINGS = {
    "text/html": "html",
    "text/css": "css",
    "text/javascript": "js",
    "application/javascript": "js",
    "application/json": "json",
    "application/geo+json": "json",
    "application/manifest+json": "webmanifest",
    "application/wasm": "wasm",
    "text/vtt": "vtt",
    "image/svg+xml": "svg",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/gif": "gif",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/wav": "wav",
    "audio/webm": "weba",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "model/gltf-binary": "glb",
    "application/vnd.pmtiles": "pmtiles",
    "application/pdf": "pdf",
}


@dataclass
class Entry:
    """Bytes of a pack and the addresses that they answer on the device."""

    sha256: str
    bytes: int
    type: str
    group: str
    at: list[str] = field(default_factory=list)

    @property
    def ending(self) -> str:
        """Return the ending of the file's name."""
        return ENDINGS.get(self.type, "bin")

    @property
    def url(self) -> str:
        """Return the address that gives the bytes for ever."""
        return f"/guide/a/{self.sha256}.{self.ending}"


def group_of(kind: str, size: int) -> str:
    """Return the group of bytes by their type and size."""
    family = kind.partition("/")[0]
    if family in {"video", "model"}:
        return "media-high"
    if kind.endswith("javascript") and size >= HEAVY_SCRIPT:
        return "media-high"
    if family in {"image", "audio"}:
        return "media-high" if size >= HEAVY else "media-low"
    return "core"


def canonical(data: Any) -> bytes:
    """Return JSON of one form only: sorted keys, no white space, UTF-8 (as RFC 8785 for texts)."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(data: bytes) -> str:
    """Return the SHA-256 in hexadecimal digits."""
    return sha256(data).hexdigest()


def contents(
    *, tour: int, language: str, title: str, start: str, entries: Iterable[Entry]
) -> dict[str, Any]:
    """Return a manifest but for its revision."""
    rows = sorted(entries, key=lambda one: one.url)
    groups = {name: sum(one.bytes for one in rows if one.group == name) for name in GROUPS}
    return {
        "v": VERSION,
        "min_client": MIN_CLIENT,
        "tour": tour,
        "lang": language,
        "title": title,
        "start": start,
        "total": sum(groups.values()),
        "groups": {name: size for name, size in groups.items() if size},
        "entries": [
            {
                "url": one.url,
                "sha256": one.sha256,
                "bytes": one.bytes,
                "type": one.type,
                "group": one.group,
                "at": sorted(one.at),
            }
            for one in rows
        ],
    }
