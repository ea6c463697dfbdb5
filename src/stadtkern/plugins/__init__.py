"""The plugin registry: discovery, ownership, gating by tenant, settings."""

from pyramid.config import Configurator

from stadtkern.plugins import gating
from stadtkern.plugins.models import TenantPlugin
from stadtkern.plugins.plugin import Plugin
from stadtkern.plugins.settings import add_settings_schema, settings_values
from stadtkern.plugins.state import PluginState, PluginStates

__all__ = [
    "Plugin",
    "PluginState",
    "PluginStates",
    "TenantPlugin",
    "add_settings_schema",
    "directives",
    "includeme",
    "owner_of",
    "settings_values",
]


def owner_of(config: Configurator) -> str | None:
    """Return the plugin on whose behalf ``config`` speaks, or None for the core."""
    return getattr(config, "owner", None)


def directives(config: Configurator) -> None:
    """Offer ``add_settings_schema``, for rooms of the core; a plugin names its on ``Plugin``."""
    config.registry["settings_schemas"] = {}
    config.registry["settings_titles"] = {}
    config.add_directive("add_settings_schema", add_settings_schema)


def includeme(config: Configurator) -> None:
    """Gate everything that a plugin adds by the tenant's choice."""
    config.registry["plugin_states"] = PluginStates(config.registry)
    gating.configure(config)
