"""The room in which a municipality asks its residents.

For now it brings its settings, permissions and a role; it adds no page.
"""

from pyramid.config import Configurator

from stadtkern.accounts import Permission
from stadtkern.plugins import Plugin
from stadtkern_participation.i18n import _
from stadtkern_participation.permissions import ParticipationPermission
from stadtkern_participation.schemas import ParticipationSettings

plugin = Plugin(
    name="participation",
    title=_("Participation"),
    description=_("Lets residents propose, discuss and decide. So far only the settings are here."),
    permissions=ParticipationPermission,
    settings=ParticipationSettings,
    adds_pages=False,
)


def includeme(config: Configurator) -> None:
    """Bring the catalogues and the role of moderators."""
    config.add_locale_dir("stadtkern_participation")
    config.add_role(
        "moderator",
        title=_("Moderator of participation"),
        permissions=(
            Permission.OFFICE,
            ParticipationPermission.MANAGE,
            ParticipationPermission.MODERATE,
        ),
    )
