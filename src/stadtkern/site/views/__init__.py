"""Public views of the core's content types, legal pages and errors."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register all public views."""
    for name in ("content", "errors", "legal", "barrier", "films", "theme", "preview", "search"):
        config.include(f"stadtkern.site.views.{name}")
