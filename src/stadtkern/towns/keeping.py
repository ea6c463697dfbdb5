"""Archives that the back office asks for: written by a job, kept for a few days."""

import tempfile
from datetime import timedelta
from typing import Any

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.db import utcnow
from stadtkern.jobs import Job, enqueue
from stadtkern.storage import FileStore
from stadtkern.towns.archive import MAX_TOTAL
from stadtkern.towns.errors import TownRefused
from stadtkern.towns.exporting import export_town
from stadtkern.towns.models import DONE, FAILED, RUNNING, TownExport
from stadtkern.towns.pages import waiting
from stadtkern.web.i18n import _

EXPORT = "towns.export"
SWEEP = "towns.sweep"
KEPT = timedelta(days=7)
STUCK = timedelta(days=1)
"""After that long whoever asked may ask again, whatever became of the job."""
GRACE = 86_400
"""Seconds for which bytes without a row are left alone: the row may be on its way."""


def store_of(registry: Registry, tenant_id: int) -> FileStore:
    """Return where a town's archives lie."""
    store: FileStore = registry["storage"]
    return store.part(f"exports/{tenant_id}")


def listed(session: Session) -> list[TownExport]:
    """Return the archives of the session's town, newest first."""
    return list(
        session.scalars(select(TownExport).order_by(TownExport.created_at.desc()).limit(20))
    )


def every(session: Session) -> list[TownExport]:
    """Return all archives of the session's town, those on their way included."""
    return list(session.scalars(select(TownExport)))


def count(session: Session) -> int:
    """Return how many there are."""
    return session.scalar(select(func.count()).select_from(TownExport)) or 0


def one(session: Session, number: int) -> TownExport | None:
    """Return an archive of the session's town."""
    return session.get(TownExport, number)


def ask(session: Session, registry: Registry, tenant_id: int, account_id: int | None) -> TownExport:
    """Have an archive written; ``TownRefused`` while one is being written."""
    since = utcnow() - STUCK
    running = select(TownExport.id).where(
        TownExport.state == RUNNING, TownExport.created_at > since
    )
    if session.scalar(running.limit(1)) is not None:
        raise TownRefused(_("An archive is being written already. Please wait for that one."))
    row = TownExport(account_id=account_id, job="")
    session.add(row)
    session.flush()
    row.job = enqueue(session, registry, EXPORT, tenant_id=tenant_id, export_id=row.id)
    session.flush()
    audit.record(session, "town.export", "town", tenant_id)
    return row


def remove(session: Session, registry: Registry, row: TownExport) -> None:
    """Throw an archive away, its bytes with it."""
    sha, tenant_id = row.sha, row.tenant_id
    session.delete(row)
    session.flush()
    if sha is not None and sha not in _named(session):
        store_of(registry, tenant_id).remove(sha)


def _named(session: Session) -> set[str]:
    return {sha for sha in session.scalars(select(TownExport.sha)) if sha is not None}


def write(job: Job, *, export_id: int) -> None:
    """Write an archive, store it, and say that it is there."""
    tenant = job.tenant
    if tenant is None:
        return
    with job.work(write=False) as session:
        row = session.get(TownExport, export_id)
        if row is None or row.state != RUNNING:
            return
    store = store_of(job.registry, tenant.id)
    store.root.mkdir(parents=True, exist_ok=True)
    values: dict[str, Any] = {"state": FAILED}
    try:
        with tempfile.TemporaryFile(dir=store.root, prefix="incoming-") as target:
            done = export_town(
                job.registry,
                job.registry["database"],
                tenant,
                target,
                progress=job.progress,
                cancelled=job.cancelled,
            )
            target.seek(0)
            sha, size = store.put(target, maximum=MAX_TOTAL)
            values = {"state": DONE, "sha": sha, "size": size, "missing": done.missing}
    except InterruptedError:
        # Cancelled by a person.
        pass
    with job.work(write=True) as session:
        row = session.get(TownExport, export_id)
        if row is not None:
            for name, value in values.items():
                setattr(row, name, value)
            row.finished_at = utcnow()
        job.finish()
    written = values.get("sha")
    if row is None and written is not None:
        # Thrown away while it was written, such as by an erasure.
        with job.work(write=False) as session:
            named = _named(session)
        if written not in named:
            store.remove(written)


def sweep(job: Job) -> None:
    """Throw away archives whose days are over, and bytes that no row names."""
    if job.tenant is None:
        return
    with job.work(write=True) as session:
        for row in session.scalars(
            select(TownExport).where(TownExport.created_at < utcnow() - KEPT)
        ):
            session.delete(row)
        session.flush()
        named = _named(session)
        waiting.sweep(session, job.registry, job.tenant.id)
    store_of(job.registry, job.tenant.id).sweep(named, older=GRACE)


def configure(config: Configurator) -> None:
    """Register both jobs."""
    waiting.configure(config)
    config.add_job(EXPORT, write, title=_("Write an archive of the municipality"))
    config.add_job(SWEEP, sweep, title=_("Throw away old archives"))
    config.add_schedule(SWEEP, job=SWEEP, cron="40 3 * * *")
    config.add_audit_kind("town_export", title=_("Archive of the municipality"))
