"""Legal pages from templates and the municipality's own facts."""

from typing import Any

from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.privacy.register import notices
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


def privacy(request: Request) -> dict[str, Any]:
    """Privacy page: what is switched on, and what the municipality adds."""
    page = legal(request)
    own = page["facts"].get("privacy_text") or ""
    return page | {
        "notices": notices(request.registry, request.plugins, request.translate),
        "own": [_part(part) for part in own.replace("\r", "").split("\n\n") if part.strip()],
    }


def _part(text: str) -> tuple[str, str]:
    """Return heading (or empty) and text of a paragraph that the municipality has typed."""
    first, _line, rest = text.strip().partition("\n")
    if first.startswith("##"):
        return first.lstrip("# "), rest.strip()
    return "", text.strip()


def includeme(config: Configurator) -> None:
    """Register the three pages."""
    for name in ("imprint", "privacy", "accessibility"):
        config.add_view(
            privacy if name == "privacy" else legal,
            route_name=f"legal.{name}",
            renderer=f"stadtkern.site:templates/legal/{name}.jinja2",
            request_method="GET",
            page_cache=True,
        )
