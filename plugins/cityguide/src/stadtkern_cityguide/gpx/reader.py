"""The parser's target: hears elements, keeps what a tour needs, refuses the rest."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from stadtkern_cityguide.gpx import errors
from stadtkern_cityguide.gpx.model import (
    HIGHEST_M,
    LOWEST_M,
    MAX_DEPTH,
    MAX_NAME,
    MAX_TEXT,
    TrackPoint,
    Waypoint,
)
from stadtkern_cityguide.gpx.texts import clean_text, drop_mail_addresses

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,20}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?")
_LONGEST_NAME = 16
_POINT_PATHS = frozenset({"wpt", "trk/trkseg/trkpt", "rte/rtept"})
_TEXT_PATHS = {
    # GPX 1.1
    "metadata/name": MAX_NAME,
    "metadata/desc": MAX_TEXT,
    "metadata/author/name": MAX_NAME,
    "metadata/copyright/license": MAX_NAME,
    "metadata/keywords": MAX_NAME,
    # GPX 1.0
    "name": MAX_NAME,
    "desc": MAX_TEXT,
    "author": MAX_NAME,
    "url": MAX_NAME,
    "keywords": MAX_NAME,
    # both
    "trk/name": MAX_NAME,
    "trk/desc": MAX_TEXT,
    "rte/name": MAX_NAME,
    "rte/desc": MAX_TEXT,
}


@dataclass(slots=True)
class _Place:
    """A point while it is being read."""

    lat: float
    lon: float
    ele: float | None = None
    name: str = ""
    description: str = ""


@dataclass(slots=True)
class Reader:
    """The parser's target: hears elements, keeps what the paths below name, refuses the rest.

    It never builds a tree, so memory stays in proportion to what is kept.
    """

    max_points: int
    max_waypoints: int
    texts: dict[str, str] = field(default_factory=dict)
    tracks: list[list[TrackPoint]] = field(default_factory=list)
    routes: list[list[TrackPoint]] = field(default_factory=list)
    waypoints: list[Waypoint] = field(default_factory=list)
    track_count: int = 0
    shortened: bool = False
    mail_removed: bool = False
    refusal: errors.GpxError | None = None
    _path: list[str] = field(default_factory=list)
    _namespace: str = ""
    _point_count: int = 0
    _place: _Place | None = None
    _letters: list[str] = field(default_factory=list)
    _letter_count: int = 0

    def doctype(self, name: str, *_identifiers: str | None) -> None:
        """Refuse every document type: GPX has none, and entities are how XML files attack."""
        if name.lower() == "html":
            self._refuse(errors.web_page())
        self._refuse(errors.doctype())

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Enter an element."""
        namespace, _brace, name = tag[1:].rpartition("}") if tag[0] == "{" else ("", "", tag)
        if not self._path:
            self._enter_root(name, namespace)
        elif namespace != self._namespace or len(name) > _LONGEST_NAME:
            # Extensions may repeat our names, so their elements must not look like ours; and a
            # name of megabytes must not be joined into the path of each of its children.
            name = "*"
        if len(self._path) >= MAX_DEPTH:
            self._refuse(errors.too_deep())
        self._path.append(name)
        self._letters.clear()
        self._letter_count = 0
        path = "/".join(self._path[1:])
        if path in _POINT_PATHS:
            self._enter_point(path, attributes)
        elif path == "trk":
            self.track_count += 1
        elif path in {"trk/trkseg", "rte"}:
            pieces = self.routes if path == "rte" else self.tracks
            # A file full of empty pieces must not fill the memory with empty lists.
            if not pieces or pieces[-1]:
                pieces.append([])
        elif path == "metadata/copyright":
            self._keep("copyright/author", attributes.get("author", ""), MAX_NAME)
        elif path in {"metadata/author/link", "metadata/link"}:
            self._keep(path + "@href", attributes.get("href", ""), MAX_NAME)

    def data(self, text: str) -> None:
        """Collect an element's text; what lies far beyond every limit is not even stored."""
        if self._letter_count <= 2 * MAX_TEXT:
            self._letters.append(text[: 2 * MAX_TEXT])
            self._letter_count += len(text)

    def end(self, _tag: str) -> None:
        """Leave an element and keep its text where it is one of ours."""
        path = "/".join(self._path[1:])
        self._path.pop()
        text = "".join(self._letters)
        self._letters.clear()
        self._letter_count = 0
        parent, _slash, name = path.rpartition("/")
        if path in _POINT_PATHS:
            self._leave_point(path)
        elif parent in _POINT_PATHS and self._place is not None:
            self._fill_point(self._place, name, text, named=parent == "wpt")
        elif path in _TEXT_PATHS:
            self._keep(path, text, _TEXT_PATHS[path])

    def comment(self, _text: str) -> None:
        """Ignore comments."""

    def pi(self, _target: str, _data: str | None = None) -> None:
        """Ignore processing instructions."""

    def close(self) -> None:
        """Do nothing: the reader itself is the result."""

    def _refuse(self, error: errors.GpxError) -> None:
        """Stop the parser and remember why, since it reports its own stop otherwise."""
        self.refusal = self.refusal or error
        raise self.refusal

    def _enter_root(self, name: str, namespace: str) -> None:
        """Accept ``gpx`` in whatever namespace; say what else it is."""
        self._namespace = namespace
        if name == "gpx":
            return
        if name.lower() == "html":
            self._refuse(errors.web_page())
        if name == "kml":
            self._refuse(errors.kml())
        self._refuse(errors.not_gpx(name))

    def _enter_point(self, path: str, attributes: dict[str, str]) -> None:
        """Check a point's number and coordinates."""
        if path == "wpt":
            number, limit = len(self.waypoints) + 1, self.max_waypoints
        else:
            self._point_count += 1
            number, limit = self._point_count, self.max_points
        if number > limit:
            self._refuse(errors.too_many(limit, places=path == "wpt"))
        lat = _coordinate(attributes.get("lat"), 90)
        lon = _coordinate(attributes.get("lon"), 180)
        if lat is None or lon is None:
            written = f"{attributes.get('lat', '–')[:40]}; {attributes.get('lon', '–')[:40]}"
            self._refuse(errors.bad_coordinate(number, written, places=path == "wpt"))
        else:
            self._place = _Place(lat, lon)

    def _fill_point(self, place: _Place, name: str, text: str, *, named: bool) -> None:
        """Take over a point's elevation, and the texts of a waypoint."""
        if name == "ele":
            place.ele = _number(text)
            if place.ele is None or not LOWEST_M <= place.ele <= HIGHEST_M:
                place.ele = None
        elif named and name == "name":
            place.name = self._clean(text, MAX_NAME)
        elif named and (name == "desc" or (name == "cmt" and not place.description)):
            place.description = self._clean(text, MAX_TEXT, lines=True)

    def _leave_point(self, path: str) -> None:
        """File the finished point where it belongs."""
        place, self._place = self._place, None
        if place is None:
            return
        if path == "wpt":
            self.waypoints.append(Waypoint(place.lat, place.lon, place.name, place.description))
            return
        line = self.tracks if path.startswith("trk") else self.routes
        line[-1].append(TrackPoint(place.lat, place.lon, place.ele))

    def _keep(self, key: str, text: str, limit: int) -> None:
        """Keep the first text that says something under this key."""
        if not self.texts.get(key):
            self.texts[key] = self._clean(text, limit, lines=limit == MAX_TEXT)

    def _clean(self, text: str, limit: int, *, lines: bool = False) -> str:
        """Clean a text, and note for the editor what had to go."""
        without = drop_mail_addresses(text[: 4 * limit])
        self.mail_removed |= without != text[: 4 * limit]
        clean = clean_text(without, limit, lines=lines)
        self.shortened |= clean.endswith("…") and not text.rstrip().endswith("…")
        return clean


def _number(text: str | None) -> float | None:
    """Read a decimal number; ``None`` for words, NaN, infinity, and Python's own spellings."""
    written = (text or "").strip()
    if not _NUMBER.fullmatch(written):
        return None
    value = float(written)
    return value if math.isfinite(value) else None


def _coordinate(text: str | None, limit: int) -> float | None:
    """Read degrees between ``-limit`` and ``limit``."""
    value = _number(text)
    return value if value is not None and -limit <= value <= limit else None
