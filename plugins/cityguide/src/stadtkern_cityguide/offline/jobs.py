"""Keeps the packs up to date: soon after a change of the guide, and by the clock for all else."""

from datetime import timedelta

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.content import events
from stadtkern.jobs import Job, enqueue
from stadtkern_cityguide.i18n import _
from stadtkern_cityguide.offline import building, queries

PACK = "cityguide.pack"
SOON = timedelta(seconds=20)
"""Editors save several times in a row; one job packs what they have done."""

MATTER = frozenset({"tour", "place", "guide_category", "image", "audio", "video", "file"})
"""Types whose changes show on tours at once; others are looked at by the clock."""

# A tour that was moved is packed at the next quarter of an hour; its old address leads on.
EVENTS = (
    events.NodePublished,
    events.NodeChanged,
    events.NodeUnpublished,
    events.NodeDeleted,
    events.NodeUndeleted,
)
WITHDRAWN = (events.NodeUnpublished, events.NodeDeleted)
"""Whatever it was, places below it are hidden with it: until they are packed anew, packs name bytes
that are not given out any more."""
GENERATIONS = ("content", "plugins", "tenant")
MEGABYTE = 1_000_000


def after_change(event: events.NodeEvent) -> None:
    """Have a town's tours packed anew where something public may have changed."""
    public = event.node.state == "published" or isinstance(event, events.NodeUnpublished)
    if public and (event.node.type in MATTER or isinstance(event, WITHDRAWN)):
        enqueue(
            event.session,
            event.registry,
            PACK,
            tenant_id=event.tenant_id,
            delay=SOON,
            unique=PACK,
        )


def pack(job: Job) -> None:
    """Pack all public tours of a town; may be run again at any time."""
    if job.tenant is None:
        raise ValueError("a job of a municipality's own")
    seen = job.registry["cityguide_packed"]
    now = job.tenant.generation(*GENERATIONS)
    if seen.get(job.tenant.id) == now:
        return
    with job.work(write=False) as session:
        limit = limit_of(job.registry, job.tenant.id, session)
        rows = queries.tours(session)
    for number, row in enumerate(rows, start=1):
        if job.cancelled():
            return
        with job.work(write=False) as session:
            made = building.Builder(job.registry, session, job.tenant).pack(row)
        if made is None:
            continue
        with job.work(write=True) as session:
            building.store(job.registry, session, job.tenant.id, made, limit=limit)
            job.progress(number, len(rows))
    with job.work(write=True) as session:
        building.sweep(job.registry, session, job.tenant.id)
    seen[job.tenant.id] = now


def limit_of(registry: Registry, tenant_id: int, session: Session) -> int:
    """Return the largest pack (bytes) that a town allows."""
    state = registry["plugin_states"].of_id(tenant_id, session)
    return int(state.settings("cityguide").get("bundle_mb") or 0) * MEGABYTE


def includeme(config: Configurator) -> None:
    """Register the job, what asks for it and its schedule."""
    config.registry["cityguide_packed"] = {}
    config.add_job(PACK, pack, title=_("Pack tours for keeping"))
    config.add_schedule(PACK, job=PACK, cron="*/15 * * * *")
    for event in EVENTS:
        config.add_subscriber(after_change, event)
