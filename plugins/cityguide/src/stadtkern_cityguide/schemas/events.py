"""What the guide adds to an event of the core: where in the guide it is, and the rights."""

from typing import Any

import colander

from stadtkern.content import node_choice
from stadtkern.forms import fields as f
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.recurrence.rules import MAX_RULE, problem, unread
from stadtkern_cityguide.schemas.common import author, licence

REPEATS = [
    ("daily", _("every day")),
    ("weekly", _("every week on the same weekday")),
    ("fortnightly", _("every second week")),
    ("monthly", _("every month on the same day")),
    ("weekday", _("every month on the same weekday, such as the first Saturday")),
    ("yearly", _("every year")),
]


def _dates(node: Any, value: str) -> None:
    line = unread(value)
    if line:
        raise colander.Invalid(
            node,
            _(
                "This is no day: “${text}”. Please write year, month and day: 2026-12-24.",
                mapping={"text": line[:60]},
            ),
        )


def _days(title: Any, description: Any) -> Any:
    node = f.text(title, maximum=4_000, rows=2, required=False, description=description)
    node.validator = colander.All(node.validator, _dates)
    return node


def _rule(node: Any, value: str) -> None:
    found = problem(value)
    if found is not None:
        raise colander.Invalid(node, found)


class EventDetails(colander.MappingSchema):
    """A block of an event."""

    place = node_choice(_("Place of the guide"), "place", required=False)
    fee = f.line(_("Admission"), required=False, description=_("For example “free” or “5 euros”."))
    organiser = f.line(_("Organiser"), required=False)
    link = f.line(
        _("Page about the event"), maximum=500, required=False, kind="url", validator=f.address
    )
    repeats = f.choice(
        _("It takes place again"),
        REPEATS,
        required=False,
        description=_("At the same time on the clock, also after summer time has ended."),
    )
    until = f.day(_("for the last time on"), required=False)
    not_on = _days(
        _("but not on"),
        _("One day a line, such as 2026-12-24; with a time, if it takes place twice."),
    )
    also_on = _days(_("and also on"), _("One day a line, such as 2026-12-06 or 2026-12-06 18:00."))
    rule = f.line(
        _("Rule of a calendar"),
        maximum=MAX_RULE,
        required=False,
        validator=_rule,
        description=_(
            "RRULE of a calendar program, such as FREQ=MONTHLY;BYDAY=1SA. It counts instead of "
            "the choice above."
        ),
    )
    licence = licence(required=True)
    attribution = author()
