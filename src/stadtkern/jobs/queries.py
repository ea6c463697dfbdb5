"""All SQL of the jobs room."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Select,
    String,
    TableClause,
    cast,
    column,
    delete,
    func,
    or_,
    select,
    table,
    update,
)
from sqlalchemy.orm import Session

from stadtkern.db import insert_into, utcnow
from stadtkern.jobs.models import (
    CANCELLED,
    DONE,
    FAILED,
    OPEN,
    PARKED,
    STATES,
    WAITING,
    JobLease,
    JobRow,
    JobSchedule,
)


def insert_job(session: Session, values: dict[str, Any]) -> bool:
    """Insert a job unless one with its unique key stands there; return whether it was inserted."""
    statement = (
        insert_into(session, JobRow)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["unique_key"])
        .returning(JobRow.id)
    )
    return session.scalar(statement) is not None


def waiting_twin(session: Session, unique_key: str) -> str | None:
    """Return the id of the job that holds a unique key, and keep it from starting until we end."""
    return session.scalar(
        select(JobRow.id).where(JobRow.unique_key == unique_key).with_for_update()
    )


def job(session: Session, job_id: str, *, lock: bool = False) -> JobRow | None:
    """Return one job, whosesoever it is."""
    statement = select(JobRow).where(JobRow.id == job_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.scalar(statement)


def _whose(tenant_id: int | None) -> ColumnElement[bool]:
    return JobRow.tenant_id.is_(None) if tenant_id is None else JobRow.tenant_id == tenant_id


def of_tenant(tenant_id: int | None) -> Select[JobRow]:
    """Select one tenant's jobs; without a tenant those of the installation."""
    return select(JobRow).where(_whose(tenant_id))


def everyones() -> Select[JobRow]:
    """Select all jobs: for operators and for what runs them, never for a tenant's people."""
    return select(JobRow)


def latest(
    session: Session, jobs: Select[JobRow], states: Sequence[str], *, maximum: int = 100
) -> list[JobRow]:
    """Return those in certain states, what happened last first."""
    moment = func.coalesce(JobRow.finished_at, JobRow.started_at, JobRow.due_at)
    return list(
        session.scalars(
            jobs.where(JobRow.state.in_(states)).order_by(moment.desc(), JobRow.id).limit(maximum)
        )
    )


def stuck(session: Session, tenant_id: int, *, limit: int) -> tuple[list[JobRow], int]:
    """Return a tenant's jobs that do not go on by themselves, latest first, and their number.

    Parked ones wait for a plugin, failed ones for somebody who tries again. One statement.
    """
    moment = func.coalesce(JobRow.finished_at, JobRow.started_at, JobRow.due_at)
    rows = session.execute(
        of_tenant(tenant_id)
        .add_columns(func.count().over().label("total"))
        .where(JobRow.state.in_((FAILED, PARKED)))
        .order_by(moment.desc(), JobRow.id)
        .limit(limit)
    ).all()
    return [row[0] for row in rows], (rows[0].total if rows else 0)


def due(session: Session, now: datetime) -> list[tuple[str, int]]:
    """Return id and run of everything that waits and is due, oldest first."""
    rows = session.execute(
        select(JobRow.id, JobRow.run)
        .where(JobRow.state == WAITING, JobRow.due_at <= now)
        .order_by(JobRow.due_at, JobRow.created_at)
    )
    return [(row.id, row.run) for row in rows]


