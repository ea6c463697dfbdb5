"""The steps of an import in the back office."""

import colander

from stadtkern.forms import fields as f
from stadtkern_cityguide.gpx.model import MAX_BYTES, MAX_NAME
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.schemas.common import licence


class UploadSchema(colander.MappingSchema):
    """First step of an import."""

    upload = f.upload(
        _("File"),
        accept=".gpx,.geojson,.json,.csv,.ics,.osm,.xml",
        maximum=MAX_BYTES,
        description=_(
            "GPX, GeoJSON, CSV, iCalendar or OpenStreetMap XML, at most 10 MB. Nothing is stored "
            "before you have seen the result."
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
