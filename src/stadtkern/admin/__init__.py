"""The back office of editors and administrators."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register the back office."""
    config.add_route("admin", "/admin")
    config.add_route("admin.node", "/admin/nodes/{id}")
    config.add_route("admin.reports", "/admin/reports")
