"""Settings by one rule: the tenant's value, else the installation's, else the schema's."""

from collections.abc import Mapping
from typing import Any

import colander
from pyramid.config import Configurator
from pyramid.registry import Registry


def add_settings_schema(
    config: Configurator, owner: str, schema: type[colander.Schema], title: str = ""
) -> None:
    """Declare the settings of a room of the core (a plugin names its schema on ``Plugin``)."""

    def register() -> None:
        config.registry["settings_schemas"][owner] = schema
        config.registry["settings_titles"][owner] = title or owner

    intr = config.introspectable("settings", owner, title or owner, "settings schema")
    intr["schema"] = schema
    config.action(("settings schema", owner), register, introspectables=(intr,))


def schema_of(registry: Registry, owner: str) -> type[colander.Schema] | None:
    """Return the settings schema of a plugin or room, if it has one."""
    installed = registry["plugins"].get(owner)
    if installed is not None and installed.plugin is not None:
        return installed.plugin.settings
    return registry["settings_schemas"].get(owner)


def settings_values(registry: Registry, owner: str, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return every setting of ``owner`` as its schema's type.

    Installation-wide values stand in the ini as ``<owner>.<setting>``. A stored value that the
    schema no longer accepts falls back rather than breaking pages.
    """
    schema = schema_of(registry, owner)
    if schema is None:
        return {}
    values: dict[str, Any] = {}
    for node in bound_schema(schema).children:
        installed = registry.settings.get(f"{owner}.{node.name}")
        if isinstance(installed, str) and isinstance(node.typ, colander.Sequence | colander.Set):
            # An ini knows only text: one entry a line.
            installed = [line.strip() for line in installed.splitlines() if line.strip()]
        values[node.name] = _first_valid(node, (stored.get(node.name), installed))
    return values


def bound_schema(schema: type[colander.Schema]) -> colander.Schema:
    """Return an instance whose deferred parts are resolved (they get no keywords)."""
    return schema().bind()


def _first_valid(node: colander.SchemaNode, candidates: tuple[Any, ...]) -> Any:
    for candidate in candidates:
        if candidate is None:
            continue
        try:
            value = node.deserialize(candidate)
        except colander.Invalid:
            continue
        if value not in _NOTHING:
            return value
    default = node.default
    return None if default in _NOTHING else default


_NOTHING = (colander.null, colander.drop, colander.required)


def to_stored(schema: colander.Schema, values: Mapping[str, Any]) -> dict[str, Any]:
    """Turn validated values into plain JSON, as the schema serialises them."""
    stored: dict[str, Any] = {}
    for node in schema.children:
        value = values.get(node.name)
        if value is None or value is colander.null:
            continue
        plain = node.serialize(value)
        if plain is not colander.null:
            stored[node.name] = sorted(plain) if isinstance(plain, set | frozenset) else plain
    return stored
