"""Writes of the visits room: adding up, and letting go of what is old."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from pyramid.config import Configurator
from pyramid.threadlocal import get_current_request
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from stadtkern.db import insert_into, utcnow
from stadtkern.search import Searched
from stadtkern.tenants.models import TenantRow
from stadtkern.visits.counting import Askers, searched_in_vain
from stadtkern.visits.models import PAGE, SEARCH, DayCount

KEPT = {PAGE: timedelta(days=800), SEARCH: timedelta(days=90)}
"""Two years and a little, so that a month can be compared with the year before; what people typed
is let go of sooner."""

NAMES = {PAGE: 2_000, SEARCH: 300}
"""Different names of one town's day that are kept, the most frequent ones."""


def store(session: Session, numbers: Mapping[str, int], *, kind: str, now: datetime) -> None:
    """Add numbers to the town's present day, and drop days that are too old.

    What was counted in the last minute before midnight may count for the day after.
    """
    tenant_id = session.info["tenant_id"]
    zone = session.scalar(select(TenantRow.timezone).where(TenantRow.id == tenant_id))
    today = now.astimezone(ZoneInfo(zone or "UTC")).date()
    statement = insert_into(session, DayCount)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["tenant_id", "kind", "day", "name"],
            set_={"number": DayCount.number + statement.excluded.number},
        ),
        [
            {"tenant_id": tenant_id, "kind": kind, "day": today, "name": name, "number": number}
            for name, number in numbers.items()
        ],
    )
    _prune(session, kind, today)
    session.execute(
        delete(DayCount)
        .where(DayCount.kind == kind, DayCount.day < today - KEPT[kind])
        .execution_options(synchronize_session=False)
    )


def _prune(session: Session, kind: str, today: date) -> None:
    """Let the rarest of a day's names go where there are too many: nobody fills the table."""
    surplus = session.scalars(
        select(DayCount.name)
        .where(DayCount.kind == kind, DayCount.day == today)
        .order_by(DayCount.number.desc(), DayCount.name)
        .offset(NAMES[kind])
        .limit(10_000)
    ).all()
    if surplus:
        session.execute(
            delete(DayCount)
            .where(DayCount.kind == kind, DayCount.day == today, DayCount.name.in_(surplus))
            .execution_options(synchronize_session=False)
        )


def configure(config: Configurator) -> None:
    """Take both kinds of numbers, and listen to searches."""

    def note(event: Searched) -> None:
        # The event says nothing of who searched, and is told anew for each kept answer.
        request = get_current_request()
        if not event.results and request is not None:
            searched_in_vain(config.registry, event.tenant_id, event.terms, request.network)

    config.registry["vain_askers"] = Askers()
    config.add_subscriber(note, Searched)
    for kind in KEPT:
        config.registry["counts"].add(kind, partial(_store_now, kind=kind))


def _store_now(session: Session, numbers: Mapping[str, int], *, kind: str) -> None:
    store(session, numbers, kind=kind, now=utcnow())
