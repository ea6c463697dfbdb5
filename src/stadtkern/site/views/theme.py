"""The tenant's colours and coat of arms as files that browsers may keep."""

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import FileResponse, Response

from stadtkern.media.files import POLICY
from stadtkern.site.colours import theme as style_of

MARKS = (
    (b"\x89PNG", "image/png"),
    (b"\xff\xd8", "image/jpeg"),
    (b"RIFF", "image/webp"),
)
"""How pictures begin; the intake lets in these and SVG."""


def theme(request: Request) -> Response:
    """Return the style sheet with the tenant's colours."""
    response = Response(style_of(request.tenant.accent), content_type="text/css", charset="utf-8")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def arms(request: Request) -> Response:
    """Return the coat of arms."""
    sha = request.tenant.arms
    if sha is None or not sha.startswith(request.matchdict["sha"]):
        raise HTTPNotFound
    path = request.registry["storage"].path(sha)
    if not path.is_file():
        raise HTTPNotFound
    with path.open("rb") as file:
        head = file.read(256)
    kind = next((kind for mark, kind in MARKS if head.startswith(mark)), "image/svg+xml")
    response = FileResponse(str(path), request=request, content_type=kind)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = POLICY
    return response


def includeme(config: Configurator) -> None:
    """Register both."""
    config.add_route("theme.arms", "/theme/arms-{sha:[0-9a-f]{12}}")
    config.add_view(theme, route_name="theme", request_method="GET")
    config.add_view(arms, route_name="theme.arms", request_method="GET")