def change(session: Session, job_id: str, *conditions: Any, **values: Any) -> bool:
    """Update one job if the conditions hold; return whether they did."""
    statement = (
        update(JobRow)
        .where(JobRow.id == job_id, *conditions)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    result = session.execute(statement)
    assert isinstance(result, CursorResult)  # noqa: S101 - updates have one
    return result.rowcount == 1


def parked(session: Session, *, tenant_id: int, owner: str) -> list[JobRow]:
    """Return a tenant's parked jobs of one plugin, locked."""
    statement = (
        select(JobRow)
        .where(JobRow.state == PARKED, JobRow.owner == owner, JobRow.tenant_id == tenant_id)
        .order_by(JobRow.created_at)
        .with_for_update()
    )
    return list(session.scalars(statement))


def parked_ids(session: Session) -> list[str]:
    """Return the ids of all parked jobs."""
    return list(
        session.scalars(select(JobRow.id).where(JobRow.state == PARKED).order_by(JobRow.created_at))
    )


def schedule_times(session: Session) -> dict[str, datetime]:
    """Return when each schedule was last due."""
    return {row.name: row.last_at for row in session.scalars(select(JobSchedule))}


def note_schedule(session: Session, name: str, now: datetime) -> None:
    """Begin to keep a schedule's time; another process may have been faster."""
    session.execute(
        insert_into(session, JobSchedule).values(name=name, last_at=now).on_conflict_do_nothing()
    )


def take_schedule(session: Session, name: str, due: datetime) -> bool:
    """Move a schedule on to ``due``; False if another process has done so."""
    result = session.execute(
        update(JobSchedule)
        .where(JobSchedule.name == name, JobSchedule.last_at < due)
        .values(last_at=due)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - updates have one
    return result.rowcount == 1


# Leases


def now(session: Session) -> datetime:
    """Return the time by the clock that all processes share: the database server's."""
    if session.connection().dialect.name == "postgresql":
        moment: datetime = session.execute(select(func.now())).scalar_one()
        return moment
    return utcnow()


def add_lease(session: Session, **values: Any) -> None:
    """Begin a lease."""
    session.add(JobLease(**values))


def renew_lease(session: Session, executor: str, length: timedelta) -> bool:
    """Extend a lease that has not lapsed; False if it has: others may have taken over."""
    moment = now(session)
    result = session.execute(
        update(JobLease)
        .where(JobLease.executor == executor, JobLease.expires_at > moment)
        .values(expires_at=moment + length)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - updates have one
    return result.rowcount == 1


def end_lease(session: Session, executor: str) -> None:
    """Let a lease lapse at once."""
    session.execute(
        update(JobLease)
        .where(JobLease.executor == executor)
        .values(expires_at=now(session))
        .execution_options(synchronize_session=False)
    )


def live_leases(session: Session) -> list[JobLease]:
    """Return the leases of processes that run jobs now."""
    return list(
        session.scalars(
            select(JobLease).where(JobLease.expires_at > now(session)).order_by(JobLease.since)
        )
    )


def forget_leases(session: Session, executors: Sequence[str]) -> None:
    """Delete lapsed leases whose jobs have been taken over."""
    session.execute(
        delete(JobLease)
        .where(JobLease.executor.in_(executors), JobLease.expires_at <= now(session))
        .execution_options(synchronize_session=False)
    )


# DBOS's own table: what is left behind by dead processes


def _workflows(session: Session) -> TableClause:
    schema = "dbos" if session.connection().dialect.name == "postgresql" else None
    names = ("workflow_uuid", "status", "executor_id", "name")
    return table("workflow_status", *(column(name) for name in names), schema=schema)


def dead_executors(session: Session) -> list[str]:
    """Return executors without a live lease that lapsed ones or running workflows name."""
    live = {lease.executor for lease in live_leases(session)}
    workflows = _workflows(session)
    working = session.scalars(
        select(workflows.c.executor_id)
        .where(workflows.c.status == "PENDING", workflows.c.name == "stadtkern.job")
        .distinct()
    )
    known = session.scalars(select(JobLease.executor))
    return sorted(({*working, *known} - live) - {None})


_ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")
SETTLED = timedelta(minutes=2)
"""A job's row and its workflow end in two transactions: so long they may differ."""


def _lost(session: Session) -> Select[str]:
    workflows = _workflows(session)
    return (
        select(JobRow.id)
        .outerjoin(
            workflows,
            workflows.c.workflow_uuid == JobRow.id + "." + cast(JobRow.run, String),
        )
        .where(
            JobRow.state.in_(OPEN),
            func.coalesce(JobRow.started_at, JobRow.created_at) < utcnow() - SETTLED,
            or_(workflows.c.status.is_(None), workflows.c.status.in_(_ENDED)),
        )
    )


def lost(session: Session) -> list[str]:
    """Return open jobs behind which no workflow stands any more (a restored backup, a mishap)."""
    return list(session.scalars(_lost(session)))


def is_lost(session: Session, row: JobRow) -> bool:
    """Tell the same of one job."""
    return session.scalar(_lost(session).where(JobRow.id == row.id)) is not None


# What people ask


def counts(session: Session, jobs: Select[JobRow]) -> dict[str, int]:
    """Return how many of the selected jobs are in each state."""
    statement = jobs.with_only_columns(JobRow.state, func.count()).group_by(JobRow.state)
    found = {row[0]: row[1] for row in session.execute(statement)}
    return {state: found.get(state, 0) for state in STATES}


def overdue(session: Session, since: datetime) -> bool:
    """Tell whether something has been waiting since before ``since``."""
    return (
        session.scalar(
            select(JobRow.id).where(JobRow.state == WAITING, JobRow.due_at < since).limit(1)
        )
        is not None
    )


def purge_old(session: Session, *, ended_before: datetime, failed_before: datetime) -> int:
    """Delete jobs that ended long ago; return how many."""
    result = session.execute(
        delete(JobRow)
        .where(
            or_(
                JobRow.state.in_((DONE, CANCELLED)) & (JobRow.finished_at < ended_before),
                (JobRow.state == FAILED) & (JobRow.finished_at < failed_before),
            )
        )
        .execution_options(synchronize_session=False)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - deletes have one
    return result.rowcount
