"""Write a tour as GPX 1.1, for devices and for other towns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lxml import etree

from stadtkern_cityguide.figures import Line
from stadtkern_cityguide.gpx.texts import clean_text

NAMESPACE = "http://www.topografix.com/GPX/1/1"
_SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
_LONGEST = 20_000


def add(
    parent: Any, name: str, text: str = "", *, longest: int = _LONGEST, **attributes: str
) -> Any:
    """Add an element with cleaned text of at most ``longest`` characters; return it."""
    made = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
    if text:
        # XML cannot hold control characters, wherever a text came from.
        made.text = clean_text(text, longest, lines=True)
    return made


def begun() -> Any:
    """Return the empty root of a GPX 1.1 document."""
    return etree.Element(
        f"{{{NAMESPACE}}}gpx",
        {
            "version": "1.1",
            "creator": "Stadtkern",
            f"{{{_SCHEMA}}}schemaLocation": f"{NAMESPACE} {NAMESPACE}/gpx.xsd",
        },
        nsmap={None: NAMESPACE, "xsi": _SCHEMA},
    )


def written(root: Any) -> bytes:
    """Return a document as bytes (UTF-8)."""
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return data


def write_gpx(
    *,
    title: str,
    description: str,
    licence: str,
    attribution: str,
    address: str,
    line: Line,
    stops: Iterable[Mapping[str, Any]],
) -> bytes:
    """Return a GPX 1.1 document (UTF-8).

    Args:
        address: of the tour's page, absolute.
        stops: mappings with ``title``, ``text``, ``lat``, ``lon`` and ``elevation_m`` (or None).

    """
    root = begun()
    metadata = add(root, "metadata")
    add(metadata, "name", title)
    if description:
        add(metadata, "desc", description)
    if licence or attribution:
        holder = add(metadata, "copyright", author=clean_text(attribution, _LONGEST))
        if licence:
            add(holder, "license", licence)
    add(metadata, "link", href=address)
    for stop in stops:
        place = add(root, "wpt", lat=f"{stop['lat']:.6f}", lon=f"{stop['lon']:.6f}")
        if stop.get("elevation_m") is not None:
            add(place, "ele", f"{stop['elevation_m']:.1f}")
        add(place, "name", stop["title"])
        if stop.get("text"):
            add(place, "desc", stop["text"])
    track = add(root, "trk")
    add(track, "name", title)
    for points, heights in zip(line.segments, line.elevations, strict=True):
        piece = add(track, "trkseg")
        for (lat, lon), height in zip(points, heights, strict=True):
            point = add(piece, "trkpt", lat=f"{lat:.5f}", lon=f"{lon:.5f}")
            if height is not None:
                add(point, "ele", f"{height:.1f}")
    return written(root)
