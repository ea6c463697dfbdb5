"""Fields of services, offices, contacts and announcements."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import colander

from stadtkern.content import node_choice
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _

DAYS = [
    ("mo", _("Monday")),
    ("tu", _("Tuesday")),
    ("we", _("Wednesday")),
    ("th", _("Thursday")),
    ("fr", _("Friday")),
    ("sa", _("Saturday")),
    ("su", _("Sunday")),
]
LEIKA = re.compile(r"99\d{12}")
CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")


def node_of(title: str, type_name: str, **kw: Any) -> Any:
    """Return an optional choice among the tenant's nodes of one type; the value is its id."""
    return node_choice(title, type_name, required=False, refers=True, **kw)


def leika(node: Any, value: str) -> None:
    """Accept an id of the federal catalogue of services (LeiKa): 14 digits, 99 first."""
    if not LEIKA.fullmatch(value):
        raise colander.Invalid(
            node, _("A LeiKa id has 14 digits and begins with 99, such as 99012345678901.")
        )


def _digits(value: Any) -> Any:
    return re.sub(r"\s", "", value) if isinstance(value, str) else value


def clock(node: Any, value: str) -> None:
    """Accept a time of day."""
    if not CLOCK.fullmatch(value):
        raise colander.Invalid(node, _("Please enter a time such as 8:30."))


def _clock(value: Any) -> Any:
    match = CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    return value if match is None else f"{int(match.group(1)):02}:{match.group(2)}"


def _time(title: str) -> Any:
    node = f.line(title, maximum=5, required=False, validator=clock)
    node.preparer = _clock
    return node


class Hours(colander.MappingSchema):
    """One span of opening hours."""

    day = f.choice(_("Day"), DAYS, required=False)
    opens = _time(_("From"))
    closes = _time(_("To"))
    note = f.line(_("Note"), maximum=80, required=False)

    def validator(self, node: Any, values: Mapping[str, Any]) -> None:
        """Ask for what belongs together."""
        error = colander.Invalid(node)
        if not values.get("day"):
            error["day"] = _("Please choose a day.")
        if bool(values.get("opens")) != bool(values.get("closes")):
            error["closes" if values.get("opens") else "opens"] = _("Please enter both times.")
        elif values.get("opens") and values["closes"] <= values["opens"]:
            error["closes"] = _("The end lies before the beginning.")
        elif not values.get("opens") and not values.get("note"):
            error["opens"] = _("Please enter times, or a note such as “by appointment”.")
        if error.children:
            raise error


class ServiceSchema(colander.MappingSchema):
    """What people need to know before they come."""

    names = f.text(
        _("Also called"),
        maximum=1000,
        rows=3,
        required=False,
        description=_("Other words that people look for, one a line. They stand in the A–Z, too."),
    )
    office = node_of(_("Responsible office"), "office")
    contact = node_of(_("Contact"), "contact")
    documents = f.text(
        _("What you need"), maximum=4000, rows=5, required=False, description=_("One a line.")
    )
    fees = f.text(_("Fees"), maximum=2000, rows=3, required=False, description=_("One a line."))
    duration = f.line(_("How long it takes"), maximum=300, required=False)
    online = f.line(
        _("Do it online"),
        maximum=1000,
        required=False,
        kind="url",
        validator=f.address,
        description=_("Address of the online service."),
    )
    legal = f.text(
        _("Legal bases"), maximum=2000, rows=3, required=False, description=_("One a line.")
    )
    leika = f.line(
        _("LeiKa id"),
        maximum=20,
        required=False,
        validator=leika,
        description=_("14 digits of the federal catalogue of services; portals find it by them."),
    )
    leika.preparer = _digits


class OfficeSchema(colander.MappingSchema):
    """Where it is, when it is open, how to get in."""

    street = f.line(_("Street and number"), required=False)
    postal_code = f.line(_("Postal code"), maximum=10, required=False)
    city = f.line(_("Town"), required=False)
    room = f.line(_("Room"), maximum=80, required=False)
    phone = f.line(_("Phone"), kind="tel", maximum=40, required=False)
    mail = f.mail(_("Mail address"), required=False, autocomplete="off")
    hours = f.rows(_("Opening hours"), Hours(title=""), maximum=21)
    hours_note = f.text(_("Note on the hours"), maximum=500, rows=2, required=False)
    access = f.text(
        _("Getting in without barriers"),
        maximum=1000,
        rows=3,
        required=False,
        description=_("Steps, lift, parking, toilet, induction loop: what visitors must know."),
    )
    lat = f.number(_("Latitude"), minimum=-90, maximum=90, whole=False, required=False)
    lon = f.number(_("Longitude"), minimum=-180, maximum=180, whole=False, required=False)


class ContactSchema(colander.MappingSchema):
    """A function and how to reach it; nothing private."""

    family_name = f.line(
        _("Sort under"),
        maximum=120,
        required=False,
        description=_("Family name, for the A–Z. Left empty: the last word of the title."),
    )
    function = f.line(_("Function"), maximum=200, required=False)
    office = node_of(_("Office"), "office")
    room = f.line(_("Room"), maximum=80, required=False)
    phone = f.line(
        _("Phone"),
        kind="tel",
        maximum=40,
        required=False,
        description=_("At work. Nothing private belongs here."),
    )
    mail = f.mail(_("Mail address"), required=False, autocomplete="off")
    image = node_of(
        _("Picture"), "image", description=_("Only with the consent of whoever it shows.")
    )


class Attachment(colander.MappingSchema):
    """One file of an announcement."""

    file = node_of(_("File"), "file")


def _fixed() -> Any:
    return colander.SchemaNode(colander.String(), missing=None, kept=True)


class AnnouncementSchema(colander.MappingSchema):
    """What is announced stands in the blocks; what is fixed at publishing is no field."""

    legal_basis = f.line(
        _("Legal basis"),
        maximum=300,
        required=False,
        description=_(
            "The paragraph by which you announce; your main statute names it (Hauptsatzung)."
        ),
    )
    keep_until = f.day(
        _("Announced until"),
        required=False,
        description=_("End of the period of display. The entry stays in the archive after it."),
    )
    attachments = f.rows(_("Attachments"), Attachment(title=""), maximum=20)
    published_at = _fixed()
    sha256 = _fixed()
    withdrawn_at = _fixed()
    withdrawn_reason = _fixed()


class ListSchema(colander.MappingSchema):
    """A list finds its entries by itself."""


def announcement_sort(values: Mapping[str, Any]) -> datetime | None:
    """Announcements sort by the time of their publication."""
    text = values.get("published_at")
    return None if not text else datetime.fromisoformat(text)
