"""The steps of an import in the back office."""

import colander

from stadtkern.forms import fields as f
from stadtkern_cityguide.gpx.model import MAX_BYTES, MAX_NAME
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.schemas.common import licence

MAX_PASTED = 2_000_000
"""Characters of a pasted text; larger ones come as files."""


class UploadSchema(colander.MappingSchema):
    """First step of an import."""

    upload = f.upload(
        _("File"),
        accept=".gpx,.geojson,.json,.csv,.ics,.osm,.xml",
        maximum=MAX_BYTES,
        required=False,
        description=_(
            "GPX, GeoJSON, CSV, iCalendar or OpenStreetMap XML, at most 10 MB. Nothing is stored "
            "before you have seen the result."
        ),
    )
    pasted = f.text(
        _("or paste its text"),
        maximum=MAX_PASTED,
        rows=6,
        required=False,
        description=_("What a map, a calendar or a spreadsheet gives you to copy."),
    )
    name = f.line(
        _("What pasted text is called"),
        maximum=MAX_NAME,
        required=False,
        description=_(
            "By this name the next paste is known as the same source, as files are by theirs."
        ),
    )
    licence = licence(required=False)
    attribution = f.line(
        _("Attribution"),
        maximum=MAX_NAME,
        required=False,
        description=_("Licence and attribution count where the file names none."),
    )


class ConfirmSchema(colander.MappingSchema):
    """Second step of an import."""

    publish = f.yes(_("Publish what is new at once, as far as nothing is missing"))
