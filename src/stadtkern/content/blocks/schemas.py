"""Schemas of the core's simple blocks."""

import colander

from stadtkern.content.sanitize import rich_text
from stadtkern.forms import fields as f
from stadtkern.web.i18n import _

MAX_TEXT = 50_000
"""Characters of one text block."""
MAX_ANSWER = 20_000
"""Characters of one answer in an accordion."""
MAX_QUESTIONS = 30


class HeadingBlock(colander.MappingSchema):
    """A heading within the page."""

    text = f.line(_("Heading"), maximum=160)
    level = f.choice(_("Level"), [("2", _("Section")), ("3", _("Sub-section"))], default="2")


class TextBlock(colander.MappingSchema):
    """Running text, stored as sanitised HTML."""

    html = rich_text(_("Text"), maximum=MAX_TEXT, rows=10)


class Question(colander.MappingSchema):
    """One entry that unfolds."""

    title = f.line(_("Question"), maximum=200)
    html = rich_text(_("Answer"), maximum=MAX_ANSWER, rows=4)


class AccordionBlock(colander.MappingSchema):
    """Entries that unfold; browsers open the right one when a search finds a word in it."""

    entries = f.rows(
        _("Entries"),
        Question(title=""),
        maximum=MAX_QUESTIONS,
        spare=1,
        description=_("An entry that is left empty is dropped."),
        validator=colander.Length(
            min=1,
            max=MAX_QUESTIONS,
            min_err=_("Please write at least one entry."),
            max_err=_("Please write at most ${max} entries."),
        ),
    )


class QuoteBlock(colander.MappingSchema):
    """Words of a person."""

    text = f.text(_("Quotation"), maximum=1_500, rows=3)
    person = f.line(_("Who says so"), maximum=160)
    role = f.line(
        _("Office or source"),
        maximum=200,
        required=False,
        description=_("For example: mayor, or the title of a book."),
    )


class CallBlock(colander.MappingSchema):
    """An invitation to do one thing."""

    heading = f.line(_("Heading"), maximum=120)
    text = f.text(_("Text"), maximum=600, rows=3, required=False)
    label = f.line(
        _("Text of the link"),
        maximum=80,
        description=_("Says what happens, such as: Book an appointment."),
    )
    target = f.line(
        _("Address"),
        maximum=1_000,
        validator=f.address,
        description=_("An address of this site such as /rathaus, or one with https://."),
        attributes={"data-page": "address"},
    )


class MapPointBlock(colander.MappingSchema):
    """A point on the map, with its address as text for everyone."""

    label = f.line(_("What is here"), maximum=160)
    address = f.line(_("Street and town"), maximum=200, required=False)
    lat = f.number(_("Latitude"), minimum=-90, maximum=90, whole=False)
    lon = f.number(_("Longitude"), minimum=-180, maximum=180, whole=False)
    zoom = f.number(_("Zoom"), minimum=3, maximum=19, required=False)
