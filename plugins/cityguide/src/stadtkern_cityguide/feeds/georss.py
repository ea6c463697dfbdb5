"""Features as Atom (RFC 4287) with GeoRSS Simple (OGC 17-002r1): latitude first there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from stadtkern.site import printable

ATOM = "http://www.w3.org/2005/Atom"
GEORSS = "http://www.georss.org/georss"
EPOCH = "1970-01-01T00:00:00Z"
Feature = Mapping[str, Any]


@dataclass(frozen=True)
class About:
    """What a feed is about. ``id``: lasting; ``own``, ``page``: absolute addresses."""

    id: str
    title: str
    own: str
    page: str
    town: str
    language: str


def _add(parent: ET.Element, name: str, text: str = "", space: str = ATOM, **more: str) -> None:
    made = ET.SubElement(parent, f"{{{space}}}{name}", more)
    if text:
        made.text = printable(text)


def _pairs(positions: Iterable[list[float]]) -> str:
    return " ".join(f"{lat} {lon}" for lon, lat in positions)


def _geometry(entry: ET.Element, geometry: Mapping[str, Any] | None) -> None:
    """Add a geometry; GeoRSS has single ones only, so that the largest piece stands for all."""
    if geometry is None:
        return
    kind, at = geometry["type"], geometry["coordinates"]
    if kind == "Point":
        _add(entry, "point", f"{at[1]} {at[0]}", GEORSS)
    elif kind in {"LineString", "MultiLineString"}:
        pieces: list[list[list[float]]] = [at] if kind == "LineString" else at
        longest: list[list[float]] = max(pieces, key=len)
        _add(entry, "line", _pairs(longest), GEORSS)
    elif kind in {"Polygon", "MultiPolygon"}:
        rings = at if kind == "Polygon" else max(at, key=lambda polygon: len(polygon[0]))
        _add(entry, "polygon", _pairs(rings[0]), GEORSS)


def document(about: About, features: Iterable[Feature]) -> bytes:
    """Return a feed as XML; each entry names its licence and whose work it is."""
    ET.register_namespace("", ATOM)
    ET.register_namespace("georss", GEORSS)
    root = ET.Element(
        f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": about.language}
    )
    made = list(features)
    _add(root, "id", about.id)
    _add(root, "title", about.title)
    _add(root, "updated", max((one["properties"]["updated"] for one in made), default=EPOCH))
    _add(root, "link", rel="self", type="application/atom+xml", href=about.own)
    _add(root, "link", rel="alternate", type="text/html", href=about.page)
    author = ET.SubElement(root, f"{{{ATOM}}}author")
    _add(author, "name", about.town)
    for one in made:
        said = one["properties"]
        entry = ET.SubElement(root, f"{{{ATOM}}}entry")
        _add(entry, "id", said["url"])
        _add(entry, "title", said["title"])
        _add(entry, "updated", said["updated"])
        _add(entry, "link", rel="alternate", type="text/html", href=said["url"])
        if said["licence_url"]:
            _add(entry, "link", rel="license", href=said["licence_url"])
        if said.get("summary"):
            _add(entry, "summary", said["summary"])
        if said["attribution"]:
            whose = ET.SubElement(entry, f"{{{ATOM}}}author")
            _add(whose, "name", said["attribution"])
        rights = ", ".join(part for part in (said["attribution"], said["licence"]) if part)
        if rights:
            _add(entry, "rights", rights)
        _geometry(entry, one["geometry"])
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="utf-8")
