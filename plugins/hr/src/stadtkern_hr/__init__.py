"""The interface between a municipality's site and its human-resources system.

For now it brings its settings, permissions and a role; it adds no page.
"""

from pyramid.config import Configurator

from stadtkern.accounts import Permission
from stadtkern.plugins import Plugin
from stadtkern_hr.i18n import _
from stadtkern_hr.permissions import HrPermission
from stadtkern_hr.schemas import HrSettings

plugin = Plugin(
    name="hr",
    title=_("HR interface"),
    description=_(
        "Hands the data of new employees from the applicant portal to payroll. So far only the "
        "settings are here."
    ),
    permissions=HrPermission,
    settings=HrSettings,
    adds_pages=False,
)


def includeme(config: Configurator) -> None:
    """Bring the catalogues and the role of the personnel office's clerks."""
    config.add_locale_dir("stadtkern_hr")
    config.add_role(
        "hr_clerk",
        title=_("Personnel clerk"),
        permissions=(Permission.OFFICE, HrPermission.READ, HrPermission.RELEASE),
    )
