"""Rules of events that repeat, in the calendar files of the core (RFC 5545, 3.8.5)."""

from zoneinfo import ZoneInfo

from icalendar import vRecur
from pyramid.config import Configurator

from stadtkern.site.events import CalendarEntryWritten
from stadtkern_cityguide.recurrence.keeping import times_of
from stadtkern_cityguide.recurrence.rules import exceptions


def tell(event: CalendarEntryWritten) -> None:
    """Add the rule, further dates and those that are left out to an event's entry."""
    zone = ZoneInfo(event.request.tenant.timezone)
    times = times_of(event.node.body, zone)
    if times is None or not times[2].repeats:
        return
    starts, _ends, recurrence = times
    if recurrence.rule:
        event.entry.add("rrule", vRecur.from_ical(recurrence.rule))
    if recurrence.also:
        event.entry.add("rdate", [moment.replace(tzinfo=zone) for moment in recurrence.also])
    left_out = list(exceptions(recurrence, starts, zone))
    if left_out:
        event.entry.add("exdate", left_out)


def includeme(config: Configurator) -> None:
    """Listen to calendars being written."""
    config.add_subscriber(tell, CalendarEntryWritten)
