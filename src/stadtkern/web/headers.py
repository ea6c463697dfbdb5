"""Security headers of every answer (OWASP ASVS 5.0: 3.4.1–3.4.8)."""

from pyramid.request import Request
from pyramid.response import Response

CONTENT_SECURITY_POLICY = "; ".join(  # noqa: FLY002 - one directive a line reads better
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""No inline script or style and no nonce: pages stay the same for all and can be cached."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)",
    "X-Frame-Options": "DENY",
}
HSTS = "max-age=31536000; includeSubDomains"


def frame_own_pages(response: Response) -> None:
    """Let this page show our own pages in frames: a preview beside a form."""
    response.headers["Content-Security-Policy"] = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"


_STANDING = tuple(HEADERS.items())


def secure(request: Request, response: Response) -> Response:
    """Set the headers that every answer carries; a view's own policy (files) stays."""
    listed = response.headerlist
    present = {name.lower() for name, _value in listed}
    # Appended in one go: the header mapping searches the whole list for each name.
    listed.extend(pair for pair in _STANDING if pair[0].lower() not in present)
    if "content-security-policy" not in present:
        listed.append(("Content-Security-Policy", CONTENT_SECURITY_POLICY))
    if "cache-control" not in present:
        listed.append(("Cache-Control", "no-store"))
    if request.environ.get("wsgi.url_scheme") == "https":
        listed.append(("Strict-Transport-Security", HSTS))
    return response
