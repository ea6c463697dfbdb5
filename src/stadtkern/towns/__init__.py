"""Whole towns: out of an installation with all that is theirs, and into another."""

from pyramid.config import Configurator

from stadtkern.towns import arriving, core, guards, keeping, pages, parts, persons, standing
from stadtkern.towns.archive import Archive
from stadtkern.towns.discarding import discard
from stadtkern.towns.errors import Interrupted, TownRefused
from stadtkern.towns.exporting import Exported, export_town, whole_file
from stadtkern.towns.guards import withheld
from stadtkern.towns.importing import TownImporter
from stadtkern.towns.parts import LEFT_OUT, TownData
from stadtkern.towns.storing import Imported
from stadtkern.web.i18n import _

__all__ = [
    "LEFT_OUT",
    "Archive",
    "Exported",
    "Imported",
    "Interrupted",
    "TownData",
    "TownImporter",
    "TownRefused",
    "arriving",
    "directives",
    "discard",
    "export_town",
    "includeme",
    "keeping",
    "pages",
    "standing",
    "whole_file",
    "withheld",
]


def directives(config: Configurator) -> None:
    """Offer ``add_town_data`` and ``guard_town_data``."""
    config.registry["town_data"] = {}
    config.registry["town_guards"] = {}
    config.add_directive("add_town_data", parts.add_town_data)
    config.add_directive("guard_town_data", guards.guard_town_data)


def includeme(config: Configurator) -> None:
    """Name the core's tables and the deeds."""
    core.configure(config)
    keeping.configure(config)
    arriving.configure(config)
    persons.configure(config)
    config.add_audit_kind("town", title=_("Town"))
    config.add_audit_deed("town.export", title=_("exported"))
    config.add_audit_deed("town.import", title=_("imported"))
