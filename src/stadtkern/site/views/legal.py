"""Legal pages from templates and the municipality's own facts."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.site.schemas import BASIS, STATUS


def legal(request: Request) -> dict[str, Any]:
    """Impressum, privacy page or accessibility statement."""
    return {
        "facts": request.settings_of("site"),
        "status_words": dict(STATUS),
        "basis_words": dict(BASIS),
        "plugins": [
            plugin
            for name in sorted(request.plugins.enabled)
            if (plugin := request.registry["plugins"][name].plugin).adds_pages
        ],
        "hesse": request.tenant.ags.startswith("06"),
    }


def includeme(config: Configurator) -> None:
    """Register the three pages."""
    for name in ("imprint", "privacy", "accessibility"):
        config.add_view(
            legal,
            route_name=f"legal.{name}",
            renderer=f"stadtkern.site:templates/legal/{name}.jinja2",
            request_method="GET",
            page_cache=True,
        )
