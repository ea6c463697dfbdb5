"""Schedules: what is enqueued by the clock.

Kept by rows of ours and not by DBOS's scheduler: that one either skips the times at which
nothing was running or makes up for every one of them, and its workflows carry other arguments
than our one workflow takes.
"""

from datetime import datetime

from pyramid.registry import Registry

from stadtkern.db import TenantSession, bind_tenant, utcnow, work
from stadtkern.jobs import queries
from stadtkern.jobs.registry import Schedule, schedules
from stadtkern.jobs.running import available
from stadtkern.jobs.services import enqueue
from stadtkern.tenants import active_tenants


def fire_all_due(registry: Registry) -> list[str]:
    """Fire what has become due; looks first, so that mostly nothing is written."""
    now = utcnow()
    with work(registry["database"], write=False) as session:
        known = queries.schedule_times(session)
    if all(
        name in known and schedule.previous(now) <= known[name]
        for name, schedule in schedules(registry).items()
    ):
        return []
    with work(registry["database"]) as session:
        return fire_due(session, registry, now)


def fire_due(session: TenantSession, registry: Registry, now: datetime) -> list[str]:
    """Enqueue what has become due since it was last looked at; return the schedules fired.

    However many times were missed, one job makes up for them. A schedule seen for the first time
    waits for its next time. Run in several processes at once, only one of them fires.
    """
    known = queries.schedule_times(session)
    fired = []
    for name, schedule in sorted(schedules(registry).items()):
        if name not in known:
            queries.note_schedule(session, name, now)
            continue
        due = schedule.previous(now)
        if due > known[name] and queries.take_schedule(session, name, due):
            fire(session, registry, name)
            fired.append(name)
    return fired


def fire(session: TenantSession, registry: Registry, name: str) -> int:
    """Enqueue a schedule's jobs now; return how many. ``session`` belongs to no tenant."""
    schedule = schedules(registry)[name]
    if not schedule.per_tenant:
        _enqueue(session, registry, schedule, None)
        return 1
    count = 0
    for tenant in active_tenants(session):
        bind_tenant(session, tenant.id)
        if available(registry, schedule.job, tenant, session) is not None:
            _enqueue(session, registry, schedule, tenant.id)
            count += 1
    bind_tenant(session, None)
    return count


def _enqueue(
    session: TenantSession, registry: Registry, schedule: Schedule, tenant_id: int | None
) -> None:
    # One that still waits is enough: workers that were away must not find a pile.
    enqueue(
        session, registry, schedule.job, tenant_id=tenant_id, unique=f"schedule {schedule.name}"
    )
