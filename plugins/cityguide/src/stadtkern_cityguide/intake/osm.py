"""OpenStreetMap XML: nodes and ways with a name as places."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from lxml import etree

from stadtkern_cityguide.gpx.parsing import feed
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.intake.loose import add_place
from stadtkern_cityguide.intake.model import Defaults, IntakeError, Reading

OSM_LICENCE = "ODbL-1.0"
OSM_AUTHOR = "OpenStreetMap"
MAX_NODES = 500_000
MAX_TAGS = 100
_WANTED = ("amenity", "tourism", "historic", "leisure", "shop", "natural", "man_made")


@dataclass
class _Thing:
    kind: str
    id: str
    lat: str = ""
    lon: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    nodes: list[str] = field(default_factory=list)


class _Target:
    """Collects in one pass; document types are refused, depth does not matter to OSM."""

    def __init__(self) -> None:
        self.positions: dict[str, tuple[str, str]] = {}
        self.found: list[_Thing] = []
        self.refusal: IntakeError | None = None
        self._thing: _Thing | None = None

    def doctype(self, *_names: str | None) -> None:
        self.refusal = IntakeError(
            _("The file contains a DOCTYPE, which is refused for safety. Please export it again.")
        )
        raise self.refusal

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        thing = self._thing
        if tag in {"node", "way"}:
            self._thing = _Thing(
                tag, attributes.get("id", ""), attributes.get("lat", ""), attributes.get("lon", "")
            )
            if tag == "node":
                if len(self.positions) >= MAX_NODES:
                    self.refusal = IntakeError(
                        _("The file has too many points. Please cut out a smaller area.")
                    )
                    raise self.refusal
                self.positions[self._thing.id] = (self._thing.lat, self._thing.lon)
        elif thing is not None and tag == "tag" and len(thing.tags) < MAX_TAGS:
            thing.tags[attributes.get("k", "")[:100]] = attributes.get("v", "")[:2000]
        elif thing is not None and tag == "nd" and len(thing.nodes) < MAX_NODES:
            thing.nodes.append(attributes.get("ref", ""))

    def end(self, tag: str) -> None:
        thing = self._thing
        if tag in {"node", "way"} and thing is not None:
            if thing.tags.get("name") and any(name in thing.tags for name in _WANTED):
                self.found.append(thing)
            self._thing = None

    def data(self, _text: str) -> None:
        """Ignore text: OSM has none."""

    def close(self) -> None:
        """Do nothing: the target itself is the result."""


def read(data: bytes, reading: Reading, defaults: Defaults) -> None:
    """Read all that has a name and is something to visit; the rest of the map is passed over."""
    target = _Target()
    try:
        feed(data.lstrip(b" \t\r\n"), target)
    except (etree.LxmlError, IntakeError, LookupError, UnicodeError, ValueError):
        raise target.refusal or IntakeError(
            _("The file begins like OpenStreetMap XML but cannot be read. Please export it again.")
        ) from None
    if target.refusal is not None:
        raise target.refusal
    named = replace(
        defaults,
        licence=OSM_LICENCE,
        attribution=OSM_AUTHOR,
    )
    for thing in target.found:
        add_place(
            reading,
            thing.tags | {"source": OSM_AUTHOR},
            _where(thing, target.positions),
            named,
            number=f"{thing.kind}/{thing.id}",
        )


def _where(thing: _Thing, positions: dict[str, tuple[str, str]]) -> tuple[Any, Any] | None:
    if thing.kind == "node":
        return thing.lat, thing.lon
    found = [positions[node] for node in thing.nodes if node in positions]
    try:
        lats, lons = [float(lat) for lat, _lon in found], [float(lon) for _lat, lon in found]
    except ValueError:
        return found[0]
    return ((min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2) if found else None
