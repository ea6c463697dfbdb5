"""Tiles of basemap.de by way of our server, where a town wants them and has no map file."""

from http import HTTPStatus

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern_cityguide.offline.visiting import is_kept
from stadtkern_cityguide.tiles import queries
from stadtkern_cityguide.tiles.basemap import MEDIA_TYPE, ONLINE, Online, Source, Tile, touches
from stadtkern_cityguide.tiles.files import MapFile, current

RATE = "600/minute"
"""Calls that one network causes; what is kept in memory does not count."""
MAX_AGE = 24 * 3600
MAX_AGE_NONE = 60


def background(request: Request) -> MapFile | Online | None:
    """Return what maps draw below: the town's file, else tiles if the town wants them.

    Pages that are kept on a device name no tiles: without a network there are none.
    """
    own = current(request.db)
    if own is not None or is_kept(request):
        return own
    return ONLINE if _wanted(request) else None


def tile(request: Request) -> Response:
    """Return a tile near the town's places and tours; nothing of the visitor goes out.

    Also when the town has got a file of its own meanwhile: pages that are open go on as they began.
    """
    if not _wanted(request):
        raise HTTPNotFound
    source = _source(request)
    z, x, y = (int(request.matchdict[name]) for name in ("z", "x", "y"))
    tenant = request.tenant
    box = source.around(
        tenant.id,
        tenant.generation("content", "plugins", "tenant"),
        lambda: queries.shown_surroundings(request.db),
    )
    if box is None or not touches(box, z, x, y):
        return _answer(request, Tile(HTTPStatus.NOT_FOUND))
    key = (tenant.id, z, x, y)
    found = source.kept(key)
    if found is None:
        request.limit("cityguide.basemap", RATE, request.network)
        found = source.fetch(request.registry, key)
    return _answer(request, found)


def _source(request: Request) -> Source:
    found: Source = request.registry["cityguide_basemap"]
    return found


def _wanted(request: Request) -> bool:
    return bool(_source(request).address and request.settings_of("cityguide").get("online_map"))


def _answer(request: Request, found: Tile) -> Response:
    """Write a tile, or its lack without a page: maps ask by the dozen, and nobody reads it."""
    good = found.status == HTTPStatus.OK
    response = Response(status=int(found.status), content_type=MEDIA_TYPE if good else "text/plain")
    if good:
        response.charset = None
        response.body = found.data
        response.content_encoding = "gzip"
        response.vary = ["Accept-Encoding"]
        asked = request.accept_encoding
        if asked.header_value is None or not asked.acceptable_offers(["gzip"]):
            response.decode_content()
    response.cache_control.public = True
    response.cache_control.max_age = MAX_AGE if good else MAX_AGE_NONE
    return response


def includeme(config: Configurator) -> None:
    """Register the address, and what templates ask for."""
    config.include("stadtkern_cityguide.tiles.basemap")
    config.add_request_method(background, "guide_background", reify=True)
    number = "[0-9]{1,5}"
    config.add_route(
        "cityguide.basemap", f"/guide/basemap/{{z:[0-9]{{1,2}}}}/{{x:{number}}}/{{y:{number}}}.pbf"
    )
    config.add_view(tile, route_name="cityguide.basemap", request_method="GET")
