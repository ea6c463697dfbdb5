"""The interface between a municipality's site and its finance system.

It brings its settings, permissions, a role, and the calculation of property and trade tax with its
commands (``stadtkern finance …``); it adds no page.
"""

from pyramid.config import Configurator

from stadtkern.accounts import Permission
from stadtkern.plugins import Plugin
from stadtkern_finance.i18n import _
from stadtkern_finance.permissions import FinancePermission
from stadtkern_finance.schemas import FinanceSettings

plugin = Plugin(
    name="finance",
    title=_("Finance interface"),
    description=_(
        "Takes in assessments of property and trade tax and hands them to the finance system. "
        "So far the settings are here, and the calculation on the command line."
    ),
    permissions=FinancePermission,
    settings=FinanceSettings,
    commands="stadtkern_finance.cli:group",
    adds_pages=False,
)


def includeme(config: Configurator) -> None:
    """Bring the catalogues and the role of the treasury's clerks."""
    config.add_locale_dir("stadtkern_finance")
    config.add_role(
        "finance_clerk",
        title=_("Finance clerk"),
        permissions=(Permission.OFFICE, FinancePermission.READ, FinancePermission.RELEASE),
    )
