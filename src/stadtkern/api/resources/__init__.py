"""The core's resources, by subject."""

from pyramid.config import Configurator

SUBJECTS = ("nodes", "trash", "media", "settings", "plugins", "audit", "search")


def includeme(config: Configurator) -> None:
    """Register all of them."""
    for subject in SUBJECTS:
        config.include(f"stadtkern.api.resources.{subject}")
