"""Search: what a visitor types, and the page that was meant. On both databases alike."""

from collections.abc import Iterable

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.search import follow, health, jobs, sources, towns
from stadtkern.search.events import Searched
from stadtkern.search.finding import Choice, Hit, Results, Suggestion, find, holding, suggest
from stadtkern.search.fitting import fitting
from stadtkern.search.index import Index
from stadtkern.search.jobs import GENERATION, REINDEX, reindex
from stadtkern.search.models import SearchEntry, SearchState, SearchText, SearchWord
from stadtkern.search.queries import count, state
from stadtkern.search.schemas import SearchSettings
from stadtkern.search.sources import Entry, SearchSource
from stadtkern.tenants import bump_generation
from stadtkern.web.i18n import _

__all__ = [
    "GENERATION",
    "REINDEX",
    "Choice",
    "Entry",
    "Hit",
    "Results",
    "SearchEntry",
    "SearchSettings",
    "SearchSource",
    "SearchState",
    "SearchText",
    "SearchWord",
    "Searched",
    "Suggestion",
    "count",
    "directives",
    "find",
    "fitting",
    "holding",
    "includeme",
    "put",
    "reindex",
    "remove",
    "state",
    "suggest",
]


def put(
    session: Session, registry: Registry, tenant_id: int, source: str, entries: Iterable[Entry]
) -> None:
    """Let entries of a source be found as they are now; within the transaction that made them."""
    if Index(session, registry, tenant_id).put(source, entries):
        _changed(session, registry, tenant_id)


def remove(
    session: Session, registry: Registry, tenant_id: int, source: str, keys: Iterable[str]
) -> None:
    """Let nobody find entries of a source any more, in whatever language."""
    if Index(session, registry, tenant_id).remove(source, keys):
        _changed(session, registry, tenant_id)


def _changed(session: Session, registry: Registry, tenant_id: int) -> None:
    """Forget answers that are kept; those of nodes go with the content's own generation."""
    bump_generation(session, registry["tenants"], tenant_id, GENERATION)


def directives(config: Configurator) -> None:
    """Offer ``add_search_source``."""
    sources.directives(config)


def includeme(config: Configurator) -> None:
    """Follow what is published; register settings, job and check."""
    config.registry["search_towns"] = towns.Towns()
    config.registry["search_reach"] = {}
    config.add_settings_schema("search", SearchSettings, _("Search"))
    follow.configure(config)
    jobs.configure(config)
    health.configure(config)
