"""robots.txt (RFC 9309): what crawlers are asked to leave alone."""

from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.site.addresses import absolute
from stadtkern.site.meta import listed
from stadtkern.web.i18n import OFFICE

NOTHING = "User-agent: *\nDisallow: /\n"


def rules(request: Request) -> str:
    """Return the file of this tenant; a demonstration asks crawlers to stay away altogether."""
    if not listed(request):
        return NOTHING
    # "$" ends an address: /admin is the back office, /administration may be a page.
    closed = [f"Disallow: /{name}{end}" for name in sorted(OFFICE) for end in ("/", "$")]
    lines = ["User-agent: *", *closed, "Disallow: /barriere-melden?", ""]
    lines.append(f"Sitemap: {absolute(request, '/sitemap.xml')}")
    return "\n".join(lines) + "\n"


def robots(request: Request) -> Response:
    """Return the file."""
    return Response(rules(request), content_type="text/plain", charset="utf-8")


def includeme(config: Configurator) -> None:
    """Register it."""
    config.add_route("robots", "/robots.txt")
    config.add_view(robots, route_name="robots", request_method="GET", page_cache=True)
