"""A tour and its stops; their order is the order of the rows, so that no two share a position."""

import colander

from stadtkern.content import node_choice
from stadtkern.forms import fields as f
from stadtkern_cityguide.gpx.model import MAX_NAME, MAX_TEXT
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.schemas.common import latitude, licence, longitude
from stadtkern_cityguide.schemas.places import STEP_FREE

MAX_STOPS = 200
"""Most stops of a tour: each is a row of the form."""

MODES = [("foot", _("On foot")), ("bicycle", _("By bicycle"))]


class StopSchema(colander.MappingSchema):
    """One stop of a tour."""

    title = f.line(_("Stop"), maximum=MAX_NAME)
    text = f.text(_("Text"), maximum=MAX_TEXT, rows=3, required=False)
    lat = latitude()
    lon = longitude()
    place = node_choice(
        _("Place of the guide"),
        "place",
        required=False,
        refers=True,
        description=_("Its page is linked, with its hours and its media."),
    )
    trigger_radius_m = f.number(
        _("Metres around it that count as being there"),
        minimum=5,
        maximum=1000,
        required=False,
        description=_("Left empty: as in the settings of the guide."),
    )


class TourSchema(colander.MappingSchema):
    """What editors may change of a tour; its line is changed on a screen of its own.

    ``line``: the fingerprint of the line (``tracks``), so that each revision has its own.
    """

    mode = f.choice(_("How to get about"), MODES, default="foot")
    step_free = f.choice(
        _("Step-free way"),
        STEP_FREE,
        required=False,
        description=_("Yes: wheelchairs and prams get along the whole way, without a step."),
    )
    stops = f.rows(_("Stops"), StopSchema(title=""), maximum=MAX_STOPS)
    licence = licence(required=True)
    attribution = f.line(_("Attribution"), maximum=MAX_NAME, description=_("Who made the route."))
    link = f.line(_("Page about the route"), maximum=500, required=False, validator=f.address)
    line = colander.SchemaNode(
        colander.String(),
        title=_("Line of the way"),
        validator=colander.Length(max=64),
        missing=None,
        kept=True,
    )
