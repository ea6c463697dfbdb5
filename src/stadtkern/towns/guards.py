"""Who may take a town's archive along: what a plugin guards on its screens, it guards here too."""

from collections.abc import Collection
from typing import Any, NamedTuple

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.registry import Registry
from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern.plugins import TenantPlugin, owner_of


class Guard(NamedTuple):
    """What somebody needs who takes a plugin's data along with the town."""

    permission: str
    title: Any
    """The data in words: “records of health”."""


def guard_town_data(config: Configurator, permission: str, *, title: Any) -> None:
    """Let only those write and fetch archives in the back office who may see the plugin's data.

    Holds from the day on which the town has switched the plugin on for the first time, also when
    it is off again. Operators export on the command line, where nobody asks for permissions.

    Args:
        permission: of the plugin, in the town.
        title: the data in words, for the sentence that refuses.

    """
    owner = owner_of(config)
    if owner is None:
        raise ConfigurationError("guard_town_data is for plugins: the core's data are everybody's.")

    def register() -> None:
        config.registry["town_guards"][owner] = Guard(permission, title)

    intr = config.introspectable("town data guards", owner, owner, "town data guard")
    intr["permission"] = permission
    config.action(("town data guard", owner), register, introspectables=(intr,))


def withheld(session: Session, registry: Registry, held: Collection[str]) -> list[Guard]:
    """Return what keeps somebody with these permissions from the town's archive."""
    # A plugin's data stay when it is switched off, and so does its row here.
    ever = set(session.scalars(select(TenantPlugin.plugin)))
    return [
        guard
        for owner, guard in sorted(registry["town_guards"].items())
        if guard.permission not in held and owner in ever
    ]
