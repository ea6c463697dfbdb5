"""The back office of editors, clerks and administrators, and the way in."""

from pyramid.config import Configurator

from stadtkern.admin import fresh, items
from stadtkern.admin import help as helping

__all__ = ["directives", "includeme"]


def directives(config: Configurator) -> None:
    """Offer ``add_admin_item``, ``add_dashboard_tile`` and the view option ``fresh``."""
    items.directives(config)
    fresh.directives(config)


def includeme(config: Configurator) -> None:
    """Register the back office's own pages."""
    config.add_request_method(items.office_menu, "office_menu")
    config.add_request_method(items.office_tiles, "office_tiles")
    config.add_request_method(helping.office_help, "office_help")
    config.add_request_method(lambda _request: helping.KEYS, "office_keys", property=True)
    config.include("stadtkern.admin.views")
