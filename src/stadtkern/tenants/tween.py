"""Host header → tenant, before sessions, cookies and views."""

from collections.abc import Callable

from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.tenants.directory import TenantDirectory, normalise_host
from stadtkern.web.plain import plain_page

CLOSED = "User-agent: *\nDisallow: /\n"


def tenant_tween_factory(
    handler: Callable[[Request], Response], registry: Registry
) -> Callable[[Request], Response]:
    """Put ``request.tenant`` in place, or answer for hosts that lead nowhere."""
    directory: TenantDirectory = registry["tenants"]

    def tenant_tween(request: Request) -> Response:
        header = request.environ.get("HTTP_HOST", "")
        host = normalise_host(header)
        if host is None or not _readable(request):
            return plain_page(400, request)
        tenant = directory.find(host)
        if tenant is None:
            return plain_page(404, request, unknown_host=True)
        if tenant.status != "active":
            if request.environ.get("PATH_INFO") == "/robots.txt":
                # A file that says 503 would be read as "all is allowed" after a while (RFC 9309).
                return Response(CLOSED, content_type="text/plain", charset="utf-8")
            response = plain_page(503, request, suspended=True)
            response.headers["Retry-After"] = "3600"
            return response
        if host != tenant.host:
            return _to_canonical(request, tenant.host, header)
        request.tenant = tenant
        return handler(request)

    return tenant_tween


def _readable(request: Request) -> bool:
    """Tell whether path and query are UTF-8; nobody below could answer what is not."""
    try:
        request.environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8")
        if request.environ.get("QUERY_STRING"):
            _ = request.GET
    except UnicodeError:
        return False
    return True


def _to_canonical(request: Request, host: str, header: str) -> Response:
    _, colon, port = header.partition(":")
    # 308: a form posted to an alias must not turn into a GET that loses what was typed.
    status = 301 if request.method in {"GET", "HEAD"} else 308
    location = f"{request.scheme}://{host}{colon}{port}{request.path_qs}"
    return Response(status=status, location=location)
