"""What a municipality asks of logins."""

import colander

from stadtkern.web.i18n import _


class SecuritySettings(colander.MappingSchema):
    """Which roles need a second factor; ``operator`` stands for the installation's operators."""

    own_page = True
    """Not on the page of settings: who changes it proves first who they are."""

    factor_roles = colander.SchemaNode(
        colander.Set(), title=_("Roles that need a second factor"), missing=None, default=()
    )
