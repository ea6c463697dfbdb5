"""How often pages are read and what is searched in vain: daily numbers without visitors."""

from pyramid.config import Configurator

from stadtkern.search import Searched
from stadtkern.visits import queries, services
from stadtkern.visits.counting import page_read, searched_in_vain

__all__ = ["includeme", "page_read", "queries", "searched_in_vain"]


def includeme(config: Configurator) -> None:
    """Store what is counted."""
    services.configure(config)
    registry = config.registry

    def heard(event: Searched) -> None:
        if not event.results:
            searched_in_vain(registry, event.tenant_id, event.terms)

    config.add_subscriber(heard, Searched)
