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


def _add(parent: Any, name: str, text: str = "", **attributes: str) -> Any:
    made = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
    if text:
        # XML cannot hold control characters, wherever a text came from.
        made.text = clean_text(text, _LONGEST, lines=True)
    return made


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
    root = etree.Element(
        f"{{{NAMESPACE}}}gpx",
        {
            "version": "1.1",
            "creator": "Stadtkern",
            f"{{{_SCHEMA}}}schemaLocation": f"{NAMESPACE} {NAMESPACE}/gpx.xsd",
        },
        nsmap={None: NAMESPACE, "xsi": _SCHEMA},
    )
    metadata = _add(root, "metadata")
    _add(metadata, "name", title)
    if description:
        _add(metadata, "desc", description)
    if licence or attribution:
        holder = _add(metadata, "copyright", author=clean_text(attribution, _LONGEST))
        if licence:
            _add(holder, "license", licence)
    _add(metadata, "link", href=address)
    for stop in stops:
        place = _add(root, "wpt", lat=f"{stop['lat']:.6f}", lon=f"{stop['lon']:.6f}")
        if stop.get("elevation_m") is not None:
            _add(place, "ele", f"{stop['elevation_m']:.1f}")
        _add(place, "name", stop["title"])
        if stop.get("text"):
            _add(place, "desc", stop["text"])
    track = _add(root, "trk")
    _add(track, "name", title)
    for points, heights in zip(line.segments, line.elevations, strict=True):
        piece = _add(track, "trkseg")
        for (lat, lon), height in zip(points, heights, strict=True):
            point = _add(piece, "trkpt", lat=f"{lat:.5f}", lon=f"{lon:.5f}")
            if height is not None:
                _add(point, "ele", f"{height:.1f}")
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return data
