"""Fields that several forms of the guide have."""

from typing import Any

from stadtkern.forms import fields as f
from stadtkern_cityguide.gpx.model import MAX_NAME
from stadtkern_cityguide.i18n import _


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


def author() -> Any:
    """Return the field that says whose work it is."""
    return f.line(_("Attribution"), description=_("Who wrote the text or holds the rights."))
