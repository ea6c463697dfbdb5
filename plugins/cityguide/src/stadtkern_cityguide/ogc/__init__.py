"""OGC API – Features 1.0 (OGC 17-069r4): the guide's open data for maps and programs of others.

Coordinates are CRS84: longitude first. JSON is what everybody gets who does not ask for a page.
"""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register the addresses."""
    config.include("stadtkern_cityguide.ogc.views")
