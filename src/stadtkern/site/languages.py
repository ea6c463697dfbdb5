"""``Content-Language`` of every page (RFC 9110, 8.5)."""

from pyramid.config import Configurator
from pyramid.events import NewResponse

TOLD = {"text/html", "application/atom+xml"}


def tell(event: NewResponse) -> None:
    """Say for whom a page is written."""
    request, response = event.request, event.response
    if response.content_type in TOLD and hasattr(request, "tenant"):
        response.headers.setdefault("Content-Language", request.language.audience)


def configure(config: Configurator) -> None:
    """Listen to every answer."""
    config.add_subscriber(tell, NewResponse)
