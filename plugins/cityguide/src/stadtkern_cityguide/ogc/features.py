"""Features as GeoJSON (RFC 7946) from what is stored. No property is null or missing.

Programs such as GDAL learn the fields from the first features they see, and forget what is null
there: what is unknown is an empty text, an empty list, 0 or false.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.request import Request

from stadtkern.site import absolute
from stadtkern.tenants import origin
from stadtkern_cityguide import areas, geojson
from stadtkern_cityguide.access import a11y
from stadtkern_cityguide.categories import categories
from stadtkern_cityguide.figures import decode_line, duration_min
from stadtkern_cityguide.licences import licence_of
from stadtkern_cityguide.ogc import queries

Feature = dict[str, Any]
BLOCK = "guide_event"


@dataclass(frozen=True)
class Surroundings:
    """What features need beside their own rows. ``licence``: counts where an event has none."""

    origin: str
    zone: ZoneInfo
    slugs: Mapping[int, str]
    venues: Mapping[int, Any]
    tours: Mapping[int, Any]
    radius: int
    licence: str
    town: str


def features(request: Request, name: str, rows: Sequence[Any]) -> list[Feature]:
    """Return rows of a collection as features; at most two queries more, whatever their number."""
    if not rows:
        return []
    types = request.content.types
    bodies = rows
    tours: Mapping[int, Any] = {}
    if name == "stops":
        tours = queries.tours_by_id(request.db, {row.node_id for row in rows})
        bodies = list(tours.values())
    kind = types["event" if name == "events" else "place" if name in _PLACES else "tour"]
    fields = {
        row.id: kind.fields(row.body_version, (row.body or {}).get("fields", {})) for row in bodies
    }
    named: set[int] = set()
    if name == "events":
        named = {place for row in rows if (place := _details(row).get("place"))}
    elif name == "stops":
        named = {
            place
            for row in rows
            if (place := _stop(fields[row.node_id], row.position).get("place"))
        }
    # Places need none of them, and are many.
    settings = {} if name in _PLACES else request.settings_of("cityguide")
    around = Surroundings(
        origin=origin(request),
        zone=ZoneInfo(request.tenant.timezone),
        slugs={number: one.slug for one in categories(request) for number in one.own}
        if name in _PLACES and any(one.get("categories") for one in fields.values())
        else {},
        venues=queries.venues(request.db, named),
        tours=tours,
        radius=int(settings.get("trigger_radius_m") or 40),
        licence=str(settings.get("licence") or ""),
        town=(request.settings_of("site").get("organisation") if name == "events" else None)
        or request.tenant.name,
    )
    make = _MAKERS[name]
    return [
        make(request, row, fields[row.node_id if name == "stops" else row.id], around)
        for row in rows
    ]


def moment(value: datetime) -> str:
    """Return a point in time in UTC (RFC 3339), to the second."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rights(licence: str, attribution: str, source: str) -> dict[str, str]:
    known = licence_of(licence)
    return {
        "licence": licence,
        "licence_url": (known[1] or "") if known else "",
        "attribution": attribution,
        "source": source,
    }


def _common(request: Request, row: Any) -> dict[str, Any]:
    return {
        "title": row.title,
        "summary": row.summary or "",
        "url": absolute(request, row.path),
        "language": row.language,
        "updated": moment(row.updated_at),
    }


_PLACES = {"places", "areas"}
_PLACE_TEXTS = (
    *("street", "postal_code", "city", "opening_hours", "hours_note", "closed_until", "fee"),
    *("phone", "website", "step_free", "access_note", "valid_from", "valid_to", "source_id"),
)


def _place(request: Request, row: Any, fields: Mapping[str, Any], around: Surroundings) -> Feature:
    filed = [
        around.slugs[one["category"]]
        for one in fields.get("categories") or ()
        if one.get("category") in around.slugs
    ]
    return {
        "type": "Feature",
        "id": row.id,
        "geometry": {
            "type": "Point",
            "coordinates": [round(row.lon, 6), round(row.lat, 6)],
        },
        "properties": _common(request, row)
        | {name: str(fields.get(name) or "") for name in _PLACE_TEXTS}
        | {
            "kind": str(fields.get("kind") or "poi"),
            "category": filed[0] if filed else "",
            "categories": filed,
            "spoken_languages": sorted(fields.get("spoken_languages") or ()),
            "accessibility": a11y(fields),
        }
        | _rights(
            str(fields.get("licence") or ""),
            str(fields.get("attribution") or ""),
            str(fields.get("source") or ""),
        ),
    }


