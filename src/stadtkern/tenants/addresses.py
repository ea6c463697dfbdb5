"""How addresses of a town begin: on its pages, and in mails that are written without a request."""

from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.settings import asbool

from stadtkern.tenants.directory import Tenant

MAIL_LINKS = "stadtkern.mail_links"


def origin(request: Request) -> str:
    """Return scheme and canonical host, without a slash at the end.

    The port of the Host header counts in development only: pages are cached, and whoever asks
    first must not choose the port in everybody's addresses.
    """
    host = request.tenant.host
    if asbool(request.registry.settings.get("stadtkern.development")):
        _name, colon, port = request.environ.get("HTTP_HOST", "").partition(":")
        host += colon + port
    return f"{request.scheme}://{host}"


def mail_origin(registry: Registry, tenant: Tenant) -> str:
    """Return the same where no request says it, by the setting ``stadtkern.mail_links``."""
    pattern = str(registry.settings.get(MAIL_LINKS) or "https://{host}")
    return pattern.rstrip("/").replace("{host}", tenant.host)
