"""What a plugin says about itself; everything else it says with directives."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

NAME = re.compile(r"[a-z][a-z0-9]{1,30}")

ROOMS = frozenset(
    {
        *("web", "db", "forms", "tenants", "plugins", "audit", "jobs", "mail", "vault"),
        *("storage", "accounts", "content", "media", "search", "exchange", "privacy"),
        *("notify", "api", "site", "admin", "cli", "testing"),
    }
)
"""A plugin must not be called like a room: settings and permissions share these names."""

RESERVED = ROOMS | {
    # Commands of the core, first words of its tables and names of its own packages.
    *("serve", "demo", "worker", "stadtkern", "migrations", "locale", "frontend"),
    *("tenant", "account", "login", "password", "barrier", "node", "redirect", "alembic"),
}
"""All names that a plugin cannot have."""


@dataclass(frozen=True)
class Plugin:
    """A plugin's identity, found through the entry point group ``stadtkern.plugins``.

    ``permissions``: a StrEnum; ``settings``: a colander schema class with defaults, from which
    the tenant's settings form comes; ``migrations``: ``package:folder``; ``commands``: a dotted
    click group, imported only when called; ``on_enable``: a dotted function
    ``(session, registry, tenant)`` that is safe to run twice.
    """

    name: str
    title: str
    description: str = ""
    requires: tuple[str, ...] = ()
    permissions: type[StrEnum] | None = None
    settings: type[Any] | None = None
    migrations: str | None = None
    commands: str | None = None
    on_enable: str | None = None
    adds_pages: bool = True
    """False for a plugin that adds no public page yet; the back office says so."""


@dataclass(frozen=True)
class Installed:
    """A plugin as found on this machine, healthy or not."""

    name: str
    package: str
    distribution: str
    version: str
    plugin: Plugin | None = None
    problem: str | None = None
    """Why it is quarantined, in a sentence; None if it works."""
    trace: str = field(default="", repr=False)
    """The traceback behind the problem, for operators."""

    @property
    def working(self) -> bool:
        """Whether the plugin is part of the running application."""
        return self.plugin is not None and self.problem is None


def in_order(found: Iterable[Installed]) -> list[Installed]:
    """Sort so that each plugin comes after those it requires, else by name.

    Plugins in a circle come last; the loader quarantines them.
    """
    left = {item.name: item for item in sorted(found, key=lambda item: item.name)}
    placed: list[Installed] = []
    while left:
        ready = [
            item
            for item in left.values()
            if not any(name in left for name in (item.plugin.requires if item.plugin else ()))
        ]
        if not ready:
            placed.extend(left.values())
            break
        placed.extend(left.pop(item.name) for item in ready)
    return placed
