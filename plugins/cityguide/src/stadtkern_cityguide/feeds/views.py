"""Addresses of whole collections: ``/guide/places.gpx``, ``/guide/events.ics`` and the like.

The same filters as the list's stand in the link. More than ``MAX_FEATURES`` are read page by page
from ``/ogc``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.site import absolute, calendar_of, lasting_id
from stadtkern_cityguide.feeds import georss, jsonld, narrowing, waypoints
from stadtkern_cityguide.filters import PARAMETERS, Filter, filter_of
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.ogc import queries, shelves
from stadtkern_cityguide.ogc.answers import GEOJSON, answer
from stadtkern_cityguide.ogc.collections import COLLECTIONS
from stadtkern_cityguide.ogc.features import features
from stadtkern_cityguide.ogc.queries import Wanted
from stadtkern_cityguide.opening import clock

MAX_FEATURES = 5_000
RATE = "30/minute"
"""Whole collections that one connection has made for it alone, since no cache keeps them."""
JSONLD = "application/ld+json"
_FORMATS = {
    "places": ("geojson", "gpx", "georss"),
    "tours": ("geojson", "gpx", "georss"),
    "areas": ("geojson", "georss"),
    "events": ("geojson", "georss", "ics"),
}


def _rows(request: Request, name: str, wanted: Filter | None) -> Any:
    more: dict[str, Any] = {}
    if name == "events":
        # What is over is nobody's plan any more.
        zone = ZoneInfo(request.tenant.timezone)
        today = clock(request).date()
        since = datetime.combine(today, time(), tzinfo=zone)
        more = {"span": (since, None), "days": (today, None)}
    elif wanted is not None:
        more = {"more": narrowing.conditions(name, wanted)}
    asked = Wanted(
        name, request.locale_name, request.tenant.default_locale, limit=MAX_FEATURES, **more
    )
    if name == "places":
        return queries.places_by_id(request.db, shelves.places(request, asked)[0])
    return queries.features(request.db, asked)


def _all(request: Request, name: str, wanted: Filter | None = None) -> list[dict[str, Any]]:
    return features(request, name, _rows(request, name, wanted))


def _title(request: Request, name: str) -> str:
    return f"{request.tenant.name}: {request.translate(COLLECTIONS[name].title)}"


def _geojson(request: Request, name: str, wanted: Filter) -> Response:
    found = _all(request, name, wanted)
    return answer({"type": "FeatureCollection", "features": found}, GEOJSON)


def _gpx(request: Request, name: str, wanted: Filter) -> Response:
    data = waypoints.document(
        _title(request, name), absolute(request, "/guide"), _all(request, name, wanted)
    )
    return Response(data, content_type="application/gpx+xml", charset="utf-8")


def _georss(request: Request, name: str, wanted: Filter) -> Response:
    about = georss.About(
        id=f"{lasting_id(request, 0).urn}:{name}",
        title=_title(request, name),
        own=absolute(request, f"/guide/{name}.georss"),
        page=absolute(request, "/guide"),
        town=request.settings_of("site").get("organisation") or request.tenant.name,
        language=request.language.written,
    )
    data = georss.document(about, _all(request, name, wanted))
    return Response(data, content_type="application/atom+xml", charset="utf-8")


def _ics(request: Request, name: str, _wanted: Filter) -> Response:
    return calendar_of(request, _title(request, name), list(_rows(request, name, None)))


_MAKERS: dict[str, Callable[[Request, str, Filter], Response]] = {
    "geojson": _geojson,
    "gpx": _gpx,
    "georss": _georss,
    "ics": _ics,
}


def _view(name: str, kind: str) -> Callable[[Request], Response]:
    make = _MAKERS[kind]

    def feed(request: Request) -> Response:
        wanted = filter_of(request)
        if request.page_cache_options is None:
            request.limit("guide feed", RATE, str(request.tenant.id), request.network)
        return make(request, name, wanted)

    return feed


def whole(request: Request) -> Response:
    """Return the guide as JSON-LD: the town, its places, tours and events."""
    data = jsonld.document(
        request,
        places=_all(request, "places"),
        tours=_all(request, "tours"),
        stops=_all(request, "stops"),
        events=_all(request, "events"),
    )
    return answer(data, JSONLD)


def links(request: Request, wanted: Filter) -> list[tuple[str, str, str]]:
    """Return name, address and media type of what a page of the list can be had as."""
    query = wanted.query(near=None)
    lang = "" if request.locale_name == request.tenant.default_locale else request.locale_name
    tail = "&".join(part for part in (f"lang={lang}" if lang else "", query) if part)

    def address(path: str) -> str:
        return f"/guide/{path}{'?' if tail else ''}{tail}"

    return [
        (request.translate(_("Places as GPX")), address("places.gpx"), "application/gpx+xml"),
        (request.translate(_("Places as GeoJSON")), address("places.geojson"), GEOJSON),
        (
            request.translate(_("Places as a feed (GeoRSS)")),
            address("places.georss"),
            "application/atom+xml",
        ),
        (request.translate(_("Tours as GPX")), address("tours.gpx"), "application/gpx+xml"),
        (request.translate(_("Events as a calendar")), "/guide/events.ics", "text/calendar"),
    ]


def includeme(config: Configurator) -> None:
    """Register the addresses; all of them show what is public anyway."""
    for name, kinds in _FORMATS.items():
        for kind in kinds:
            route = f"cityguide.{name}.{kind}"
            config.add_route(route, f"/guide/{name}.{kind}")
            config.add_view(
                _view(name, kind),
                route_name=route,
                request_method="GET",
                page_cache={"params": () if name == "events" else PARAMETERS},
            )
    config.add_route("cityguide.jsonld", "/guide/guide.jsonld")
    config.add_view(whole, route_name="cityguide.jsonld", request_method="GET", page_cache=True)
