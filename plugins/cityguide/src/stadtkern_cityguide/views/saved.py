"""The page of what is kept on this device; the device fills it, the server knows nothing of it."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request


def saved(_request: Request) -> dict[str, Any]:
    """Show the frame that the device's own list goes into."""
    return {}


def includeme(config: Configurator) -> None:
    """Register the page."""
    config.add_route("cityguide.saved", "/guide/saved")
    config.add_view(
        saved,
        route_name="cityguide.saved",
        renderer="stadtkern_cityguide:templates/saved.jinja2",
        request_method="GET",
        page_cache=True,
    )
