"""Schemas of the core's content types: what stands beside title, summary and blocks."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

import colander

from stadtkern.forms import fields as f
from stadtkern.web.i18n import _


class ContentSettings(colander.MappingSchema):
    """How a town works on its pages."""

    workflow = f.choice(
        _("Publishing"),
        [("simple", _("Editors publish by themselves")), ("reviewed", _("Reviewers publish"))],
        default="simple",
        description=_(
            "With review, editors submit their pages, and a second person publishes or returns "
            "them with a comment."
        ),
    )
    trash_days = f.number(
        _("Days in the trash"),
        minimum=1,
        maximum=365,
        default=30,
        description=_("After that, what was deleted is gone for good."),
    )
    preview_days = f.number(_("Days that a preview link works"), minimum=1, maximum=90, default=7)


class QuickLink(colander.MappingSchema):
    """One entry of “often needed” on the front page."""

    label = f.line(_("Text"), maximum=60)
    target = f.line(_("Address"), maximum=500, validator=f.address)


class HomeSchema(colander.MappingSchema):
    """The front page asks what the visitor wants to get done."""

    question = f.line(_("Question on the stage"), maximum=80)
    frequent = f.rows(
        _("Often needed"),
        QuickLink(title=""),
        maximum=8,
        description=_("Services that most people come for. Leave a row empty to drop it."),
    )


class PageSchema(colander.MappingSchema):
    """A page is its blocks."""


class FolderSchema(colander.MappingSchema):
    """A folder lists what stands below it."""


class NewsSchema(colander.MappingSchema):
    """News have a day."""

    date = f.day(_("Date"), default=f.today)


class EventSchema(colander.MappingSchema):
    """Events have a beginning and a place."""

    starts = f.moment(_("Begins"))
    ends = f.moment(_("Ends"), required=False)
    place = f.line(_("Place"), maximum=200, required=False)

    def validator(self, node: Any, values: Mapping[str, Any]) -> None:
        """Refuse an end before the beginning."""
        if values.get("ends") and values["ends"] < values["starts"]:
            error = colander.Invalid(node)
            error["ends"] = _("The end lies before the beginning.")
            raise error


class LinkSchema(colander.MappingSchema):
    """A link leads elsewhere."""

    url = f.line(_("Address"), maximum=1000, validator=f.address)


def news_sort(values: Mapping[str, Any]) -> datetime | None:
    """News sort by their day."""
    date = values.get("date")
    return None if date is None else datetime.combine(date, time(12), tzinfo=UTC)


def event_sort(values: Mapping[str, Any]) -> datetime | None:
    """Events sort by their beginning."""
    moment: datetime | None = values.get("starts")
    return moment


def event_end(values: Mapping[str, Any]) -> datetime | None:
    """Events are over when they have ended; without an end, when they have begun."""
    moment: datetime | None = values.get("ends") or values.get("starts")
    return moment
