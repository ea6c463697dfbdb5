"""The REST API: ``/api/v1``, its document, and the directive by which plugins extend it."""

from pyramid.config import Configurator

from stadtkern.api import errors, operations
from stadtkern.api.asking import Asked
from stadtkern.api.operations import Operation
from stadtkern.api.schemas import ApiSettings, Paged
from stadtkern.web.i18n import _
from stadtkern.web.problems import Problem

__all__ = ["Asked", "Operation", "Paged", "Problem", "directives", "includeme"]


def directives(config: Configurator) -> None:
    """Offer ``add_api_resource``."""
    operations.directives(config)


def includeme(config: Configurator) -> None:
    """Register the core's resources and what is told when something is wrong."""
    config.add_settings_schema("api", ApiSettings, _("Access by programs (API)"))
    config.include(errors)
    config.include("stadtkern.api.public")
    config.include("stadtkern.api.resources")
