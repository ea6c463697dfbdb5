"""Municipalities of the installation: hosts, status, and the tenant of each request."""

from pyramid.config import Configurator

from stadtkern.tenants.addresses import mail_origin, origin
from stadtkern.tenants.directory import Tenant, TenantDirectory, normalise_host
from stadtkern.tenants.services import (
    TenantRefused,
    active_tenants,
    add_locale,
    bump_generation,
    hosts_of,
    tenant_by_id,
    tenant_by_slug,
    tenants_by_id,
)

__all__ = [
    "Tenant",
    "TenantDirectory",
    "TenantRefused",
    "active_tenants",
    "add_locale",
    "bump_generation",
    "hosts_of",
    "includeme",
    "mail_origin",
    "normalise_host",
    "origin",
    "tenant_by_id",
    "tenant_by_slug",
    "tenants_by_id",
]


def includeme(config: Configurator) -> None:
    """Find each request's tenant from its Host header, before anything else is asked."""
    settings = config.get_settings()
    config.registry["tenants"] = TenantDirectory(
        config.registry["database"],
        max_age=float(settings.get("stadtkern.tenant_cache_seconds", 1.0)),
    )
    config.add_tween(
        "stadtkern.tenants.tween.tenant_tween_factory",
        over="pyramid_tm.tm_tween_factory",
        under="stadtkern.web.operations.operations_tween_factory",
    )
