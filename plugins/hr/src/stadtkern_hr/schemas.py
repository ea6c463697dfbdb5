"""Settings of the interface for hires, one set for each municipality."""

import colander

from stadtkern.forms import fields as f
from stadtkern_hr.i18n import _


class HrSettings(colander.MappingSchema):
    """Who answers for personnel matters and how long data are kept."""

    office_name = f.line(_("Name of the personnel office"), required=False)
    office_mail = f.mail(
        _("Mail address of the personnel office"),
        required=False,
        description=_("Questions of new employees and notices on stuck cases go here."),
    )
    retention_months = f.number(
        _("Months until data of cases that came to nothing are deleted"),
        minimum=1,
        maximum=60,
        default=6,
        description=_(
            "Counted from the refusal or withdrawal. Six months cover the time limits of § 15 (4) "
            "AGG and § 61b ArbGG."
        ),
    )
    delivery_days = f.number(
        _("Days until raw files of finished cases are deleted"),
        minimum=1,
        maximum=365,
        default=30,
    )
    four_eyes = f.yes(
        _("A second person releases each case"),
        default=True,
        description=_("Whoever has checked a case cannot release it."),
    )
    link_hours = f.number(
        _("Hours for which a one-time link to the form is valid"),
        minimum=1,
        maximum=336,
        default=72,
    )
