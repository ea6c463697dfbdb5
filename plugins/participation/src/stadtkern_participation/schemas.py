"""Settings of participation, one set for each municipality."""

import colander

from stadtkern.forms import fields as f
from stadtkern_participation.i18n import _

MODERATION = [
    ("before", _("Before they are shown")),
    ("guests", _("Before they are shown, if they come from guests")),
    ("after", _("After they are shown")),
]


class ParticipationSettings(colander.MappingSchema):
    """Who answers, how contributions are moderated, and what results may tell."""

    contact_name = f.line(_("Who answers questions"), required=False)
    contact_mail = f.mail(
        _("Mail address for questions"),
        required=False,
        description=_("Shown with every process."),
    )
    moderation = f.choice(_("When contributions are checked"), MODERATION, default="guests")
    guests = f.yes(
        _("People may take part without an account"),
        default=True,
        description=_("With limits on how often, and without third parties."),
    )
    minimum_group = f.number(
        _("Smallest group that results show"),
        minimum=2,
        maximum=100,
        default=5,
        description=_("Smaller groups are left out, so that nobody can be recognised."),
    )
    answer_days = f.number(
        _("Days until a proposal gets an answer"),
        minimum=1,
        maximum=365,
        default=42,
    )
