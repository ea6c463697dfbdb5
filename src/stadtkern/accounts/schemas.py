"""What a municipality asks of logins."""

import colander

from stadtkern.web.i18n import _

LONGEST_DAYS = 365


class SecuritySettings(colander.MappingSchema):
    """Which roles need a second factor; ``operator`` stands for the installation's operators."""

    own_page = True
    """Not on the page of settings: who changes it proves first who they are."""

    factor_roles = colander.SchemaNode(
        colander.Set(), title=_("Roles that need a second factor"), missing=None, default=()
    )
    personal_tokens = colander.SchemaNode(
        colander.Boolean(), title=_("People may make access tokens for themselves"), default=True
    )
    token_days = colander.SchemaNode(
        colander.Integer(),
        title=_("Days that an access token is valid at most"),
        default=LONGEST_DAYS,
    )
