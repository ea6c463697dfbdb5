"""A tour or place as GeoJSON for the map, and a tour as GPX to take along."""

from collections.abc import Callable
from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.content import Resource, resource_for
from stadtkern_cityguide import geojson, queries
from stadtkern_cityguide.gpx.writer import write_gpx
from stadtkern_cityguide.resources import Place, Tour
from stadtkern_cityguide.tracks import line_of
from stadtkern_cityguide.views.guide import answer
from stadtkern_cityguide.views.nodes import neighbours, stops_of


def _node(kind: str) -> Callable[[Request], Resource]:
    """Return a route's root factory that finds a node of this type by its id."""

    def factory(request: Request) -> Resource:
        node = queries.by_id(request.db, int(request.matchdict["id"]), kind)
        if node is None:
            raise HTTPNotFound
        return resource_for(request, node)

    return factory


def tour_geojson(context: Tour, request: Request) -> Response:
    """Return a tour's line and stops."""
    fields = request.content.fields(context.node)
    track = queries.track(request.db, context.node.id)
    line = line_of(track)
    features: list[dict[str, Any]] = []
    if line is not None:
        features.append(geojson.way(line, title=context.title))
    radius = request.settings_of("cityguide").get("trigger_radius_m")
    features += [
        geojson.point(
            stop["lat"],
            stop["lon"],
            kind="stop",
            id=stop["id"],
            number=stop["number"],
            title=stop["title"],
            url=f"{context.path}#{stop['id']}",
            along_m=stop["along_m"],
            elevation_m=stop["elevation_m"],
            trigger_radius_m=radius,
        )
        for stop in stops_of(fields, track)
    ]
    return answer(
        geojson.collection(
            features,
            licence=fields.get("licence") or "",
            attribution=fields.get("attribution") or "",
        )
    )


def tour_gpx(context: Tour, request: Request) -> Response:
    """Return a tour as GPX 1.1."""
    fields = request.content.fields(context.node)
    track = queries.track(request.db, context.node.id)
    line = line_of(track)
    if line is None:
        raise HTTPNotFound
    data = write_gpx(
        title=context.title,
        description=context.node.summary,
        licence=fields.get("licence") or "",
        attribution=fields.get("attribution") or "",
        address=request.host_url + context.path,
        line=line,
        stops=stops_of(fields, track),
    )
    response = Response(data, content_type="application/gpx+xml", charset=None)
    response.headers["Content-Disposition"] = f'attachment; filename="{context.node.slug}.gpx"'
    return response


def place_geojson(context: Place, request: Request) -> Response:
    """Return a place's point, then its neighbours."""
    fields = request.content.fields(context.node)
    features = []
    if fields.get("lat") is not None and fields.get("lon") is not None:
        features.append(
            geojson.point(
                fields["lat"],
                fields["lon"],
                kind="place",
                id=context.node.id,
                title=context.title,
                here=True,
                trigger_radius_m=request.settings_of("cityguide").get("trigger_radius_m"),
            )
        )
    features += [
        geojson.point(
            row.lat,
            row.lon,
            kind="place",
            id=row.id,
            number=number,
            title=row.title,
            url=row.path,
        )
        for number, (row, _metres) in enumerate(neighbours(context, request, fields), start=1)
    ]
    return answer(
        geojson.collection(
            features,
            licence=fields.get("licence") or "",
            attribution=fields.get("attribution") or "",
        )
    )


def includeme(config: Configurator) -> None:
    """Register the addresses; drafts answer those who may see them."""
    number = r"{id:\d{1,9}}"
    config.add_route(
        "cityguide.tour.geojson", f"/guide/tour/{number}.geojson", factory=_node("tour")
    )
    config.add_route("cityguide.tour.gpx", f"/guide/tour/{number}.gpx", factory=_node("tour"))
    config.add_route(
        "cityguide.place.geojson", f"/guide/place/{number}.geojson", factory=_node("place")
    )
    for view, route, cached in (
        (tour_geojson, "cityguide.tour.geojson", True),
        # The cache keeps no Content-Disposition.
        (tour_gpx, "cityguide.tour.gpx", False),
        (place_geojson, "cityguide.place.geojson", True),
    ):
        config.add_view(
            view,
            route_name=route,
            permission=Permission.VIEW,
            request_method="GET",
            page_cache=cached,
        )
