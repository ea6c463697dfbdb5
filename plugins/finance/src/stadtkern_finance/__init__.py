"""The interface between a municipality's site and its finance system.

It brings its settings, permissions, roles, the intake of base notices with their checks, and the
calculation of property and trade tax with its commands (``stadtkern finance …``).
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
        "Takes in base notices of property and trade tax, checks and calculates them, and has "
        "them released by a second person."
    ),
    permissions=FinancePermission,
    settings=FinanceSettings,
    migrations="stadtkern_finance:migrations",
    commands="stadtkern_finance.cli:group",
)


def includeme(config: Configurator) -> None:
    """Bring the catalogues, the roles of the treasury's people, and the intake."""
    config.add_locale_dir("stadtkern_finance")
    clerk = (
        *(Permission.OFFICE, Permission.EXCHANGE),
        *(FinancePermission.READ, FinancePermission.EDIT),
    )
    config.add_role("finance_clerk", title=_("Finance clerk"), permissions=clerk)
    config.add_role(
        "finance_approver",
        title=_("Finance approver"),
        permissions=(*clerk, FinancePermission.RELEASE),
    )
    # § 30 AO: tax secrecy holds for whoever takes the data along, too.
    config.guard_town_data(FinancePermission.READ, title=_("tax data"))
    config.include("stadtkern_finance.intake.configuring")
    config.include("stadtkern_finance.transfer.job")
    config.include("stadtkern_finance.folder.job")
    config.include("stadtkern_finance.stock.configuring")
    config.include("stadtkern_finance.ledger.configuring")
    config.include("stadtkern_finance.runs.configuring")
    config.include("stadtkern_finance.cases.configuring")
    config.include("stadtkern_finance.issuing.configuring")
    config.include("stadtkern_finance.views")
