"""Jobs of the library: pictures made smaller, and what is no longer needed thrown away."""

from typing import Any

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy import select
from sqlalchemy.orm import Session

from stadtkern.content import Node, events
from stadtkern.jobs import Job, enqueue
from stadtkern.media import queries, renditions
from stadtkern.tenants import bump_generation
from stadtkern.tenants.events import TownImported
from stadtkern.web.i18n import _

RENDER = "media.renditions"
SWEEP = "media.sweep"
EVERY = 5
"""Files between two notes of progress, each of which is a commit."""
GRACE = 86_400
"""Seconds that a rendition nobody lists is kept: a job may be about to list it."""


def ask_for_renditions(session: Session, registry: Registry, tenant_id: int, node_id: int) -> None:
    """Have a picture's renditions made soon, once however often it is asked."""
    enqueue(
        session,
        registry,
        RENDER,
        tenant_id=tenant_id,
        unique=f"{RENDER}:{node_id}",
        node_id=node_id,
    )


def after_saving(event: events.NodeEvent) -> None:
    """Have renditions made where the picture or its focal point has changed."""
    if event.node.type in renditions.PICTURED and not renditions.are_current(event.node):
        ask_for_renditions(event.session, event.registry, event.tenant_id, event.node.id)


def render(job: Job, *, node_id: int) -> None:
    """Make all renditions of a picture and list them; may be run again at any time.

    Bytes are stored under their hash before they are listed, in one write: after a kill nothing is
    listed that is not there, and the next run makes the same bytes again.
    """
    tenant_id = _tenant(job)
    with job.work(write=False) as session:
        node = _image(session, node_id)
        wanted = None if node is None else renditions.wanted_for(node)
        current = node is None or renditions.are_current(node)
    if wanted is None or current:
        return
    target = renditions.store_of(job.registry, tenant_id)
    source = job.registry["storage"].path(wanted["source"])
    if not source.is_file():
        # The bytes are gone (a restored database without its files): nothing can be made of it.
        return
    files = []
    x, y = wanted["focal"]
    for number, made in enumerate(renditions.make(source, target, (x, y)), start=1):
        files.append(made.as_json())
        if number % EVERY == 0:
            job.progress(number, renditions.MOST_FILES)
        if job.cancelled():
            return
    with job.work(write=True) as session:
        node = _image(session, node_id)
        if node is None or renditions.wanted_for(node) != wanted:
            # Changed meanwhile: the job of that change makes the right ones.
            return
        derived = (node.derived or {}) | {"renditions": wanted | {"files": files}}
        queries.set_derived(session, node_id, derived)
        if node.state == "published":
            bump_generation(session, job.registry["tenants"], tenant_id, "content")


def _tenant(job: Job) -> int:
    if job.tenant is None:
        raise ValueError("a job of a municipality's own")
    return int(job.tenant.id)


def _image(session: Session, node_id: int) -> Any:
    return session.execute(
        select(Node.id, Node.state, Node.body, Node.derived).where(
            Node.id == node_id, Node.type.in_(renditions.PICTURED)
        )
    ).first()


def sweep(job: Job) -> None:
    """Throw away renditions that no picture lists, and have missing ones made."""
    tenant_id = _tenant(job)
    store = renditions.store_of(job.registry, tenant_id)
    listed: set[str] = set()
    missing: list[int] = []
    with job.work(write=False) as session:
        for node in queries.images(session):
            made = renditions.made_of(node)
            listed |= {one["sha"] for one in made}
            lost = any(not store.has(one["sha"]) for one in made)
            if node.deleted_at is None and (lost or not renditions.are_current(node)):
                missing.append(node.id)
    store.sweep(listed, older=GRACE)
    if missing:
        with job.work(write=True) as session:
            for node_id in missing:
                node = _image(session, node_id)
                if node is None:
                    continue
                if renditions.are_current(node):
                    # Listed, but not all there: forget the list, so that all are made again.
                    kept = {k: v for k, v in node.derived.items() if k != "renditions"}
                    queries.set_derived(session, node_id, kept)
                ask_for_renditions(session, job.registry, tenant_id, node_id)


def configure(config: Configurator) -> None:
    """Register both jobs, the nightly sweep, and what asks for renditions."""
    config.add_job(RENDER, render, title=_("Sizes of a picture"))
    config.add_job(SWEEP, sweep, title=_("Tidy up pictures"))
    config.add_schedule(SWEEP, job=SWEEP, cron="17 2 * * *", per_tenant=True)
    for event in (events.NodeCreated, events.NodeChanged, events.NodePublished):
        config.add_subscriber(after_saving, event)
    registry = config.registry

    def imported(event: TownImported) -> None:
        enqueue(event.session, registry, SWEEP, tenant_id=event.tenant.id)

    config.add_subscriber(imported, TownImported)
