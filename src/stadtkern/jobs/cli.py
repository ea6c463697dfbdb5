"""``stadtkern jobs …``: what runs, waits, has failed; try again, cancel."""

from typing import Any

import click
from sqlalchemy.orm import Session

from stadtkern.db import utcnow, work
from stadtkern.jobs import queries, services
from stadtkern.jobs.models import OPEN, STATES, JobRow
from stadtkern.jobs.registry import schedules
from stadtkern.jobs.services import JobRefused
from stadtkern.tenants import TenantRefused, tenant_by_id, tenant_by_slug
from stadtkern.web.console import Console, Refused, json_option

COLUMNS = ("id", "job", "tenant", "state", "progress", "failures", "error", "due")


@click.group(name="jobs")
def group() -> None:
    """Jobs that run in the background."""


@group.command("list")
@click.option("--tenant", default=None, help="Only this municipality's.")
@click.option(
    "--state", "states", multiple=True, type=click.Choice(STATES), help="May be given repeatedly."
)
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
@json_option
@click.pass_obj
def list_(
    console: Console, *, tenant: str | None, states: tuple[str, ...], limit: int, as_json: bool
) -> None:
    """List jobs, what happened last first; without --state those that have not ended well."""
    with console.refusing(TenantRefused), work(console.database(), write=False) as session:
        jobs = queries.everyones()
        if tenant is not None:
            jobs = queries.of_tenant(tenant_by_slug(session, tenant).id)
        wanted = states or (*OPEN, "failed", "parked")
        names: dict[int | None, str] = {None: ""}
        rows = []
        for row in queries.latest(session, jobs, wanted, maximum=limit):
            if row.tenant_id not in names:
                assert row.tenant_id is not None  # noqa: S101 - None stands there already
                names[row.tenant_id] = tenant_by_id(session, row.tenant_id).slug
            rows.append(_row(row, names[row.tenant_id]))
    console.table(rows, COLUMNS, as_json=as_json)


@group.command("schedules")
@json_option
@click.pass_obj
def schedules_(console: Console, *, as_json: bool) -> None:
    """List what is enqueued by the clock (UTC)."""
    registry = console.registry()
    with work(console.database(), write=False) as session:
        known = queries.schedule_times(session)
    now = utcnow()
    rows = [
        {
            "schedule": name,
            "job": schedule.job,
            "cron": schedule.cron,
            "last": known.get(name),
            "next": schedule.next(now),
        }
        for name, schedule in sorted(schedules(registry).items())
    ]
    console.table(rows, ("schedule", "job", "cron", "last", "next"), as_json=as_json)


@group.command()
@click.argument("job_id", metavar="ID")
@json_option
@click.pass_obj
def retry(console: Console, *, job_id: str, as_json: bool) -> None:
    """Run a failed, parked or cancelled job once more; a waiting one at once."""
    registry = console.registry()
    with console.refusing(JobRefused), work(console.database()) as session:
        row = _find(session, job_id)
        services.retry(session, registry, row)
        report = _row(row, "")
    console.say(f"{report['job']} waits to be run.", report, as_json=as_json)


@group.command()
@click.argument("job_id", metavar="ID")
@json_option
@click.pass_obj
def cancel(console: Console, *, job_id: str, as_json: bool) -> None:
    """Take a job back; one that runs stops at its next opportunity."""
    with console.refusing(JobRefused), work(console.database()) as session:
        row = _find(session, job_id)
        services.cancel(session, row)
        report = _row(row, "")
    said = "will stop soon" if report["state"] == "running" else "is cancelled"
    console.say(f"{report['job']} {said}.", report, as_json=as_json)


def _find(session: Session, job_id: str) -> JobRow:
    row = queries.job(session, job_id, lock=True)
    if row is None:
        raise Refused(f"There is no job {job_id}. `stadtkern jobs list` names them.")
    return row


def _row(row: JobRow, tenant: str) -> dict[str, Any]:
    error = row.error if row.code is None else f"{row.error} ({row.code})"
    return {
        "id": row.id,
        "job": row.name,
        "tenant": tenant,
        "ids": row.ids,
        "state": row.state,
        "progress": None if row.total is None else f"{row.done}/{row.total}",
        "failures": row.failures,
        "error": error,
        "due": row.due_at.isoformat(timespec="seconds"),
    }
