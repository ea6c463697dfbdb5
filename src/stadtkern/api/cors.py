"""Other sites' pages in browsers: off, unless the town names their origins (Fetch standard, CORS).

No cookie is read by the API, so no credentials are ever allowed: a page has to hold a token.
"""

from pyramid.request import Request
from pyramid.response import Response

ALLOWED_HEADERS = "Authorization, Content-Type, If-Match, If-None-Match, Accept-Language"
EXPOSED_HEADERS = "ETag, Link, Location, Retry-After, WWW-Authenticate"
PREFLIGHT_SECONDS = "600"


def allowed_origin(request: Request) -> str | None:
    """Return the origin of the asking page, if the town has named it."""
    origin = request.environ.get("HTTP_ORIGIN")
    if not origin or not hasattr(request, "tenant"):
        return None
    listed = (request.settings_of("api").get("origins") or "").split()
    return str(origin) if origin in [one.rstrip("/") for one in listed] else None


def answer_preflight(response: Response, methods: str) -> None:
    """Say to a browser what the page may send."""
    response.headers["Access-Control-Allow-Methods"] = methods
    response.headers["Access-Control-Allow-Headers"] = ALLOWED_HEADERS
    response.headers["Access-Control-Max-Age"] = PREFLIGHT_SECONDS


def mark(request: Request, response: Response) -> None:
    """Let the pages of a named origin read an answer, errors too."""
    origin = allowed_origin(request)
    if origin is None:
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
    vary = set(response.vary or ())
    response.vary = sorted(vary | {"Origin"})
    if request.method == "OPTIONS" and "Allow" in response.headers:
        answer_preflight(response, response.headers["Allow"])
