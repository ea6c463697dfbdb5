"""Whole collections in the formats that devices and other sites read, filtered like the list."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register the addresses."""
    config.include("stadtkern_cityguide.feeds.views")
