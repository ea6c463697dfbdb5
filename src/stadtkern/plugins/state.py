"""A tenant's plugins and settings as requests see them, cached until they change."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from pyramid.registry import Registry
from pyramid.threadlocal import get_current_request
from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern.plugins.models import TenantPlugin
from stadtkern.plugins.settings import settings_values
from stadtkern.tenants import Tenant

MAX_STATES = 1_024
KNOWN = "plugin_state"
"""Key of a session's notes: transaction, tenant's id and the state that was read in it."""


class PluginState:
    """What one tenant has switched on, and what it has set."""

    def __init__(
        self, registry: Registry, enabled: frozenset[str], stored: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self._registry = registry
        self.enabled = enabled
        self._stored = stored
        self._settings: dict[str, dict[str, Any]] = {}

    def has(self, name: str) -> bool:
        """Tell whether the plugin is switched on (and part of the running application)."""
        return name in self.enabled

    def settings(self, owner: str) -> dict[str, Any]:
        """Return a plugin's settings: the tenant's, else the installation's, else defaults."""
        found = self._settings.get(owner)
        if found is None:
            found = settings_values(self._registry, owner, self._stored.get(owner, {}))
            self._settings[owner] = found
        return found


class PluginStates:
    """All tenants' states of one process."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._states: OrderedDict[int, tuple[tuple[int, ...], PluginState]] = OrderedDict()

    def of(self, tenant: Tenant) -> PluginState:
        """Return the state, read anew when the tenant's generation ``plugins`` has risen."""
        generation = tenant.generation("plugins")
        entry = self._states.get(tenant.id)
        if entry is not None and entry[0] == generation:
            return entry[1]
        with self._registry["database"].session(write=False, tenant_id=tenant.id) as session:
            state = self.of_id(tenant.id, session)
        self._states[tenant.id] = (generation, state)
        while len(self._states) > MAX_STATES:
            self._states.popitem(last=False)
        return state

    def seen(self, tenant_id: int, session: Session) -> PluginState:
        """Return what the request saw when it began, where ``session`` is its own; else as of_id.

        For whoever follows an event: nothing is asked where the request knows. Whoever switches
        a plugin, or decides by what holds at this very moment, asks ``of_id``.
        """
        request = get_current_request()
        if (
            request is not None
            and request.__dict__.get("db") is session
            and request.tenant.id == tenant_id
            and not session.info.get("plugins_changed", False)
        ):
            found: PluginState = request.plugins
            return found
        return self.of_id(tenant_id, session)

    def of_id(self, tenant_id: int, session: Session) -> PluginState:
        """Read the state of the tenant that ``session`` is bound to; once a transaction."""
        within = session.get_transaction()
        known = session.info.get(KNOWN)
        changed = session.info.get("plugins_changed", False)
        if known is not None and not changed and known[:2] == (within, tenant_id):
            found: PluginState = known[2]
            return found
        state = self._read(tenant_id, session)
        if within is not None and not changed:
            session.info[KNOWN] = within, tenant_id, state
        return state

    def _read(self, tenant_id: int, session: Session) -> PluginState:
        rows = session.scalars(select(TenantPlugin).where(TenantPlugin.tenant_id == tenant_id))
        working = self._registry["plugins"]
        enabled, stored = set(), {}
        for row in rows:
            if row.enabled and row.plugin in working and working[row.plugin].working:
                enabled.add(row.plugin)
            stored[row.plugin] = row.settings
        # A plugin whose requirement is missing cannot work: it counts as switched off.
        missing = True
        while missing:
            missing = False
            for name in sorted(enabled):
                if any(need not in enabled for need in working[name].plugin.requires):
                    enabled.discard(name)
                    missing = True
        return PluginState(self._registry, frozenset(enabled), stored)
