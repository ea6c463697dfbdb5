"""Whole collections as GPX 1.1: places as waypoints, tours as tracks, each with its rights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from stadtkern_cityguide.gpx.writer import add, begun, written

Feature = Mapping[str, Any]


_add = partial(add, longest=2_000)


def _words(parent: Any, said: Mapping[str, Any]) -> None:
    """Add what the schema has room for, in its order: name, desc, src, link."""
    _add(parent, "name", said["title"])
    if said.get("summary"):
        _add(parent, "desc", said["summary"])
    rights = ", ".join(part for part in (said["attribution"], said["licence"]) if part)
    if rights:
        _add(parent, "src", rights)
    _add(parent, "link", href=said["url"])


def document(title: str, address: str, features: Iterable[Feature]) -> bytes:
    """Return a GPX document of points and lines; areas have no place in it."""
    root = begun()
    metadata = _add(root, "metadata")
    _add(metadata, "name", title)
    _add(metadata, "link", href=address)
    for one in features:
        geometry = one["geometry"]
        if geometry["type"] == "Point":
            lon, lat = geometry["coordinates"]
            _words(_add(root, "wpt", lat=f"{lat:.6f}", lon=f"{lon:.6f}"), one["properties"])
            continue
        at = geometry["coordinates"]
        track = _add(root, "trk")
        _words(track, one["properties"])
        for piece in [at] if geometry["type"] == "LineString" else at:
            segment = _add(track, "trkseg")
            for lon, lat in piece:
                _add(segment, "trkpt", lat=f"{lat:.5f}", lon=f"{lon:.5f}")
    return written(root)
