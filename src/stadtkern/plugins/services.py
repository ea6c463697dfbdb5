"""Switching plugins on and off for a tenant, and saving settings."""

from collections.abc import Mapping
from typing import Any

import structlog
from pyramid.i18n import TranslationString
from pyramid.path import DottedNameResolver
from pyramid.registry import Registry
from pyramid_retry import RetryableException
from sqlalchemy.orm import Session

from stadtkern.plugins.events import PluginDisabled, PluginEnabled
from stadtkern.plugins.models import TenantPlugin
from stadtkern.plugins.plugin import Installed
from stadtkern.plugins.settings import bound_schema, schema_of, settings_values, to_stored
from stadtkern.plugins.state import KNOWN
from stadtkern.tenants import Tenant, bump_generation
from stadtkern.web.i18n import _

log = structlog.get_logger("stadtkern.plugins")


class PluginRefused(Exception):  # noqa: N818 - the word that users read
    """A plugin cannot be switched; ``message`` is translatable and says what to do next."""

    def __init__(self, message: TranslationString) -> None:
        super().__init__(message.interpolate())
        self.message = message


def enable(session: Session, registry: Registry, tenant: Tenant, name: str) -> bool:
    """Switch a plugin on with what it requires; return whether anything changed.

    ``session`` is bound to the tenant. Runs the plugin's ``on_enable`` in the same transaction;
    what it raises takes back everything it did and comes as ``PluginRefused``.
    """
    installed = _working(registry, name)
    plugin = installed.plugin
    assert plugin is not None  # noqa: S101 - _working promises it
    for need in plugin.requires:
        enable(session, registry, tenant, need)
    with session.begin_nested():
        row = _row(session, tenant, name)
        if row.enabled:
            return False
        row.enabled = True
        session.flush()
        session.info["plugins_changed"] = True
        if plugin.on_enable:
            _on_enable(session, registry, tenant, installed, plugin.on_enable)
    _changed(session, registry, tenant)
    registry.notify(PluginEnabled(session, registry, tenant.id, name))
    return True


def _on_enable(
    session: Session, registry: Registry, tenant: Tenant, installed: Installed, target: str
) -> None:
    try:
        DottedNameResolver(installed.package).resolve(target)(session, registry, tenant)
        session.flush()
    except RetryableException:
        raise
    except Exception as error:
        log.exception("plugin not enabled", plugin=installed.name, tenant=tenant.slug)
        raise PluginRefused(
            _(
                "${name} cannot be switched on: it stops with ${error}. Nothing was changed; the "
                "log has the details.",
                mapping={"name": installed.name, "error": type(error).__name__},
            )
        ) from error


def disable(session: Session, registry: Registry, tenant: Tenant, name: str) -> bool:
    """Switch a plugin off; its data stay. Return whether anything changed.

    ``PluginRefused`` while another plugin that is on requires it.
    """
    if name not in registry["plugins"]:
        raise PluginRefused(_("There is no plugin “${name}”.", mapping={"name": name}))
    row = _row(session, tenant, name)
    if not row.enabled:
        return False
    state = registry["plugin_states"].of_id(tenant.id, session)
    needed = [
        other
        for other in sorted(state.enabled)
        if name in registry["plugins"][other].plugin.requires
    ]
    if needed:
        raise PluginRefused(
            _(
                "${name} is needed by ${others}: switch that off first.",
                mapping={"name": name, "others": ", ".join(needed)},
            )
        )
    row.enabled = False
    session.info["plugins_changed"] = True
    _changed(session, registry, tenant)
    registry.notify(PluginDisabled(session, registry, tenant.id, name))
    return True


def save_settings(
    session: Session, registry: Registry, tenant: Tenant, owner: str, values: Mapping[str, Any]
) -> None:
    """Store validated settings; a value equal to what would count anyway is not stored."""
    schema = schema_of(registry, owner)
    if schema is None:
        raise PluginRefused(_("${name} has no settings.", mapping={"name": owner}))
    row = _row(session, tenant, owner)
    inherited = to_stored(bound_schema(schema), settings_values(registry, owner, {}))
    row.settings = {
        name: value
        for name, value in to_stored(bound_schema(schema), values).items()
        if name not in inherited or inherited[name] != value
    }
    session.flush()
    _changed(session, registry, tenant)


def _working(registry: Registry, name: str) -> Installed:
    installed: Installed | None = registry["plugins"].get(name)
    if installed is None:
        known = ", ".join(sorted(registry["plugins"])) or "none"
        raise PluginRefused(
            _(
                "There is no plugin “${name}”. Installed: ${known}.",
                mapping={"name": name, "known": known},
            )
        )
    if not installed.working:
        raise PluginRefused(
            _(
                "${name} is quarantined: ${problem} `stadtkern plugins doctor` shows the "
                "traceback.",
                mapping={"name": name, "problem": installed.problem},
            )
        )
    return installed


def _row(session: Session, tenant: Tenant, name: str) -> TenantPlugin:
    row = session.get(TenantPlugin, (tenant.id, name))
    if row is None:
        row = TenantPlugin(tenant_id=tenant.id, plugin=name, enabled=False, settings={})
        session.add(row)
    return row


def _changed(session: Session, registry: Registry, tenant: Tenant) -> None:
    session.info.pop(KNOWN, None)
    bump_generation(session, registry["tenants"], tenant.id, "plugins")
