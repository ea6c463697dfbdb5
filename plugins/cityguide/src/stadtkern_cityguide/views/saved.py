"""The page of what is kept on this device; the device fills it, the server knows nothing of it."""

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound, HTTPNotFound
from pyramid.request import Request


def saved(_request: Request) -> dict[str, Any]:
    """Show the frame that the device's own list goes into."""
    return {}


def in_language(request: Request) -> HTTPFound:
    """Lead from ``/en/guide/saved`` to the page in that language."""
    language = request.matchdict["language"]
    if language not in request.tenant.locales[1:]:
        raise HTTPNotFound
    return HTTPFound(location=request.route_path("cityguide.saved", _query={"lang": language}))


def includeme(config: Configurator) -> None:
    """Register the page and its address in other languages."""
    config.add_route("cityguide.saved", "/guide/saved")
    config.add_route("cityguide.saved.language", "/{language:en|de-simple|gsg}/guide/saved")
    config.add_view(
        saved,
        route_name="cityguide.saved",
        renderer="stadtkern_cityguide:templates/saved.jinja2",
        request_method="GET",
        page_cache=True,
    )
    config.add_view(in_language, route_name="cityguide.saved.language", request_method="GET")
