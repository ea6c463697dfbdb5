"""Events as calendars (iCalendar, RFC 5545): a town's, a section's, a search's, a single one."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Timezone
from icalendar import Event as Entry
from pyramid.config import Configurator
from pyramid.request import Request
from pyramid.response import Response

from stadtkern.accounts import Permission
from stadtkern.content import Resource, queries
from stadtkern.content.resources import Event, Folder, Home, Page
from stadtkern.db import utcnow
from stadtkern.site.addresses import absolute
from stadtkern.site.events import CalendarEntryWritten
from stadtkern.site.feeds import lasting_id, printable

MANY = "events.ics"
ONE = "event.ics"
ENTRIES = 500
PAST = timedelta(days=60)
"""What ended longer ago is left out."""
FRESH = timedelta(hours=6)
"""How often programs may ask again (RFC 7986, 5.7)."""


def calendar(request: Request, title: str) -> Calendar:
    """Return an empty calendar; no METHOD: it is published, nobody is invited."""
    made = Calendar()
    made.add("prodid", "-//Stadtkern//Stadtkern//DE")
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("name", title)
    made.add("x-wr-calname", title)
    made.add("x-wr-timezone", request.tenant.timezone)
    made.add("refresh-interval", FRESH, parameters={"VALUE": "DURATION"})
    return made


def add_event(made: Calendar, request: Request, node: Any) -> datetime | None:
    """Add a node; times stand in the town's zone. Return its last moment, or None."""
    fields = request.content.fields(node)
    starts: datetime | None = fields.get("starts")
    if starts is None:
        return None
    zone = ZoneInfo(request.tenant.timezone)
    ends: datetime | None = fields.get("ends")
    entry = Entry()
    entry.add("uid", str(lasting_id(request, node.id)))
    # Of what is published, DTSTAMP is the last change (3.8.7.2): the same page, the same bytes.
    entry.add("dtstamp", node.updated_at)
    entry.add("last-modified", node.updated_at)
    entry.add("dtstart", starts.astimezone(zone))
    if ends is not None and ends > starts:
        entry.add("dtend", ends.astimezone(zone))
    entry.add("summary", printable(node.title))
    if node.summary:
        entry.add("description", printable(node.summary))
    if fields.get("place"):
        entry.add("location", printable(fields["place"]))
    entry.add("url", absolute(request, node.path))
    entry.add("status", "CONFIRMED")
    told = CalendarEntryWritten(request, request.tenant.id, node, entry)
    request.registry.notify(told)
    made.add_component(entry)
    return ends or starts


def finished(made: Calendar, request: Request, moments: list[datetime]) -> Response:
    """Return the calendar with the rules of its zone for the years that it needs."""
    if moments:
        zone = Timezone.from_tzinfo(
            ZoneInfo(request.tenant.timezone),
            request.tenant.timezone,
            first_date=min(moments).date() - timedelta(days=370),
            last_date=max(moments).date() + timedelta(days=370),
        )
        made.subcomponents.insert(0, zone)
    return Response(made.to_ical(), content_type="text/calendar", charset="utf-8")


def coming(request: Request, under: str | None, language: str) -> list[Any]:
    """Return the public events from two months ago on, with bodies; one query."""
    rows = queries.listing(
        request.db,
        types=["event"],
        under=under,
        language=language,
        since=utcnow() - PAST,
        by_date=True,
        bodies=True,
        limit=ENTRIES,
    )
    return list(rows)


def written(request: Request, title: str, rows: list[Any]) -> Response:
    """Return events as a calendar."""
    made = calendar(request, title)
    moments = [add_event(made, request, row) for row in rows]
    return finished(made, request, [one for one in moments if one is not None])


def events(context: Resource, request: Request) -> Response:
    """Return the events at or below a front page or section."""
    rows = coming(request, context.path, context.node.language)
    tenant = request.tenant.name
    whole = context.node.parent_id is None
    return written(request, tenant if whole else f"{context.title} – {tenant}", rows)


def event(context: Event, request: Request) -> Response:
    """Return one event; its body is asked for, since the address is that of a view."""
    node = queries.by_ids(request.db, [context.node.id], drafts=not context.visible).get(
        context.node.id
    )
    made = calendar(request, context.title)
    moment = add_event(made, request, node) if node is not None else None
    return finished(made, request, [] if moment is None else [moment])


def includeme(config: Configurator) -> None:
    """Register the calendars."""
    views = (
        (events, Home, MANY),
        (events, Folder, MANY),
        (events, Page, MANY),
        (event, Event, ONE),
    )
    for view, context, name in views:
        config.add_view(
            view,
            context=context,
            name=name,
            permission=Permission.VIEW,
            request_method="GET",
            page_cache=True,
        )
