"""What editors fill in for places and tours, and what a town sets."""

from typing import Any

import colander

from stadtkern.forms import fields as f
from stadtkern_cityguide.gpx import MAX_BYTES
from stadtkern_cityguide.gpx.model import MAX_NAME, MAX_TEXT
from stadtkern_cityguide.i18n import _

MAX_STOPS = 200
"""Most stops of a tour: each is a row of the form."""

KINDS = [
    ("hotspot", _("Sight")),
    ("poi", _("Point of interest")),
    ("facility", _("Facility")),
]
MODES = [("foot", _("On foot")), ("bicycle", _("By bicycle"))]
STEP_FREE = [
    ("yes", _("Yes")),
    ("partly", _("In parts")),
    ("no", _("No")),
]


def latitude() -> Any:
    """Return a field for degrees north."""
    return f.number(_("Latitude"), minimum=-90, maximum=90, whole=False)


def longitude() -> Any:
    """Return a field for degrees east."""
    return f.number(_("Longitude"), minimum=-180, maximum=180, whole=False)


def licence(*, required: bool) -> Any:
    """Return a field for a licence: a short name or the address of its text."""
    return f.line(
        _("Licence"),
        maximum=MAX_NAME,
        required=required,
        description=_("Short name such as CC-BY-4.0, or the address of the licence's text."),
    )


class PlaceSchema(colander.MappingSchema):
    """Where a place is, and what visitors need to know before they come."""

    kind = f.choice(_("Kind"), KINDS, default="hotspot")
    lat = latitude()
    lon = longitude()
    address = f.line(_("Street and town"), required=False)
    opening_hours = f.text(
        _("Opening hours"),
        maximum=1000,
        rows=3,
        required=False,
        description=_("Shown as you write it."),
    )
    fee = f.line(_("Admission"), required=False, description=_("For example “free” or “5 euros”."))
    step_free = f.choice(_("Step-free access"), STEP_FREE, required=False)
    licence = licence(required=True)
    attribution = f.line(_("Attribution"), description=_("Who wrote the text or holds the rights."))
    source = f.line(_("Source of the facts"), maximum=500, required=False)
    source_id = f.line(_("Number at the source"), maximum=120, required=False)


class StopSchema(colander.MappingSchema):
    """One stop of a tour."""

    title = f.line(_("Stop"), maximum=MAX_NAME)
    text = f.text(_("Text"), maximum=MAX_TEXT, rows=3, required=False)
    lat = latitude()
    lon = longitude()


class TourSchema(colander.MappingSchema):
    """What editors may change of a tour; its line comes from the file and stays."""

    mode = f.choice(_("How to get about"), MODES, default="foot")
    stops = f.rows(_("Stops"), StopSchema(title=""), maximum=MAX_STOPS)
    licence = licence(required=False)
    attribution = f.line(
        _("Attribution"), maximum=MAX_NAME, required=False, description=_("Who made the route.")
    )
    link = f.line(_("Page about the route"), maximum=500, required=False, validator=f.address)


class UploadSchema(colander.MappingSchema):
    """First step of an import."""

    upload = f.upload(
        _("GPX file"),
        accept=".gpx,application/gpx+xml",
        maximum=MAX_BYTES,
        description=_("At most 10 MB. Nothing is stored before you have seen the result."),
    )


class ConfirmSchema(colander.MappingSchema):
    """Second step of an import: what the file says, to be corrected."""

    title = f.line(_("Title"), maximum=200)
    summary = f.text(_("Summary"), maximum=500, rows=3, required=False)
    mode = f.choice(_("How to get about"), MODES, default="foot")
    licence = licence(required=False)
    attribution = f.line(
        _("Attribution"), maximum=MAX_NAME, required=False, description=_("Who made the route.")
    )
    publish = f.yes(_("Publish at once"))


class CityGuideSettings(colander.MappingSchema):
    """How the guide presents itself, and where imports go."""

    intro_de = f.text(_("Introduction in German"), maximum=1000, rows=3, required=False)
    intro_en = f.text(_("Introduction in English"), maximum=1000, rows=3, required=False)
    folder = f.line(
        _("Where imported tours go"),
        maximum=900,
        required=False,
        description=_(
            "The address of a page, for example /entdecken. Empty: /entdecken if it exists, else "
            "the front page."
        ),
    )
    licence = f.line(
        _("Licence where a file names none"),
        maximum=MAX_NAME,
        required=False,
        description=_("Short name such as CC-BY-4.0, or the address of the licence's text."),
    )
    trigger_radius_m = f.number(
        _("Metres around a stop that count as being there"),
        minimum=5,
        maximum=1000,
        default=40,
        description=_("Handed to apps that read the guide's data."),
    )
