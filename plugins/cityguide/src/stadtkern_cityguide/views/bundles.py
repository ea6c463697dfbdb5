"""Packs for keeping on a device: the catalogue, manifests, and the bytes that they name."""

from pathlib import Path

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPGone, HTTPNotFound
from pyramid.path import AssetResolver
from pyramid.request import Request
from pyramid.response import Response

from stadtkern_cityguide import counts
from stadtkern_cityguide.offline import queries
from stadtkern_cityguide.offline.building import store_of
from stadtkern_cityguide.offline.catalogue import catalogue
from stadtkern_cityguide.offline.manifest import canonical, digest
from stadtkern_cityguide.offline.visiting import Visitor

FOREVER = "public, max-age=31536000, immutable"
ASK = "public, no-cache"
"""May be kept, but is asked about each time; mostly the answer is 304."""

WORKER = "sw.js"
_GZIPPED = frozenset({"html", "css", "js", "json", "svg", "vtt"})


def _json(body: bytes, etag: str) -> Response:
    """Return JSON under its hash; asking again with the hash costs a 304."""
    response = Response(body, content_type="application/json", conditional_response=True)
    response.charset = None
    response.etag = etag
    response.headers["Cache-Control"] = ASK
    return response


def index(request: Request) -> Response:
    """Return which packs there are, with what has been withdrawn."""
    body = canonical(catalogue(request.db))
    return _json(body, digest(body))


def manifest(request: Request) -> Response:
    """Return the manifest of one tour in one language, byte for byte as its hash says."""
    row = queries.bundle(request.db, int(request.matchdict["tour"]), request.matchdict["language"])
    if row is None:
        raise HTTPNotFound
    if row.shown is None:
        raise HTTPGone
    if request.headers.get("If-None-Match") is None:
        # Who asks with a hash has it already and looks what is new.
        counts.note(request, counts.DOWNLOADED, int(request.matchdict["tour"]))
    return _json(row.manifest.encode(), row.etag)


def asset(request: Request) -> Response:
    """Return bytes by their hash, whole or a range (RFC 9110, 14); 410 where rights ended."""
    sha, ending = request.matchdict["sha"], request.matchdict["ending"]
    row = queries.asset(request.db, sha)
    if row is None or row.ending != ending:
        raise HTTPNotFound
    if not row.good:
        raise HTTPGone
    if "," in request.headers.get("Range", ""):
        # Several parts at once no player asks for; the whole is a right answer, too.
        del request.headers["Range"]
    if row.source:
        found = Visitor(request.registry, request.db, request.tenant).ask(row.source)
        if found is None:
            raise HTTPGone
        response = found
    else:
        response = _own(request, sha, ending)
    response.content_type = row.type
    response.charset = "utf-8" if row.type.startswith("text/") else None
    response.etag = sha
    response.headers["Cache-Control"] = FOREVER
    response.conditional_response = True
    return response


def _own(request: Request, sha: str, ending: str) -> Response:
    path = store_of(request.registry, request.tenant.id).path(sha)
    if not path.is_file():
        raise HTTPNotFound
    response = Response(body=path.read_bytes(), accept_ranges="bytes")
    # Whoever does not ask for it gets the bytes as they are hashed.
    packs = "gzip" in request.environ.get("HTTP_ACCEPT_ENCODING", "")
    if packs and ending in _GZIPPED and "Range" not in request.headers:
        response.encode_content("gzip")
        response.headers["Vary"] = "Accept-Encoding"
    return response


def worker(request: Request) -> Response:
    """Return the service worker; it may answer for the whole site, and is asked about anew."""
    name = request.registry["assets"].file("stadtkern_cityguide", WORKER)
    if name is None:
        raise HTTPNotFound
    found = AssetResolver().resolve(f"stadtkern_cityguide:static/dist/{name}").abspath()
    body = Path(found).read_bytes()
    response = Response(body, content_type="text/javascript", conditional_response=True)
    response.charset = "utf-8"
    response.etag = digest(body)
    response.headers["Service-Worker-Allowed"] = "/"
    response.headers["Cache-Control"] = "no-cache"
    return response


def includeme(config: Configurator) -> None:
    """Register the addresses; all of them are public, none reads a cookie."""
    config.add_route("cityguide.bundles", "/guide/bundles/index.json")
    config.add_route(
        "cityguide.bundle", r"/guide/bundles/{tour:\d{1,9}}.{language:[a-z-]{2,12}}.json"
    )
    config.add_route("cityguide.asset", "/guide/a/{sha:[0-9a-f]{64}}.{ending:[a-z0-9]{1,12}}")
    config.add_route("cityguide.worker", f"/guide/{WORKER}")
    for view, route in (
        (index, "cityguide.bundles"),
        (manifest, "cityguide.bundle"),
        (asset, "cityguide.asset"),
        (worker, "cityguide.worker"),
    ):
        config.add_view(view, route_name=route, request_method="GET")
    config.include("stadtkern_cityguide.views.saved")
    config.include("stadtkern_cityguide.views.install")
