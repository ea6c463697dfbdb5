"""The collections of the open data, and what each of their features says.

One list for everything: what features hold, the schema, the queryables and the OpenAPI document
all come from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.schemas import KINDS, MODES, STEP_FREE

VALIDITY = _(
    "Time for which a feature is asked: those are returned that can be visited at any moment of "
    "it (valid_from, valid_to). What names neither is always there."
)
CHANGES = _("Time of the last change (updated).")
HAPPENING = _("Time at which an event goes on, from its beginning (starts) to its end (ends).")


@dataclass(frozen=True)
class Property:
    """What a feature says. ``type`` and ``format`` as in JSON Schema; ``filter``: queryable."""

    name: str
    title: Any
    type: str = "string"
    format: str = ""
    values: tuple[str, ...] = ()
    filter: bool = False


@dataclass(frozen=True)
class OpenCollection:
    """One collection. ``times``: what the parameter ``datetime`` means here."""

    name: str
    title: Any
    description: Any
    geometry: tuple[str, ...]
    times: Any
    properties: tuple[Property, ...]

    @property
    def filters(self) -> Mapping[str, Property]:
        """Return what can be filtered by equality, by the parameter's name."""
        return {one.name: one for one in self.properties if one.filter}


def _texts(*pairs: tuple[str, Any]) -> tuple[Property, ...]:
    return tuple(Property(name, title) for name, title in pairs)


_COMMON = (
    Property("title", _("Title"), filter=True),
    *_texts(("summary", _("Summary"))),
    Property("url", _("Page on the town's site"), format="uri"),
    *_texts(("language", _("Language"))),
    Property("updated", _("Last change"), format="date-time"),
)
_RIGHTS = _texts(
    ("licence", _("Licence")),
    ("licence_url", _("Text of the licence")),
    ("attribution", _("Attribution")),
    ("source", _("Source of the facts")),
)
_PLACE = (
    *_COMMON,
    Property("kind", _("Kind"), values=tuple(name for name, _title in KINDS), filter=True),
    Property("category", _("Category"), filter=True),
    Property("categories", _("Categories"), "array"),
    *_texts(
        ("street", _("Street and number")),
        ("postal_code", _("Postal code")),
        ("city", _("Town")),
        ("opening_hours", _("Opening hours (as in OpenStreetMap)")),
        ("hours_note", _("Note on the hours")),
        ("closed_until", _("Closed until")),
        ("fee", _("Admission")),
        ("phone", _("Phone")),
        ("website", _("Website")),
    ),
    Property("spoken_languages", _("Languages spoken there"), "array"),
    Property(
        "step_free",
        _("Step-free access"),
        values=tuple(name for name, _title in STEP_FREE),
        filter=True,
    ),
    Property("accessibility", _("Accessibility (A11yJSON)"), "object"),
    *_texts(
        ("access_note", _("More on getting in and around")),
        ("valid_from", _("Can be visited from")),
        ("valid_to", _("Can be visited until")),
    ),
    *_RIGHTS,
    *_texts(("source_id", _("Number at the source"))),
)

COLLECTIONS: Mapping[str, OpenCollection] = {
    one.name: one
    for one in (
        OpenCollection(
            "places",
            _("Places"),
            _("Sights, points of interest and facilities."),
            ("Point",),
            VALIDITY,
            _PLACE,
        ),
        OpenCollection(
            "tours",
            _("Tours"),
            _("Ways with stops, as lines."),
            ("LineString", "MultiLineString"),
            CHANGES,
            (
                *_COMMON,
                Property(
                    "mode",
                    _("How to get about"),
                    values=tuple(name for name, _title in MODES),
                    filter=True,
                ),
                Property("length_m", _("Length in metres"), "number"),
                Property("elevation_known", _("Whether heights are known"), "boolean"),
                Property("ascent_m", _("Metres up, smoothed; 0 where unknown"), "number"),
                Property("descent_m", _("Metres down, smoothed; 0 where unknown"), "number"),
                Property("duration_min", _("Minutes without rests"), "integer"),
                Property("stops", _("Number of stops"), "integer"),
                Property("gpx", _("As GPX"), format="uri"),
                *_RIGHTS,
            ),
        ),
        OpenCollection(
            "stops",
            _("Stops of the tours"),
            _("Each with its number within its tour."),
            ("Point",),
            CHANGES,
            (
                Property("title", _("Title")),
                *_texts(("text", _("Text"))),
                Property("url", _("Page on the town's site"), format="uri"),
                *_texts(("language", _("Language"))),
                Property("updated", _("Last change"), format="date-time"),
                Property("tour", _("Number of the tour"), "integer", filter=True),
                *_texts(("tour_title", _("Tour"))),
                Property("position", _("Position within the tour, from 1 on"), "integer"),
                *_texts(("place_title", _("Place of the guide")), ("place_url", _("Its page"))),
                Property("trigger_radius_m", _("Metres that count as being there"), "integer"),
                *_RIGHTS,
            ),
        ),
        OpenCollection(
            "areas",
            _("Areas"),
            _("Places that are more than a point: parks, districts, monuments."),
            ("Polygon", "MultiPolygon"),
            VALIDITY,
            _PLACE,
        ),
        OpenCollection(
            "events",
            _("Events in the town"),
            _("What takes place in the town, at the place of the guide where one is named."),
            ("Point",),
            HAPPENING,
            (
                *_COMMON,
                Property("starts", _("Begins"), format="date-time"),
                Property("ends", _("Ends"), format="date-time"),
                *_texts(("venue", _("Where"))),
                Property("place", _("Number of the place"), "integer", filter=True),
                *_texts(
                    ("place_url", _("Page of the place")),
                    ("fee", _("Admission")),
                    ("organiser", _("Organiser")),
                    ("link", _("Page about the event")),
                ),
                Property("ical", _("As iCalendar"), format="uri"),
                *_RIGHTS,
            ),
        ),
    )
}
