"""Slots: places in the layout that plugins fill, instead of overriding templates."""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.request import Request

SLOTS = {
    "head": "links to styles and scripts of one's own in the page's head",
    "front.door": 'a door on the front page: an <a class="door">',
    "front.after": "below the front page's lists",
    "page.after": "below the content of pages, news and events",
    "search.after": "below the results of a search, which are the context",
    "footer": "a list item with a link in the footer",
    "office.deeds": "list items with links, on a node's page in the back office",
    "office.edit": (
        "above the form of a node in the back office; the context is a mapping: `kind` (its "
        "content type), `adding` (whether it is new), `resource` (the node, or what a new one "
        "goes below)"
    ),
}

Filler = Callable[[Request, object], str | None]


@dataclass(frozen=True)
class Filling:
    """What one owner puts into a slot."""

    slot: str
    name: str
    fill: Filler
    order: int
    owner: str | None


def add_slot(config: Configurator, slot: str, name: str, fill: Filler, *, order: int = 100) -> None:
    """Fill ``slot`` by ``fill(request, context)``, which returns safe HTML or None.

    Lower ``order`` comes first. Pages are cached: what is returned must depend on published
    content and settings only. Those of the back office (``office.…``) are not, and who asks is
    logged in.
    """
    if slot not in SLOTS:
        raise ConfigurationError(f"There is no slot {slot}. Slots: {', '.join(SLOTS)}.")
    owner = getattr(config, "owner", None)

    def register() -> None:
        fillings: list[Filling] = config.registry["slots"].setdefault(slot, [])
        fillings.append(Filling(slot, name, fill, order, owner))
        fillings.sort(key=lambda item: (item.order, item.name))

    intr = config.introspectable("slots", (slot, name), f"{name} in {slot}", "slot")
    intr["slot"] = slot
    config.action(("slot", slot, name), register, introspectables=(intr,))


def render_slot(request: Request, slot: str, context: object = None) -> Markup:
    """Return what the tenant's plugins put into a slot."""
    parts = []
    for filling in request.registry["slots"].get(slot, ()):
        if filling.owner is None or request.plugin_enabled(filling.owner):
            html = filling.fill(request, context)
            if html:
                parts.append(Markup(html))  # noqa: S704 - fillers return safe HTML by contract
    return Markup("\n").join(parts)


def directives(config: Configurator) -> None:
    """Offer ``add_slot``."""
    config.registry["slots"] = {}
    config.add_directive("add_slot", add_slot)
