"""What every municipality tells: services, offices, contacts, official announcements."""

from pyramid.config import Configurator

from stadtkern.municipal import announcements, blocks
from stadtkern.municipal.announcements import is_official, withdraw
from stadtkern.municipal.types import configure

__all__ = ["includeme", "is_official", "withdraw"]


def includeme(config: Configurator) -> None:
    """Register types, pages and the block; keep announcements as they were published."""
    configure(config)
    announcements.configure(config)
    blocks.configure(config)
    config.include("stadtkern.municipal.views")
