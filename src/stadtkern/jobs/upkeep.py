"""What keeps the room in order: purging, the health check, unparking."""

from datetime import timedelta
from typing import Any

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.db import utcnow, work
from stadtkern.jobs import queries, queue
from stadtkern.jobs.running import Job
from stadtkern.jobs.services import unpark
from stadtkern.web.health import Health
from stadtkern.web.i18n import _

KEEP_DAYS = 14
KEEP_FAILED_DAYS = 90
BATCH = 500
PATIENCE = timedelta(seconds=60)
"""So long a job may wait before the health check asks who would run it."""


def purge(job: Job) -> None:
    """Delete jobs that ended long ago, with everything that DBOS keeps of them."""
    settings = job.registry.settings
    now = utcnow()
    days = int(settings.get("stadtkern.jobs_keep_days", KEEP_DAYS))
    failed_days = int(settings.get("stadtkern.jobs_keep_failed_days", KEEP_FAILED_DAYS))
    with job.work() as session:
        queries.purge_old(
            session,
            ended_before=now - timedelta(days=days),
            failed_before=now - timedelta(days=failed_days),
        )
    # A failed job is tried again by a new workflow: its old ones are not needed for it.
    queue.delete_ended(job.registry["jobs_client"], before=now - timedelta(days=days), batch=BATCH)


def health(registry: Registry) -> Health:
    """Degraded while jobs wait and no live process would run them."""
    with work(registry["database"], write=False) as session:
        if queries.live_leases(session) or not queries.overdue(session, utcnow() - PATIENCE):
            return Health("ok")
    return Health("degraded", "jobs wait and nothing runs them: start `stadtkern worker`")


def unpark_enabled(event: Any) -> None:
    """Queue what waited for a plugin to be switched on, within that transaction."""
    session: Session = event.session
    jobs = queries.parked(session, tenant_id=event.tenant_id, owner=event.plugin)
    unpark(session, event.registry, jobs)


def configure(config: Configurator) -> None:
    """Register all of it."""
    config.add_job("jobs.purge", purge, title=_("Remove finished jobs"))
    config.add_schedule("jobs.purge", job="jobs.purge", cron="17 2 * * *", per_tenant=False)
    config.add_health_check("jobs", health)
    config.add_subscriber(unpark_enabled, "stadtkern.plugins.events.PluginEnabled")
