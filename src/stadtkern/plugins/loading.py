"""Finding plugins and building an application without the broken ones."""

import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import (
    ConfigurationConflictError,
    ConfigurationError,
    ConfigurationExecutionError,
)
from pyramid.path import AssetResolver
from sqlalchemy.orm import DeclarativeBase

from stadtkern.db import Base, Database
from stadtkern.db.migrate import Migrations
from stadtkern.plugins.configurator import configurator_for
from stadtkern.plugins.plugin import NAME, RESERVED, Installed, Plugin, in_order

GROUP = "stadtkern.plugins"


def discover(allowed: Iterable[str] | None = None) -> dict[str, Installed]:
    """Load every installed plugin's package; what fails is returned with its problem.

    ``allowed``: names from the setting ``stadtkern.plugins``; None takes all. Two distributions
    that claim one name are both quarantined: neither can be told to be the right one.
    """
    wanted = None if allowed is None else set(allowed)
    found: dict[str, list[Installed]] = {}
    for point in entry_points(group=GROUP):
        if wanted is None or point.name in wanted:
            found.setdefault(point.name, []).append(_load(point))
    plugins: dict[str, Installed] = {}
    for name, claims in found.items():
        if len(claims) == 1:
            plugins[name] = claims[0]
            continue
        owners = " and ".join(sorted(claim.distribution for claim in claims))
        plugins[name] = replace(
            claims[0], plugin=None, problem=f"Two distributions claim the name: {owners}."
        )
    return plugins


def _load(point: EntryPoint) -> Installed:
    package = point.module.partition(":")[0]
    distribution = point.dist
    item = Installed(
        name=point.name,
        package=package,
        distribution=distribution.name if distribution else package,
        version=distribution.version if distribution else "0",
    )
    try:
        plugin = point.load()
        if not isinstance(plugin, Plugin):
            raise TypeError(f"{point.value} is no stadtkern.plugins.Plugin")  # noqa: TRY301
        if plugin.name != point.name:
            raise ValueError(  # noqa: TRY301
                f"the entry point is called {point.name}, the plugin {plugin.name}"
            )
        if not NAME.fullmatch(plugin.name) or plugin.name in RESERVED:
            raise ValueError(  # noqa: TRY301
                f"{plugin.name} cannot be a plugin's name: 2 to 31 lower-case letters and digits, "
                "and none of the core's own words"
            )
        _check_models(plugin.name, package)
    except Exception as error:  # noqa: BLE001 - whatever a plugin breaks, the town must stand
        return replace(
            item,
            problem=f"It cannot be imported: {_line(error)}.",
            trace=traceback.format_exc(),
        )
    return replace(item, plugin=plugin)


def bases_of(package: str) -> list[type[DeclarativeBase]]:
    """Return the declarative bases of a plugin."""
    return [
        base
        for base in DeclarativeBase.__subclasses__()
        if base is not Base and base.__module__.partition(".")[0] == package
    ]


def _check_models(name: str, package: str) -> None:
    """Import a plugin's models and try its mappers; tables must carry the plugin's name."""
    try:
        import_module(f"{package}.models")
    except ModuleNotFoundError as error:
        if error.name != f"{package}.models":
            raise
        return
    for mapper in Base.registry.mappers:
        if mapper.class_.__module__.partition(".")[0] == package:
            raise ValueError(
                f"{mapper.class_.__name__} uses the core's declarative base: give the plugin one "
                "of its own over stadtkern.db.metadata"
            )
    others = {point.name for point in entry_points(group=GROUP)} - {name}
    for base in bases_of(package):
        base.registry.configure(cascade=True)
        for mapper in base.registry.mappers:
            table = mapper.local_table
            if not str(getattr(table, "name", "")).startswith(f"{name}_"):
                raise ValueError(f"the table {table} must be called {name}_…")
            _check_references(table, others)


def _check_references(table: Any, others: set[str]) -> None:
    """Refuse foreign keys to tables of the plugins ``others``: they may be removed any time."""
    for key in table.foreign_keys:
        target = key.target_fullname.partition(".")[0]
        if target.partition("_")[0] in others:
            raise ValueError(f"{table} refers to {target}, which belongs to another plugin")


def _line(error: BaseException) -> str:
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0].rstrip('.')}" if text else type(error).__name__


def migrations_of(item: Installed) -> Migrations | None:
    """Return a plugin's line of migrations, if it has one."""
    if item.plugin is None or item.plugin.migrations is None:
        return None
    folder = AssetResolver().resolve(item.plugin.migrations).abspath()
    return Migrations(item.name, Path(folder))


