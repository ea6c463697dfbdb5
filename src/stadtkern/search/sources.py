"""What can be found beside nodes: pages and records of rooms and plugins."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.plugins import owner_of
from stadtkern.search.models import NODES
from stadtkern.tenants import Tenant


@dataclass(frozen=True)
class Entry:
    """One thing that a source lets visitors find.

    ``key``: its name within the source and language, up to 100 characters. ``path``: its address
    below the host. ``names``: other words for it, which count like its title. ``text``: plain.
    ``at``: the day that it is about; without one it does not become old. ``weight`` (0.1 to 10):
    times its rank; 1 is a page's.
    """

    key: str
    title: str
    path: str
    language: str
    summary: str = ""
    text: str = ""
    names: str = ""
    at: datetime | None = None
    weight: float = 1.0


Entries = Callable[[Session, Registry, Tenant], Iterable[Entry]]


@dataclass(frozen=True)
class SearchSource:
    """A kind of things that can be found."""

    name: str
    title: str
    entries: Entries
    permission: str | None
    owner: str | None


def add_search_source(
    config: Configurator,
    name: str,
    *,
    title: str,
    entries: Entries,
    permission: str | None = None,
) -> None:
    """Let visitors find what is no node.

    ``entries(session, registry, tenant)`` yields every ``Entry`` that there is, for towns that
    are indexed anew; what changes is told to ``stadtkern.search.put`` and ``remove`` in the same
    transaction. ``title`` names the kind beside results. Only who has ``permission`` finds
    anything of it; without one everybody does.
    """
    if name == NODES:
        raise ConfigurationError(f"The name {NODES} belongs to the content tree.")
    source = SearchSource(name, title, entries, permission, owner_of(config))

    def register() -> None:
        config.registry["search_sources"][name] = source

    intr = config.introspectable("search sources", name, str(title), "search source")
    intr["name"] = name
    config.action(("search source", name), register, introspectables=(intr,))


def enabled_sources(registry: Registry, plugins: frozenset[str]) -> dict[str, SearchSource]:
    """Return the sources that a tenant with these plugins has."""
    sources: dict[str, SearchSource] = registry["search_sources"]
    return {
        name: source
        for name, source in sources.items()
        if source.owner is None or source.owner in plugins
    }


def directives(config: Configurator) -> None:
    """Offer ``add_search_source``."""
    config.registry["search_sources"] = {}
    config.add_directive("add_search_source", add_search_source)
