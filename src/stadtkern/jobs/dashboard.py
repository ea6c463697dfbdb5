"""What people are shown of jobs, and what they may do with them.

``tenant_id`` is the wall: a town's people see and change its own jobs; None is the operator's.
"""

from dataclasses import dataclass
from datetime import datetime

from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.db import utcnow
from stadtkern.jobs import queries, services
from stadtkern.jobs.models import STATES, JobRow
from stadtkern.jobs.registry import Schedule, schedules

SHOWN = 50
"""Jobs of each state on one page."""

SHOWN_ENDED = 10


@dataclass(frozen=True)
class Board:
    """Jobs by state, latest first; how many there are; what the clock will enqueue."""

    jobs: dict[str, list[JobRow]]
    counts: dict[str, int]
    schedules: list[tuple[Schedule, datetime]]
    workers: int


def board(session: Session, registry: Registry, *, tenant_id: int | None) -> Board:
    """Return what a town (None: the operator) sees; the number of statements is constant."""
    selected = queries.everyones() if tenant_id is None else queries.of_tenant(tenant_id)
    now = utcnow()
    return Board(
        jobs={
            state: queries.latest(
                session,
                selected,
                (state,),
                maximum=SHOWN_ENDED if state in {"done", "cancelled"} else SHOWN,
            )
            for state in STATES
        },
        counts=queries.counts(session, selected),
        schedules=[
            (schedule, schedule.next(now))
            for _name, schedule in sorted(schedules(registry).items())
            if tenant_id is None or schedule.per_tenant
        ],
        workers=len(queries.live_leases(session)),
    )


def stuck(session: Session, *, tenant_id: int, limit: int) -> tuple[list[JobRow], int]:
    """Return a town's failed and parked jobs, latest first, and how many there are."""
    return queries.stuck(session, tenant_id, limit=limit)


def _job(session: Session, job_id: str, tenant_id: int | None) -> JobRow | None:
    row = queries.job(session, job_id, lock=True)
    return row if row is not None and tenant_id in {None, row.tenant_id} else None


def retry(session: Session, registry: Registry, job_id: str, *, tenant_id: int | None) -> bool:
    """Run a job once more; False if there is none here. ``JobRefused`` as the service."""
    row = _job(session, job_id, tenant_id)
    if row is None:
        return False
    services.retry(session, registry, row)
    return True


def cancel(session: Session, job_id: str, *, tenant_id: int | None) -> str | None:
    """Take a job back and return its state; None if there is none here."""
    row = _job(session, job_id, tenant_id)
    if row is None:
        return None
    services.cancel(session, row)
    return row.state
