"""What a browser needs to install the guide: the web app manifest and its icons."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPNotFound
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.web.i18n import localise
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.offline.icons import SIZES, Icons, mark_of
from stadtkern_cityguide.offline.manifest import canonical

MAX_SHORT = 12
"""Characters that fit below an icon on a phone."""


def webmanifest(request: Request) -> Response:
    """Return the manifest in the page's language (W3C, Web Application Manifest)."""
    tenant, site = request.tenant, request.site

    def say(message: str) -> str:
        return str(localise(request, message, None))

    title = say(_("City guide"))
    made: dict[str, Any] = {
        "id": "/guide",
        "name": f"{tenant.name}: {title}",
        "short_name": tenant.name if len(tenant.name) <= MAX_SHORT else title,
        "lang": request.language.written,
        "start_url": site.link("cityguide"),
        "scope": "/",
        "display": "standalone",
        "theme_color": tenant.accent,
        "background_color": "#ffffff",
        "icons": [
            _icon(request, size, purpose) for purpose in ("any", "maskable") for size in SIZES
        ],
        "shortcuts": [
            {"name": say(_("Open now")), "url": site.link("cityguide", open="1")},
            {"name": say(_("Saved on this device")), "url": site.link("cityguide.saved")},
        ],
    }
    response = Response(canonical(made), content_type="application/manifest+json")
    response.charset = None
    return response


def _icon(request: Request, size: int, purpose: str) -> dict[str, str]:
    path = request.route_path(
        "cityguide.icon", purpose=purpose, size=size, mark=mark_of(request.tenant)
    )
    return {"src": path, "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}


def icon_path(request: Request) -> str:
    """Return the address of the icon that phones put on their first screen."""
    return _icon(request, SIZES[0], "maskable")["src"]


def icon(request: Request) -> Response:
    """Return an icon; its address changes with the coat of arms."""
    asked = request.matchdict
    if asked["mark"] != mark_of(request.tenant):
        raise HTTPNotFound
    icons: Icons = request.registry["cityguide_icons"]
    data = icons.get(
        request.registry,
        request.tenant,
        int(asked["size"]),
        maskable=asked["purpose"] == "maskable",
    )
    response = Response(data, content_type="image/png")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def includeme(config: Configurator) -> None:
    """Register both addresses."""
    config.registry["cityguide_icons"] = Icons()
    config.add_request_method(icon_path, "guide_icon")
    sizes = "|".join(str(size) for size in SIZES)
    config.add_route("cityguide.webmanifest", "/guide/manifest.webmanifest")
    config.add_route(
        "cityguide.icon",
        f"/guide/icons/{{purpose:any|maskable}}-{{size:{sizes}}}-{{mark:[0-9a-f]{{12}}}}.png",
    )
    config.add_view(
        webmanifest, route_name="cityguide.webmanifest", request_method="GET", page_cache=True
    )
    config.add_view(icon, route_name="cityguide.icon", request_method="GET")
