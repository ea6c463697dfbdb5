"""What every municipality tells: services, offices, contacts, official announcements."""

from pyramid.config import Configurator

from stadtkern.municipal import announcements
from stadtkern.municipal.announcements import is_official, withdraw
from stadtkern.municipal.types import configure

__all__ = ["includeme", "is_official", "withdraw"]


def includeme(config: Configurator) -> None:
    """Register types and their public pages; keep announcements as they were published."""
    configure(config)
    announcements.configure(config)
    config.include("stadtkern.municipal.views")
