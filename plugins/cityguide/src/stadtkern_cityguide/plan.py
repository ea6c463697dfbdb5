"""From a file's bytes to what a tour would be: the dry run. Nothing here touches the database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any

from stadtkern_cityguide.figures import Line, OnLine, duration_min, fingerprint_of, on_line
from stadtkern_cityguide.geometry import (
    BoundingBox,
    Climb,
    bounding_box,
    haversine_m,
)
from stadtkern_cityguide.gpx import GpxRoute, parse_gpx
from stadtkern_cityguide.gpx.errors import too_many
from stadtkern_cityguide.gpx.texts import clean_text, drop_mail_addresses
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.schemas import MAX_STOPS

FAR_M = 500.0
"""A waypoint farther from the line than this (metres) is taken, and pointed out."""

_SAME_PLACE_M = 50.0
_START = {"de": "Start", "en": "Start"}
_END = {"de": "Ziel", "en": "End"}
_ROUND = {"de": "Start und Ziel", "en": "Start and end"}
_STOP = {"de": "Station {number}", "en": "Stop {number}"}


@dataclass(frozen=True)
class Stop:
    """A stop: degrees, metres from the start, elevation in metres if known."""

    title: str
    text: str
    lat: float
    lon: float
    along_m: float
    elevation_m: float | None


@dataclass(frozen=True)
class Plan:
    """A tour that could be made from a file. ``notices``: translation strings for the editor."""

    title: str
    summary: str
    description: str
    mode: str
    licence: str
    attribution: str
    link: str
    line: Line
    length_m: float
    climb: Climb | None
    bounds: BoundingBox
    stops: tuple[Stop, ...]
    source_name: str
    sha256: str
    notices: tuple[Any, ...] = ()

    @property
    def duration_min(self) -> int | None:
        """Return the walking time in minutes."""
        return duration_min(
            self.mode,
            self.length_m,
            self.climb.ascent_m if self.climb else None,
            self.climb.descent_m if self.climb else None,
        )

    def changed(self, values: Mapping[str, Any]) -> Plan:
        """Return the plan with what an editor has typed (``title``, ``licence`` …)."""
        known = {name: value for name, value in values.items() if name in self.__annotations__}
        return replace(self, **known)

    def fields(self) -> dict[str, Any]:
        """Return what stands in the tour's form; its line stands beside it."""
        return {
            "mode": self.mode,
            "stops": [
                {"title": stop.title, "text": stop.text, "lat": stop.lat, "lon": stop.lon}
                for stop in self.stops
            ],
            "licence": self.licence,
            "attribution": self.attribution,
            "link": self.link,
            "line": fingerprint_of(self.line),
        }


def plan_tour(data: bytes, file_name: str, *, language: str = "en", licence: str = "") -> Plan:
    """Return what a tour from a GPX file would be; raise ``GpxError`` for a file we refuse.

    ``file_name`` names the tour where the file does not. Otherwise as ``plan_route``.
    """
    return plan_route(
        parse_gpx(data, max_waypoints=MAX_STOPS),
        file_name,
        hashlib.sha256(data).hexdigest(),
        language=language,
        licence=licence,
    )


def plan_route(
    route: GpxRoute,
    file_name: str,
    sha256: str,
    *,
    language: str = "en",
    licence: str = "",
    attribution: str = "",
) -> Plan:
    """Return what a tour from this route would be; ``GpxError`` for more stops than it may have.

    Args:
        route: the line with its waypoints.
        file_name: names the tour where the route does not; folders and mail addresses go.
        sha256: of what it was read from.
        language: of the words that we add (“Start”, “End”).
        licence: counts where the route names none; ``attribution`` as well.

    """
    if len(route.waypoints) > MAX_STOPS:
        raise too_many(MAX_STOPS, places=True)
    line = Line(
        tuple(tuple((point.lat, point.lon) for point in piece) for piece in route.segments),
        tuple(tuple(point.ele for point in piece) for piece in route.segments),
    )
    name = safe_name(file_name)
    stops, notices = _stops(route, line, language)
    if not route.licence and not licence:
        notices.append(_("The file names no licence. Please ask who made the route."))
    description = route.description
    return Plan(
        title=route.name or PurePath(name).stem or "GPX",
        summary="",
        description=description,
        mode="foot",
        licence=route.licence or licence,
        attribution=route.attribution or attribution,
        link=route.link,
        line=line,
        length_m=line.length_m,
        climb=line.climb,
        bounds=bounding_box(line.points),
        stops=tuple(stops),
        source_name=name,
        sha256=sha256,
        notices=(*route.notices, *notices),
    )


def safe_name(file_name: str) -> str:
    """Return a file's name without folders, control characters and mail addresses."""
    base = PurePath(file_name.replace("\\", "/")).name
    return clean_text(drop_mail_addresses(base), 120) or "route.gpx"


def _stops(route: GpxRoute, line: Line, language: str) -> tuple[list[Stop], list[Any]]:
    """Return the waypoints in the order of the way, else start and end; and what to point out."""
    if not route.waypoints:
        return _ends(line, language), [
            _("The file has no waypoints, so start and end become the stops.")
        ]
    met = on_line(line, [(place.lat, place.lon) for place in route.waypoints])
    pairs = sorted(zip(route.waypoints, met, strict=True), key=lambda pair: pair[1].along_m)
    stops = []
    for number, (place, where) in enumerate(pairs, start=1):
        title = place.name or _words(_STOP, language).format(number=number)
        stops.append(
            Stop(title, place.description, place.lat, place.lon, where.along_m, where.elevation_m)
        )
    far = sum(where.offset_m > FAR_M for where in met)
    notices = (
        [
            _(
                "Waypoints that lie more than ${metres} m off the line: ${count}. They are taken "
                "as stops; please check them.",
                mapping={"metres": round(FAR_M), "count": far},
            )
        ]
        if far
        else []
    )
    return stops, notices


def _ends(line: Line, language: str) -> list[Stop]:
    first, last = line.segments[0][0], line.segments[-1][-1]
    if haversine_m(first, last) <= _SAME_PLACE_M:
        where = on_line(line, [first])[0]
        return [Stop(_words(_ROUND, language), "", *first, 0.0, where.elevation_m)]
    start, end = on_line(line, [first, last])
    end = OnLine(line.length_m, end.offset_m, line.elevations[-1][-1])
    return [
        Stop(_words(_START, language), "", *first, 0.0, start.elevation_m),
        Stop(_words(_END, language), "", *last, end.along_m, end.elevation_m),
    ]


def _words(words: Mapping[str, str], language: str) -> str:
    return words.get(language, words["en"])
