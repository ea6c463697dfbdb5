"""Public pages, data for the map, and the import in the back office."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register all views."""
    for name in (
        *("guide", "nodes", "data", "bundles", "tiles", "basemap"),
        *("imports", "codes", "sheets", "numbers", "sharing"),
    ):
        config.include(f"stadtkern_cityguide.views.{name}")
