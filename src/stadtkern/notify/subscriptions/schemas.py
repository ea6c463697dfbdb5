"""What a town may say about subscriptions."""

import colander

from stadtkern.forms import fields as f
from stadtkern.web.i18n import _


class SubscriptionSettings(colander.MappingSchema):
    """Whether there are any."""

    offered = f.yes(
        _("Visitors can subscribe to news by mail"),
        default=True,
        description=_("Switched off, no links to it are shown and no such mails are sent."),
    )
