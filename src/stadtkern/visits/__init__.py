"""How often pages are read and what is searched in vain: daily numbers without visitors."""

from pyramid.config import Configurator

from stadtkern.visits import queries, services
from stadtkern.visits.counting import by_person, page_read, searched_in_vain
from stadtkern.visits.models import DayCount

__all__ = ["by_person", "includeme", "page_read", "queries", "searched_in_vain"]


def includeme(config: Configurator) -> None:
    """Store what is counted."""
    services.configure(config)
    config.add_town_data("day_count", DayCount)
