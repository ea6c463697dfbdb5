"""What is asked of somebody who has found something wrong."""

import colander

from stadtkern.forms import fields as f
from stadtkern_cityguide.feedback.models import KINDS
from stadtkern_cityguide.i18n import _

MAX_TEXT = 2_000


class FeedbackSchema(colander.MappingSchema):
    """One report; the same on the page and from a device."""

    kind = f.choice(_("What is wrong?"), tuple(KINDS.items()), ask=True)
    text = f.text(
        _("What did you find?"),
        maximum=MAX_TEXT,
        rows=5,
        description=_("Please write no names of other people."),
    )
    mail = f.mail(_("Your mail address, if you want an answer"), required=False)