def _area(request: Request, row: Any, fields: Mapping[str, Any], around: Surroundings) -> Feature:
    feature = _place(request, row, fields, around)
    feature["geometry"] = areas.stored(str(fields.get("area") or "")) or feature["geometry"]
    return feature


def _tour(request: Request, row: Any, fields: Mapping[str, Any], around: Surroundings) -> Feature:
    minutes = duration_min(row.mode, row.length_m, row.ascent_m, row.descent_m)
    line = geojson.way(decode_line(row.line, row.elevations))
    return {
        "type": "Feature",
        "id": row.id,
        "geometry": line["geometry"],
        "properties": _common(request, row)
        | {
            "mode": row.mode,
            "length_m": round(row.length_m, 1),
            "elevation_known": row.ascent_m is not None,
            "ascent_m": round(row.ascent_m or 0.0, 1),
            "descent_m": round(row.descent_m or 0.0, 1),
            "duration_min": minutes or 0,
            "stops": len(fields.get("stops") or ()),
            "gpx": f"{around.origin}/guide/tour/{row.id}.gpx",
        }
        | _rights(
            str(fields.get("licence") or ""),
            str(fields.get("attribution") or ""),
            str(fields.get("link") or ""),
        ),
    }


def _stop(fields: Mapping[str, Any], position: int) -> Mapping[str, Any]:
    """Return a stop's row of its tour; empty where tour and index are at odds for a moment."""
    stops = fields.get("stops") or ()
    found: Mapping[str, Any] = stops[position - 1] if position <= len(stops) else {}
    return found


def _stops(request: Request, row: Any, fields: Mapping[str, Any], around: Surroundings) -> Feature:
    tour = around.tours[row.node_id]
    stop = _stop(fields, row.position)
    venue = around.venues.get(stop.get("place") or 0)
    return {
        "type": "Feature",
        "id": row.node_id * queries.STOPS + row.position,
        "geometry": {
            "type": "Point",
            "coordinates": [round(row.lon, 6), round(row.lat, 6)],
        },
        "properties": {
            "title": str(stop.get("title") or ""),
            "text": str(stop.get("text") or ""),
            "url": f"{absolute(request, tour.path)}#stop-{row.position}",
            "language": tour.language,
            "updated": moment(tour.updated_at),
            "tour": tour.id,
            "tour_title": tour.title,
            "position": row.position,
            "place_title": venue.title if venue else "",
            "place_url": absolute(request, venue.path) if venue else "",
            "trigger_radius_m": int(stop.get("trigger_radius_m") or around.radius),
        }
        | _rights(
            str(fields.get("licence") or ""),
            str(fields.get("attribution") or ""),
            str(fields.get("link") or ""),
        ),
    }


def _details(row: Any) -> Mapping[str, Any]:
    """Return what an event's block of the guide says; empty where it has none."""
    blocks = (row.body or {}).get("blocks") or ()
    found: Mapping[str, Any] = next(
        (one.get("data") or {} for one in blocks if one.get("type") == BLOCK), {}
    )
    return found


def _event(request: Request, row: Any, fields: Mapping[str, Any], around: Surroundings) -> Feature:
    details = _details(row)
    venue = around.venues.get(details.get("place") or 0)
    ends = row.until_at or row.sort_at
    url = absolute(request, row.path)
    return {
        "type": "Feature",
        "id": row.id,
        "geometry": None
        if venue is None
        else {"type": "Point", "coordinates": [round(venue.lon, 6), round(venue.lat, 6)]},
        "properties": _common(request, row)
        | {
            "starts": row.sort_at.astimezone(around.zone).isoformat(timespec="seconds"),
            "ends": ends.astimezone(around.zone).isoformat(timespec="seconds"),
            "venue": str(fields.get("place") or (venue.title if venue else "")),
            "place": venue.id if venue else 0,
            "place_url": absolute(request, venue.path) if venue else "",
            "fee": str(details.get("fee") or ""),
            "organiser": str(details.get("organiser") or ""),
            "link": str(details.get("link") or ""),
            "ical": f"{url}/event.ics",
        }
        | _rights(
            str(details.get("licence") or around.licence),
            str(details.get("attribution") or around.town),
            str(details.get("link") or ""),
        ),
    }


_MAKERS: Mapping[str, Callable[[Request, Any, Mapping[str, Any], Surroundings], Feature]] = {
    "places": _place,
    "areas": _area,
    "tours": _tour,
    "stops": _stops,
    "events": _event,
}
