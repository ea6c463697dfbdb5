"""The application factory: rooms from the ground up, then all plugins under one commit."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from pyramid.config import Configurator
from pyramid.interfaces import IRequestExtensions, IRequestFactory
from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.router import Router

from stadtkern.db import Database, database_from_settings
from stadtkern.db.migrate import CORE
from stadtkern.plugins.loading import (
    build_without_broken,
    check_migrated,
    discover,
    include_all,
)
from stadtkern.plugins.plugin import Installed

log = structlog.get_logger("stadtkern")

ROOMS = (
    "web",
    "db",
    "forms",
    "tenants",
    "plugins",
    "audit",
    "jobs",
    "mail",
    "vault",
    "storage",
    "accounts",
    "privacy",
    "content",
    "media",
    "visits",
    "search",
    "exchange",
    "site",
    "municipal",
    "notify",
    "submissions",
    "api",
    "towns",
    "admin",
)
"""In the order of their floors."""


class NotMigrated(RuntimeError):  # noqa: N818
    """The database lacks tables or columns that this version needs."""


def allowed_plugins(settings: Mapping[str, Any]) -> list[str] | None:
    """Return the names that ``stadtkern.plugins`` allows; None without the setting: all."""
    value = settings.get("stadtkern.plugins")
    return None if value is None else str(value).split()


@contextmanager
def without_collecting() -> Iterator[None]:
    """Keep Python from looking for garbage: a start makes none, and a fifth of it was looking."""
    usual = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if usual:
            gc.enable()


@without_collecting()
def build(
    settings: Mapping[str, Any],
    *,
    database: Database | None = None,
    plugins: dict[str, Installed] | None = None,
) -> Configurator:
    """Configure the whole application; broken plugins end up quarantined, not in the way.

    Raises ``NotMigrated`` when the core's tables are not up to date.
    """
    database = database or database_from_settings(settings)
    found = discover(allowed_plugins(settings)) if plugins is None else plugins
    with database.reader.connect() as connection:
        if not CORE.is_current(connection):
            raise NotMigrated("The database is not up to date: run `stadtkern db upgrade`.")
    check_migrated(found, database)

    def attempt(working: Mapping[str, Installed]) -> Configurator:
        registry = Registry()
        config = Configurator(registry=registry)
        config.setup_registry(settings=dict(settings))
        registry["database"] = database
        registry["plugins"] = working
        config.include(rooms)
        include_all(config, working)
        return config

    config: Configurator = build_without_broken(found, attempt)
    bake_request(config)
    for name, item in found.items():
        if not item.working:
            log.warning("plugin quarantined", plugin=name, problem=item.problem)
    return config


def rooms(config: Configurator) -> None:
    """Take all rooms in: every room's directives first, so that lower ones may use higher."""
    modules = [config.maybe_dotted(f"stadtkern.{name}") for name in ROOMS]
    for module in modules:
        offer = getattr(module, "directives", None)
        if offer is not None:
            offer(config)
    for module in modules:
        config.include(module)


def bake_request(config: Configurator) -> None:
    """Make one request class with all request methods and properties.

    Pyramid would make a class anew for each request; that was a quarter of a cached page's cost.
    """
    extensions = config.registry.queryUtility(IRequestExtensions)
    if extensions is None:
        return
    attributes = {**extensions.methods, **extensions.descriptors}
    config.registry.registerUtility(type("Request", (Request,), attributes), IRequestFactory)
    extensions.methods.clear()
    extensions.descriptors.clear()


def main(_global_config: Mapping[str, Any] | None = None, **settings: Any) -> Router:
    """Return the WSGI application (PasteDeploy's entry point)."""
    return build(settings).make_wsgi_app()
