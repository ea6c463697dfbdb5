"""A place: where it is, when it is open, who can get in, and whose words these are."""

import re
from collections.abc import Mapping
from typing import Any

import colander
from deform.widget import TextAreaWidget

from stadtkern.content import node_choice
from stadtkern.forms import fields as f
from stadtkern_cityguide import areas, hours
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.schemas.common import author, latitude, licence, longitude

KINDS = [
    ("hotspot", _("Sight")),
    ("poi", _("Point of interest")),
    ("facility", _("Facility")),
]
STEP_FREE = [
    ("yes", _("Yes")),
    ("partly", _("In parts")),
    ("no", _("No")),
]
ACCESS = [
    ("ramp", _("Ramp at the entrance")),
    ("automatic_door", _("Doors that open by themselves")),
    ("lift", _("Lift")),
    ("toilet", _("Toilet for wheelchair users")),
    ("parking", _("Parking for people with disabilities")),
    ("tactile", _("Guiding strips on the ground")),
    ("braille", _("Signs in Braille")),
    ("loop", _("Induction loop")),
    ("sign_language", _("Staff who sign")),
    ("assistance_dogs", _("Assistance dogs are welcome")),
    ("assistant", _("Help from the staff")),
    ("quiet", _("Quiet")),
]
"""What helps to get in and around; the public data name each as A11yJSON does."""

LANGUAGES = [
    ("de", "Deutsch"),
    ("de-simple", "Leichte Sprache"),
    ("gsg", "Deutsche Gebärdensprache"),
    ("en", "English"),
    ("fr", "Français"),
    ("nl", "Nederlands"),
    ("pl", "Polski"),
    ("ru", "Русский"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("ar", "العربية"),
    ("es", "Español"),
    ("it", "Italiano"),
]
MAX_CATEGORIES = 5
_WITH_TOWN = re.compile(r"(.*\S)\s*,\s*(\d{5})\s+(\S.*)")


def _hours(node: Any, value: str) -> None:
    problem = hours.problem(value)
    if problem is not None:
        raise colander.Invalid(node, problem)


def _tidy(value: Any) -> Any:
    return hours.repaired(value) if isinstance(value, str) else value


def opening_hours() -> Any:
    """Return the field for opening hours; white space and case are mended."""
    node = f.line(
        _("Opening hours"),
        maximum=hours.MAX_LENGTH,
        required=False,
        validator=_hours,
        description=_(
            "For example: Mo-Fr 09:00-17:00; Sa 10:00-13:00; PH off. Days are Mo Tu We Th Fr Sa "
            "Su, PH is a public holiday in Hesse. A semicolon replaces what was said for a day, a "
            "comma adds to it. The page shows the next days, so that you can check them."
        ),
    )
    node.preparer = _tidy
    return node


class AreaWidget(TextAreaWidget):
    """A widget of its own: numbers are nothing that the search should read."""


def _area(node: Any, value: str) -> None:
    try:
        areas.read(value)
    except areas.AreaError as error:
        raise colander.Invalid(node, error.message) from None


def _tidy_area(value: Any) -> Any:
    try:
        return areas.written(areas.read(value)) if isinstance(value, str) and value else value
    except areas.AreaError:
        # As it was typed; the field's check says what is wrong.
        return value


def area() -> Any:
    """Return the field for a place's area; what is pasted is stored in one form."""
    node = f.text(
        _("Area"),
        maximum=areas.MAX_CHARACTERS,
        rows=3,
        required=False,
        description=_(
            "For parks, districts and the like: a Polygon or MultiPolygon as GeoJSON. The point "
            "above stays where the place is shown in lists. Imports fill this in."
        ),
    )
    node.widget = AreaWidget(rows=3)
    node.validator = colander.All(node.validator, _area)
    node.preparer = _tidy_area
    return node


class FiledUnder(colander.MappingSchema):
    """One category of a place."""

    category = node_choice(_("Category"), "guide_category", refers=True)


class PlaceSchema(colander.MappingSchema):
    """Where a place is, and what visitors need to know before they come."""

    kind = f.choice(_("Kind"), KINDS, default="hotspot")
    categories = f.rows(_("Categories"), FiledUnder(title=""), maximum=MAX_CATEGORIES, spare=1)
    lat = latitude()
    lon = longitude()
    area = area()
    street = f.line(_("Street and number"), required=False)
    postal_code = f.line(_("Postal code"), maximum=10, required=False)
    city = f.line(_("Town"), required=False)
    opening_hours = opening_hours()
    hours_note = f.text(
        _("Note on the hours"),
        maximum=1000,
        rows=2,
        required=False,
        description=_("Shown as you write it."),
    )
    closed_until = f.day(
        _("Closed until"),
        required=False,
        description=_("The last day on which it is closed, for example for building works."),
    )
    closed_reason = f.line(_("Why it is closed"), required=False)
    fee = f.line(_("Admission"), required=False, description=_("For example “free” or “5 euros”."))
    phone = f.line(_("Phone"), kind="tel", maximum=40, required=False)
    mail = f.mail(_("Mail address"), required=False, autocomplete="off")
    website = f.line(_("Website"), maximum=500, required=False, kind="url", validator=f.address)
    spoken_languages = f.several(_("Languages spoken there"), LANGUAGES)
    step_free = f.choice(
        _("Step-free access"),
        STEP_FREE,
        required=False,
        description=_("Yes: no step at the entrance, and all that matters is reached without one."),
    )
    access = f.several(_("Getting in and around"), ACCESS)
    access_note = f.text(
        _("More on getting in and around"),
        maximum=1000,
        rows=3,
        required=False,
        description=_("Steps and their height, gradients, widths of doors, who to ring."),
    )
    valid_from = f.day(_("Can be visited from"), required=False)
    valid_to = f.day(_("Can be visited until"), required=False)
    licence = licence(required=True)
    attribution = author()
    source = f.line(_("Source of the facts"), maximum=500, required=False)
    source_id = f.line(_("Number at the source"), maximum=120, required=False)

    def validator(self, node: Any, values: Mapping[str, Any]) -> None:
        """Refuse an end before the beginning."""
        first, last = values.get("valid_from"), values.get("valid_to")
        if first and last and last < first:
            error = colander.Invalid(node)
            error["valid_to"] = _("The end lies before the beginning.")
            raise error


def upgrade_place(version: int, fields: dict[str, Any]) -> dict[str, Any]:
    """Bring stored fields up: version 1 had one line of address and hours in anybody's words."""
    if version >= 2:  # noqa: PLR2004 - the present one
        return fields
    done = dict(fields)
    address = str(done.pop("address", "") or "")
    found = _WITH_TOWN.fullmatch(address)
    if found:
        done |= {"street": found[1], "postal_code": found[2], "city": found[3]}
    elif address:
        done["street"] = address
    written = str(done.pop("opening_hours", "") or "")
    mended = hours.repaired(written)
    if written and hours.problem(mended) is None:
        done["opening_hours"] = mended
    elif written:
        done["hours_note"] = written
    return done
