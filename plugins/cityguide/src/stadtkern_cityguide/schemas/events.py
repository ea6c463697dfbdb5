"""What the guide adds to an event of the core: where in the guide it is, and the rights."""

import colander

from stadtkern.content import node_choice
from stadtkern.forms import fields as f
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.schemas.common import author, licence


class EventDetails(colander.MappingSchema):
    """A block of an event."""

    place = node_choice(_("Place of the guide"), "place", required=False)
    fee = f.line(_("Admission"), required=False, description=_("For example “free” or “5 euros”."))
    organiser = f.line(_("Organiser"), required=False)
    link = f.line(
        _("Page about the event"), maximum=500, required=False, kind="url", validator=f.address
    )
    licence = licence(required=True)
    attribution = author()
