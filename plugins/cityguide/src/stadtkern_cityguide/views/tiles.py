"""The town's map file, whole or in ranges; its name is its hash, so that it may be kept forever."""

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.storage import StoredBytes
from stadtkern_cityguide.tiles.files import MEDIA_TYPE, current, store_of

FOREVER = "public, max-age=31536000, immutable"


def map_file(request: Request) -> Response:
    """Return the map (RFC 9110, 14: single ranges); a former one for as long as it is there."""
    sha = request.matchdict["sha"]
    if current(request.db) is None:
        raise HTTPNotFound
    path = store_of(request.registry, request.tenant.id).path(sha)
    if not path.is_file():
        raise HTTPNotFound
    if "," in request.headers.get("Range", ""):
        # Several parts at once no map asks for; the whole is a right answer, too.
        del request.headers["Range"]
    body = StoredBytes(path)
    response = Response(
        app_iter=body,
        content_type=MEDIA_TYPE,
        content_length=path.stat().st_size,
        conditional_response=True,
        accept_ranges="bytes",
    )
    response.charset = None
    response.etag = sha
    response.headers["Cache-Control"] = FOREVER
    return response


def includeme(config: Configurator) -> None:
    """Register the address."""
    config.add_route("cityguide.tiles", "/guide/tiles/{sha:[0-9a-f]{64}}.pmtiles")
    config.add_view(map_file, route_name="cityguide.tiles", request_method="GET")
