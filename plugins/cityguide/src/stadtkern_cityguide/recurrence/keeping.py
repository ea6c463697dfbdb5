"""The dates of events in a table, kept by the nodes' events and by the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pyramid.config import Configurator
from sqlalchemy import bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from stadtkern.content import Node
from stadtkern.content.events import NodeEvent
from stadtkern.content.queries import LIGHT, VISIBLE
from stadtkern.db import utcnow
from stadtkern.jobs import Job
from stadtkern.tenants import tenant_by_id
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.models import Occurrence
from stadtkern_cityguide.recurrence.rules import Recurrence, occurrences, recurrence_of

BLOCK = "guide_event"
EXTEND = "cityguide.dates"
AT_ONCE = 200
SHOWN = 10
"""Dates that an event's page names."""

_KNOWN = select(Occurrence.node_id).where(Occurrence.node_id == Node.id).exists()
_TO_KEEP = (
    select(Node, _KNOWN)
    .where(
        Node.id > bindparam("after"),
        Node.type == "event",
        Node.deleted_at.is_(None),
        or_(_KNOWN, Node.until_at >= bindparam("now")),
    )
    .order_by(Node.id)
    .limit(AT_ONCE)
)
_NEXT = (
    select(Occurrence.starts_at, Occurrence.ends_at)
    .where(Occurrence.node_id == bindparam("node"), Occurrence.ends_at >= bindparam("now"))
    .order_by(Occurrence.starts_at)
    .limit(SHOWN)
)
_COMING = (
    select(
        *LIGHT,
        Occurrence.starts_at,
        Occurrence.ends_at,
        Occurrence.place_id,
    )
    .join(Occurrence, Occurrence.node_id == Node.id)
    .where(
        VISIBLE,
        Node.type == "event",
        Node.language == bindparam("language"),
        Occurrence.ends_at >= bindparam("now"),
    )
    .order_by(Occurrence.starts_at, Node.id)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_AT_PLACE = _COMING.where(Occurrence.place_id == bindparam("place"))


def details_of(body: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return what an event's block of the guide says, None where it has none."""
    for block in (body or {}).get("blocks") or ():
        if block.get("type") == BLOCK:
            found: Mapping[str, Any] = block.get("data") or {}
            return found
    return None


def moment_of(value: Any, zone: ZoneInfo) -> datetime | None:
    """Return a stored time; it stands there as the clock on the wall shows it."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.replace(tzinfo=zone) if found is not None and found.tzinfo is None else found


def times_of(
    body: Mapping[str, Any] | None, zone: ZoneInfo
) -> tuple[datetime, datetime | None, Recurrence] | None:
    """Return an event's first beginning, its end and how it repeats; None without a beginning."""
    fields = (body or {}).get("fields") or {}
    starts = moment_of(fields.get("starts"), zone)
    if starts is None:
        return None
    details = details_of(body) or {}
    return starts, moment_of(fields.get("ends"), zone), recurrence_of(details, starts, zone)


def follow(event: NodeEvent) -> None:
    """Keep the dates of an event that was made, saved or published."""
    if event.node.type == "event":
        zone = ZoneInfo(tenant_by_id(event.session, event.tenant_id).timezone)
        keep(event.session, event.node, zone)


def keep(session: Session, node: Node, zone: ZoneInfo) -> None:
    """Work out an event's dates anew, and let lists of the core follow its next one.

    ``sort_at`` and ``until_at`` are written past the version: an open form stays valid.
    """
    session.execute(
        delete(Occurrence)
        .where(Occurrence.node_id == node.id)
        .execution_options(synchronize_session=False)
    )
    times = times_of(node.body, zone)
    if times is None:
        return
    starts, ends, recurrence = times
    now = utcnow()
    found = occurrences(starts, ends, recurrence, zone, now=now)
    place = (details_of(node.body) or {}).get("place")
    session.add_all(
        Occurrence(
            node_id=node.id,
            starts_at=begin,
            ends_at=end,
            place_id=place if isinstance(place, int) else None,
        )
        for begin, end in found
    )
    if recurrence.repeats and found:
        session.flush()
        session.execute(
            update(Node)
            .where(Node.id == node.id)
            .values(sort_at=found[0][0], until_at=found[-1][1])
            .execution_options(synchronize_session=False)
        )
        session.expire(node, ["sort_at", "until_at"])


def extend(job: Job) -> None:
    """Work out the dates of all repeating events anew; may be run again at any time.

    Once an hour: lists of the core then name the next date soon after one is over.
    """
    if job.tenant is None:
        raise ValueError("a job of a municipality's own")
    zone, last = ZoneInfo(job.tenant.timezone), 0
    while not job.cancelled():
        with job.work(write=True) as session:
            found = fill(session, zone, last)
        if found is None:
            return
        last = found


def fill(session: Session, zone: ZoneInfo, after: int = 0) -> int | None:
    """Keep the dates of the next events by their numbers: of those that repeat, and of new ones.

    Returns the last number, None where there are no more. What is over and has no dates is passed
    over.
    """
    rows = session.execute(_TO_KEEP, {"after": after, "now": utcnow()}).all()
    for node, known in rows:
        times = times_of(node.body, zone)
        if times is not None and (times[2].repeats or not known):
            keep(session, node, zone)
    session.flush()
    return rows[-1][0].id if len(rows) == AT_ONCE else None


def next_dates(session: Session, node_id: int) -> Sequence[Any]:
    """Return an event's next dates: beginning and end."""
    return session.execute(_NEXT, {"node": node_id, "now": utcnow()}).all()


def coming(
    session: Session, language: str, *, limit: int, offset: int = 0, place: int | None = None
) -> Sequence[Any]:
    """Return what takes place next, one row a date; ``place``: there only."""
    values: dict[str, Any] = {
        "language": language,
        "now": utcnow(),
        "limit": limit,
        "offset": offset,
    }
    if place is None:
        return session.execute(_COMING, values).all()
    return session.execute(_AT_PLACE, values | {"place": place}).all()


def includeme(config: Configurator) -> None:
    """Register what keeps the dates."""
    for event in ("NodeCreated", "NodeChanged", "NodePublished"):
        config.add_subscriber(follow, f"stadtkern.content.events.{event}")
    config.add_job(EXTEND, extend, title=_("Work out the dates of events that repeat"))
    config.add_schedule(EXTEND, job=EXTEND, cron="17 * * * *")
