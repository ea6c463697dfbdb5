"""What happened when."""

from collections.abc import Iterable, Mapping
from typing import Any

import colander
from pyramid.request import Request

from stadtkern.content import node_choice
from stadtkern.forms import fields as f
from stadtkern_cityguide.i18n import _

MAX_ENTRIES = 40


class TimelineEntry(colander.MappingSchema):
    """One event; the year puts it in its place."""

    year = f.number(
        _("Year"),
        minimum=-10_000,
        maximum=9_999,
        description=_("As a number; years before Christ begin with a minus."),
    )
    words = f.line(
        _("Time in words"),
        maximum=60,
        required=False,
        description=_("In place of the number, for example: about 150."),
    )
    title = f.line(_("What happened"), maximum=160)
    text = f.text(_("Text"), maximum=1_500, rows=3, required=False)
    image = node_choice(_("Picture"), "image", required=False)


class TimelineBlock(colander.MappingSchema):
    """Events in the order of their years."""

    title = f.line(_("Title of the timeline"), maximum=160)
    entries = f.rows(
        _("Events"),
        TimelineEntry(title=""),
        maximum=MAX_ENTRIES,
        spare=1,
        description=_("They are put in order by their years."),
        validator=colander.Length(
            min=1,
            max=MAX_ENTRIES,
            min_err=_("Please write at least one event."),
            max_err=_("Please write at most ${max} events."),
        ),
    )


def in_order(entries: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return entries from the oldest to the newest; those of one year as they were written."""
    return sorted(entries, key=lambda entry: entry.get("year") or 0)


def structured(_request: Request, block: Any) -> dict[str, Any]:
    """Return the events as a list."""
    return {
        "@type": "ItemList",
        "name": block.data.get("title") or "",
        "itemListOrder": "https://schema.org/ItemListOrderAscending",
        "itemListElement": [
            {
                "@type": "ListItem",
                "position": position,
                "name": f"{entry.get('words') or entry.get('year')}: {entry.get('title') or ''}",
            }
            for position, entry in enumerate(in_order(block.data.get("entries") or ()), start=1)
        ],
    }
