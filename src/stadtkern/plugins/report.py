"""What a plugin adds, read from Pyramid's own record."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyramid.registry import Registry

from stadtkern.plugins.loading import bases_of, migrations_of
from stadtkern.plugins.plugin import Installed
from stadtkern.plugins.settings import bound_schema
from stadtkern.web.i18n import _


@dataclass(frozen=True)
class Row:
    """One thing that a plugin adds; ``where`` is ``package/file.py:line``, or empty."""

    name: str
    detail: str = ""
    where: str = ""


@dataclass(frozen=True)
class Section:
    """Things of one kind; ``title`` is translatable."""

    title: str
    rows: tuple[Row, ...]


def described(thing: Any) -> str:
    """Return a function's or class's dotted name without the wrapping that Pyramid adds."""
    thing = getattr(thing, "__wrapped__", thing)
    name = getattr(thing, "__qualname__", None)
    if name is None:
        thing = type(thing)
        name = thing.__qualname__
    return f"{thing.__module__}.{name}"


def _route(intr: Any) -> tuple[str, str]:
    return intr["name"], str(intr["pattern"])


def _view(intr: Any) -> tuple[str, str]:
    parts = [
        f"route {intr['route_name']}" if intr["route_name"] else "",
        f"context {described(intr['context'])}" if intr["context"] else "",
        f"name {intr['name']}" if intr["name"] else "",
        " ".join(_tuple(intr["request_methods"])),
    ]
    callable_ = described(intr["callable"]) if intr["callable"] is not None else "renderer"
    if intr["attr"]:
        callable_ += f".{intr['attr']}"
    return callable_, ", ".join(part for part in parts if part)


def _tuple(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _subscriber(intr: Any) -> tuple[str, str]:
    return described(intr["subscriber"]), ", ".join(
        str(getattr(iface, "__name__", iface)) for iface in intr["interfaces"]
    )


def _titled(intr: Any) -> tuple[str, str]:
    return str(intr.discriminator), str(intr.title)


def _grant(intr: Any) -> tuple[str, str]:
    role, names = intr.discriminator
    return role, ", ".join(names)


CATEGORIES: dict[str, tuple[str, Callable[[Any], tuple[str, str]]]] = {
    "content types": (_("Content types"), _titled),
    "block types": (_("Blocks"), _titled),
    "routes": (_("Routes"), _route),
    "views": (_("Views"), _view),
    "static views": (_("Static files"), lambda intr: (intr["name"], intr["spec"])),
    "slots": (_("Slots that it fills"), lambda intr: (intr["slot"], intr.discriminator[1])),
    "admin items": (_("Entries of the back office"), lambda i: (str(i.title), i["route"])),
    "dashboard tiles": (_("Tiles of the dashboard"), _titled),
    "roles": (_("Roles"), lambda i: (str(i.title), ", ".join(i["permissions"]))),
    "grants": (_("Permissions given to existing roles"), _grant),
    "health checks": (_("Health checks"), lambda intr: (intr.discriminator, "")),
    "subscribers": (_("What it listens to"), _subscriber),
    "request extensions": (
        _("Additions to requests"),
        lambda intr: (f"request.{intr.discriminator}", described(intr["callable"])),
    ),
    "translation directories": (_("Translations"), lambda intr: (intr["spec"], "")),
}
"""Pyramid's categories and ours, in the order of the page, each with what a row shows."""

HIDDEN = frozenset({"permissions", "templates", "root factories"})
"""Categories that repeat what stands in another."""


def what_it_adds(registry: Registry, name: str) -> list[Section]:
    """Return what the plugin ``name`` adds, by kind; kinds without rows are left out.

    Owners were recorded when the plugin was included, so helper libraries count with it.
    """
    item: Installed = registry["plugins"][name]
    found: dict[str, list[Row]] = {}
    for category, entries in registry.introspector.categorized(sort_key=None) or ():
        if category in HIDDEN:
            continue
        show = CATEGORIES.get(category, ("", _titled))[1]
        for entry in entries:
            intr = entry["introspectable"]
            if intr.get("owner") == name:
                row = Row(*show(intr), where=_where(intr.action_info))
                found.setdefault(category, []).append(row)
    order = [*CATEGORIES, *sorted(set(found) - set(CATEGORIES))]
    sections = [
        Section(CATEGORIES.get(category, (category.capitalize(), _titled))[0], tuple(rows))
        for category in order
        if (rows := sorted(found.get(category, ()), key=lambda row: (row.name, row.detail)))
    ]
    return sections + [section for section in _declared(item) if section.rows]


def _declared(item: Installed) -> Iterable[Section]:
    """Say what the plugin says about itself beside its directives."""
    plugin = item.plugin
    if plugin is None:
        return
    yield Section(_("Permissions"), tuple(Row(str(one)) for one in plugin.permissions or ()))
    if plugin.settings is not None:
        yield Section(
            _("Settings"),
            tuple(
                Row(f"{item.name}.{node.name}", str(node.title))
                for node in bound_schema(plugin.settings).children
            ),
        )
    yield Section(
        _("Tables"),
        tuple(
            Row(str(table), ", ".join(column.name for column in table.columns))
            for base in bases_of(item.package)
            for table in sorted((mapper.local_table for mapper in base.registry.mappers), key=str)
        ),
    )
    line = migrations_of(item)
    if line is not None:
        yield Section(
            _("Migrations"),
            tuple(
                Row(path.name, line.version_table)
                for path in sorted(line.versions.glob("[0-9a-z]*.py"))
            ),
        )
    if plugin.commands:
        yield Section(_("Commands"), (Row(f"stadtkern {item.name}", plugin.commands),))
    if plugin.on_enable:
        yield Section(_("When it is switched on"), (Row(plugin.on_enable),))
    yield Section(_("Plugins that it needs"), tuple(Row(need) for need in plugin.requires))


def _where(info: Any) -> str:
    """Return file and line, from the package on: no folder of the machine."""
    file, line = getattr(info, "file", None), getattr(info, "line", None)
    if not file:
        return ""
    path = Path(file)
    top = path.parent
    while (top / "__init__.py").is_file():
        top = top.parent
    return f"{path.relative_to(top)}:{line}"
