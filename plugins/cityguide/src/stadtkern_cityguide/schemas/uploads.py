"""The steps of an import in the back office."""

import colander

from stadtkern.forms import fields as f
from stadtkern_cityguide.gpx.model import MAX_BYTES, MAX_NAME
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.schemas.common import licence
from stadtkern_cityguide.schemas.tours import MODES


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
