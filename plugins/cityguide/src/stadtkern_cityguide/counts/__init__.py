"""How often the guide is used: daily numbers without visitors.

No address, no cookie, no device: who comes twice counts twice. Pages that are read are counted by
the core (``stadtkern.visits``); here stand codes that were scanned or typed, tours that were taken
along, and finished rallies that somebody has let us count by a press. What else happens on a device
(a walk, a task that was solved) does not reach us.
"""

from functools import partial

from pyramid.config import Configurator
from pyramid.request import Request

from stadtkern.visits import by_person
from stadtkern_cityguide.counts.models import DOWNLOADED, FINISHED, METRICS, SCANNED, GuideCount
from stadtkern_cityguide.counts.storing import KIND, store

__all__ = ["DOWNLOADED", "FINISHED", "METRICS", "SCANNED", "GuideCount", "includeme", "note"]


def note(request: Request, metric: str, node_id: int) -> None:
    """Count one use of a place or tour, unless a program says that it is one."""
    if by_person(request):
        request.registry["counts"].count(KIND, request.tenant.id, f"{metric}:{node_id}")


def includeme(config: Configurator) -> None:
    """Store what is counted; it leaves and comes with its town."""
    config.registry["counts"].add(KIND, partial(store, config.registry))
    config.add_town_data("cityguide_count", GuideCount, references={"node_id": "node"})
