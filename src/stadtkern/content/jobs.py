"""Jobs of the tree: what is due at a time, and what has lain in the trash long enough.

Each is put on its way when its time is known; a time that was changed since finds nothing due.
"""

from datetime import timedelta

from pyramid.config import Configurator

from stadtkern.content.events import NodeDeleted, NodeScheduled
from stadtkern.db import utcnow
from stadtkern.jobs import Job, enqueue
from stadtkern.web.i18n import _

DUE = "content.due"
PURGE = "content.purge"
TOLERANCE = timedelta(seconds=5)


def take_due_steps(job: Job, *, node: int) -> None:
    """Publish or archive a node whose time has come."""
    with job.work() as session:
        # A clock that is a little behind must not make the one run find nothing due.
        job.content(session).due(node, utcnow() + TOLERANCE)
        job.finish()


def purge_from_trash(job: Job, *, node: int) -> None:
    """Delete a node for good once its days in the trash are over; ask again later if not."""
    with job.work() as session:
        left = job.content(session).purge_due(node)
        if left is not None and job.tenant is not None:
            enqueue(
                session,
                job.registry,
                PURGE,
                tenant_id=job.tenant.id,
                delay=timedelta(seconds=left),
                node=node,
            )
        job.finish()


def remember_times(event: NodeScheduled) -> None:
    """Put a job on its way for each time that was set."""
    now = utcnow()
    for moment in (event.node.publish_at, event.node.expire_at):
        if moment is not None:
            enqueue(
                event.session,
                event.registry,
                DUE,
                tenant_id=event.tenant_id,
                delay=max(moment - now, timedelta(0)),
                unique=f"{event.node.id} {moment.isoformat()}",
                node=event.node.id,
            )


def remember_to_purge(event: NodeDeleted) -> None:
    """Put the end of the days in the trash on its way."""
    state = event.registry["plugin_states"].seen(event.tenant_id, event.session)
    days = int(state.settings("content").get("trash_days") or 30)
    enqueue(
        event.session,
        event.registry,
        PURGE,
        tenant_id=event.tenant_id,
        delay=timedelta(days=days),
        node=event.node.id,
    )


def configure(config: Configurator) -> None:
    """Name the jobs and what sets them off."""
    config.add_job(DUE, take_due_steps, title=_("Publish or archive at its time"))
    config.add_job(PURGE, purge_from_trash, title=_("Empty the trash"))
    config.add_subscriber(remember_times, NodeScheduled)
    config.add_subscriber(remember_to_purge, NodeDeleted)
