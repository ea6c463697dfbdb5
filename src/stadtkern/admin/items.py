"""Entries of the back office's menu and tiles of its dashboard."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.accounts import Permission
from stadtkern.web.i18n import _

CONTENT = _("Content")
FEEDBACK = _("Feedback")
ADMINISTRATION = _("Administration")
OPERATION = _("Operation")
LAST = (ADMINISTRATION, OPERATION)
"""The core's sections that stand below those of the plugins."""


@dataclass(frozen=True)
class Item:
    """One entry: leads to a route, shown to those who may go there."""

    name: str
    title: str
    route: str
    section: str
    permission: str
    order: int
    owner: str | None
    values: Mapping[str, str] = field(default_factory=dict)

    def path(self, request: Request) -> str:
        """Return where the entry leads."""
        return str(request.route_path(self.route, **self.values))


@dataclass(frozen=True)
class Tile:
    """One tile: ``render(request)`` returns safe HTML, or None to stay away."""

    name: str
    title: str
    render: Callable[[Request], str | None]
    permission: str
    order: int
    owner: str | None


def add_admin_item(
    config: Configurator,
    name: str,
    *,
    title: str,
    route: str,
    section: str = "",
    permission: str = Permission.OFFICE,
    order: int = 100,
    values: Mapping[str, str] | None = None,
) -> None:
    """Add an entry to the back office's menu; without ``section`` below the plugin's title.

    ``values``: what the route's pattern asks for.
    """
    owner = getattr(config, "owner", None)
    item = Item(name, title, route, section, str(permission), order, owner, values or {})

    def register() -> None:
        config.registry["admin_items"].append(item)
        config.registry["admin_items"].sort(key=lambda entry: (entry.order, entry.name))

    intr = config.introspectable("admin items", name, str(title), "admin item")
    intr["route"] = route
    config.action(("admin item", name), register, introspectables=(intr,))


def add_dashboard_tile(
    config: Configurator,
    name: str,
    *,
    title: str,
    render: Callable[[Request], str | None],
    permission: str = Permission.OFFICE,
    order: int = 100,
) -> None:
    """Add a tile to the dashboard."""
    owner = getattr(config, "owner", None)
    tile = Tile(name, title, render, str(permission), order, owner)

    def register() -> None:
        config.registry["dashboard_tiles"].append(tile)
        config.registry["dashboard_tiles"].sort(key=lambda entry: (entry.order, entry.name))

    intr = config.introspectable("dashboard tiles", name, str(title), "dashboard tile")
    config.action(("dashboard tile", name), register, introspectables=(intr,))


def directives(config: Configurator) -> None:
    """Offer the directives of this room."""
    config.registry["admin_items"] = []
    config.registry["dashboard_tiles"] = []
    config.add_directive("add_admin_item", add_admin_item)
    config.add_directive("add_dashboard_tile", add_dashboard_tile)


def _visible(request: Request, owner: str | None, permission: str) -> bool:
    if owner is not None and not request.plugin_enabled(owner):
        return False
    return permission in request.permissions


@dataclass(frozen=True)
class Entry:
    """One entry as the menu shows it; ``current``: what ``aria-current`` says, empty for others."""

    title: str
    path: str
    current: str


def office_menu(request: Request) -> list[tuple[str, list[Entry]]]:
    """Return the menu's sections with the entries that this person may open."""
    sections: dict[str, list[tuple[str, str]]] = {CONTENT: [], FEEDBACK: []}
    plugins = request.registry["plugins"]
    for item in request.registry["admin_items"]:
        if not _visible(request, item.owner, item.permission):
            continue
        title = item.section or (
            plugins[item.owner].plugin.title if item.owner is not None else CONTENT
        )
        sections.setdefault(title, []).append((item.title, item.path(request)))
    late = {title: sections.pop(title, []) for title in LAST}
    every = sections | late
    own = _own(request, {path for entries in every.values() for _title, path in entries})
    said = {own: "page" if own == request.path_info else "true"}
    return [
        (title, [Entry(name, path, said.get(path, "")) for name, path in entries])
        for title, entries in every.items()
        if entries
    ]


def _own(request: Request, paths: Collection[str]) -> str:
    """Return the entry of a page, or of what the page stands below: the nearest one.

    The form of a node belongs to the tree, the settings of a plugin to the plugins.
    """
    here = str(request.path_info)
    if here.startswith("/admin/nodes/"):
        return str(request.route_path("admin.tree"))
    last = here.removeprefix("/admin/settings/")
    if here not in paths and last in request.registry["plugins"]:
        return str(request.route_path("admin.plugins"))
    above = {path for path in paths if here == path or here.startswith(f"{path}/")}
    return max(above - ({request.route_path("admin")} - {here}), key=len, default="")


def office_tiles(request: Request) -> list[tuple[str, Markup]]:
    """Return the dashboard's tiles for this person."""
    found = []
    for tile in request.registry["dashboard_tiles"]:
        if _visible(request, tile.owner, tile.permission):
            html = tile.render(request)
            if html:
                found.append((tile.title, Markup(html)))  # noqa: S704 - tiles return safe HTML
    return found