def check_migrated(plugins: dict[str, Installed], database: Database) -> None:
    """Quarantine plugins whose tables are not up to date: their queries would fail."""
    with database.reader.connect() as connection:
        for name, item in plugins.items():
            line = migrations_of(item)
            if line is None or not item.working:
                continue
            try:
                current = line.is_current(connection)
            except Exception as error:  # noqa: BLE001 - a broken migration file is the plugin's
                plugins[name] = replace(
                    item,
                    problem=f"Its migrations cannot be read: {_line(error)}.",
                    trace=traceback.format_exc(),
                )
                continue
            if not current:
                plugins[name] = replace(
                    item,
                    problem="Its tables are not up to date. Run `stadtkern db upgrade`.",
                )


def build_without_broken(
    plugins: dict[str, Installed], build: Callable[[Mapping[str, Installed]], Any]
) -> Any:
    """Call ``build`` until it succeeds, each time without the plugins that failed.

    All plugins are included under one commit: one commit each would let a duplicate name win
    silently. Each attempt starts from an empty registry. ``plugins`` ends with every problem in
    it. Errors of the core come through.
    """
    while True:
        check_requirements(plugins)
        try:
            return build(plugins)
        except PluginBroken as broken:
            for name in broken.names:
                plugins[name] = replace(plugins[name], problem=broken.problem, trace=broken.trace)


def check_requirements(plugins: dict[str, Installed]) -> None:
    """Quarantine plugins that need what is missing, broken, or themselves in a circle."""
    for name, item in list(plugins.items()):
        circle = _circle(plugins, name)
        if circle and item.working:
            plugins[name] = replace(
                item, problem=f"Plugins require each other in a circle: {' → '.join(circle)}."
            )
    found = True
    while found:
        found = False
        for name, item in list(plugins.items()):
            if not item.working or item.plugin is None:
                continue
            for need in item.plugin.requires:
                if need in plugins and plugins[need].working:
                    continue
                state = "quarantined" if need in plugins else "not installed"
                plugins[name] = replace(
                    item, problem=f"It needs the plugin {need}, which is {state}."
                )
                found = True
                break


def _circle(plugins: Mapping[str, Installed], start: str) -> list[str]:
    """Return the way along requirements that leads from a plugin back to itself, if any."""
    ways = [[start]]
    seen: set[str] = set()
    while ways:
        way = ways.pop(0)
        item = plugins.get(way[-1])
        for need in item.plugin.requires if item is not None and item.plugin else ():
            if need == start:
                return [*way, start]
            if need not in seen:
                seen.add(need)
                ways.append([*way, need])
    return []


class PluginBroken(Exception):  # noqa: N818 - caught here only
    """One attempt to build failed through one or more plugins."""

    def __init__(self, names: Iterable[str], problem: str, trace: str) -> None:
        super().__init__(problem)
        self.names = tuple(names)
        self.problem = problem
        self.trace = trace


def include_all(config: Configurator, plugins: Mapping[str, Installed]) -> None:
    """Include every working plugin through its own Configurator, then commit once.

    ``PluginBroken`` names whose fault a failure is.
    """
    state = config.action_state
    included = frozenset(state._seen_files)  # noqa: SLF001
    for item in in_order(plugins.values()):
        if not item.working:
            continue
        # Pyramid takes a helper library in only once. A second plugin that includes it must get
        # its own share or fail visibly, not work for the first one's towns only.
        state._seen_files = set(included)  # noqa: SLF001
        speaker = configurator_for(config, item.name, item.package)
        try:
            speaker.include(item.package)
        except Exception as error:
            raise PluginBroken(
                [item.name], f"It cannot be included: {_line(error)}.", traceback.format_exc()
            ) from error
    try:
        Configurator.commit(config)
    except ConfigurationConflictError as error:
        names = _owners(info for infos in error._conflicts.values() for info in infos)  # noqa: SLF001
        if not names:
            raise
        claims = " and ".join(names) if len(names) > 1 else f"{names[0]} and the core"
        what = ", ".join(_readable(key) for key in error._conflicts)  # noqa: SLF001
        raise PluginBroken(
            names, f"The same name is claimed by {claims}: {what}.", str(error)
        ) from error
    except ConfigurationExecutionError as error:
        names = _owners([error.info])
        if not names:
            raise
        raise PluginBroken(
            names, f"It cannot be configured: {_line(error.evalue)}.", traceback.format_exc()
        ) from error
    except ConfigurationError as error:
        names = _owners([getattr(error, "info", None)])
        if not names:
            raise
        raise PluginBroken(names, f"{_line(error)}.", traceback.format_exc()) from error


def _owners(infos: Iterable[Any]) -> list[str]:
    return sorted({info.owner for info in infos if getattr(info, "owner", None)})


def _readable(discriminator: Any) -> str:
    if isinstance(discriminator, tuple):
        return " ".join(str(part) for part in discriminator if isinstance(part, str | int))
    return str(discriminator)
