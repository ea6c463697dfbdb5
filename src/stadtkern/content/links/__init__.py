"""Who refers to whom: taken from what is stored on every save, shown before anything goes away.

Links to pages of the same site are stored as paths, as editors write them, so that contents are
readable and leave the system cleanly. A row of ``reference`` beside each one holds the node that
the path meant when it was saved; pages are shown with that node's present address.
"""

from pyramid.config import Configurator

from stadtkern.content.links import checks, nightly
from stadtkern.content.links.extract import Found, found_in
from stadtkern.content.links.keep import backfill, fill, follow, meant
from stadtkern.content.links.models import LinkCheck
from stadtkern.content.links.present import present_links
from stadtkern.content.links.report import (
    Referrer,
    broken_anchors,
    broken_external,
    broken_internal,
    first_broken,
    pages_with,
    references_to,
    referring,
)

__all__ = [
    "Found",
    "LinkCheck",
    "Referrer",
    "backfill",
    "broken_anchors",
    "broken_external",
    "broken_internal",
    "checks",
    "configure",
    "fill",
    "first_broken",
    "found_in",
    "meant",
    "pages_with",
    "present_links",
    "references_to",
    "referring",
]


def configure(config: Configurator) -> None:
    """Follow what happens to nodes; register the jobs."""
    config.add_subscriber(follow, "stadtkern.content.events.NodeEvent")
    nightly.configure(config)
