"""What the plugins room tells the rooms above it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyramid.registry import Registry
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class PluginEnabled:
    """A tenant has switched a plugin on; still within that transaction."""

    session: Session
    registry: Registry
    tenant_id: int
    plugin: str


@dataclass(frozen=True)
class PluginDisabled:
    """A tenant has switched a plugin off; still within that transaction."""

    session: Session
    registry: Registry
    tenant_id: int
    plugin: str


@dataclass(frozen=True)
class DemoLoading:
    """A demonstration town is being loaded; still within that transaction.

    A plugin adds what ``town`` (the folder's ``town.yaml``) names for it. Loading twice must
    change nothing. ``appoint(mail, roles)`` gives somebody of the demonstration their roles, where
    they log in at all.
    """

    session: Session
    registry: Registry
    tenant_id: int
    folder: Path
    town: Mapping[str, Any]
    appoint: Callable[[str, Sequence[str]], object]
