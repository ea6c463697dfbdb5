"""Files with pages that the back office has taken in: looked through at once, imported by a job."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.content import ContentRefused, Node
from stadtkern.db import utcnow
from stadtkern.jobs import Job, enqueue
from stadtkern.storage import FileStore
from stadtkern.storage.store import Readable, TooLarge
from stadtkern.tenants import Tenant
from stadtkern.towns import queries
from stadtkern.towns.errors import TownRefused
from stadtkern.towns.models import DONE, FAILED, RUNNING, WAITING, TownPageFile
from stadtkern.towns.pages.opening import open_source
from stadtkern.towns.pages.report import Report
from stadtkern.towns.pages.taking import PageImport
from stadtkern.towns.standing import stands
from stadtkern.web.i18n import _, as_stored

JOB = "towns.pages"
MAX_UPLOAD = 100_000_000
"""Bytes of a file that a browser sends; larger ones come in by command."""
SHOWN = 500
"""Lines of a report that are kept; counts tell of all."""
KEPT = timedelta(days=30)
"""For so long it can be read what became of a file."""
WAITS = timedelta(days=1)
"""For so long a file waits for somebody to agree."""
GRACE = 86_400
"""Seconds for which bytes without a row are left alone: the row may be on its way."""


def store_of(registry: Registry, tenant_id: int) -> FileStore:
    """Return where the files of a town wait."""
    store: FileStore = registry["storage"]
    return store.part(f"imports/{tenant_id}")


def listed(session: Session) -> list[TownPageFile]:
    """Return the files that the session's town was sent, newest first."""
    return queries.page_files(session)


def one(session: Session, number: int) -> TownPageFile | None:
    """Return one of the files that the session's town was sent."""
    return session.get(TownPageFile, number)


# Sent and looked through


def receive(
    session: Session,
    registry: Registry,
    tenant: Tenant,
    stream: Readable,
    *,
    name: str,
    below: Node,
    account_id: int,
    credit: str = "",
    licence: str = "",
) -> TownPageFile:
    """Keep a file and what would be made of it; ``TownRefused``, nothing kept, for an odd one.

    Args:
        stream: at most ``MAX_UPLOAD`` bytes.
        name: of the file, as it was sent.
        below: the page that the new ones come below.
        credit: who made the pictures in it, if that is known of all.
        licence: of these pictures, one of ``stadtkern.media.schemas.LICENCES``.

    """
    store = store_of(registry, tenant.id)
    try:
        sha, _size = store.put(stream, maximum=MAX_UPLOAD)
    except TooLarge as error:
        raise TownRefused(
            _(
                "The file is larger than ${n} MB. Please make it smaller and choose it again.",
                mapping={"n": MAX_UPLOAD // 1_000_000},
            )
        ) from error
    row = TownPageFile(
        account_id=account_id,
        node_id=below.id,
        sha=sha,
        name=name[-200:],
        credit=credit,
        licence=licence,
    )

    @contextmanager
    def same(*, write: bool = False) -> Iterator[Session]:
        del write
        yield session

    try:
        with session.no_autoflush:
            report = _import(registry, tenant, row, below.path).run(same, dry=True)
    except (TownRefused, ContentRefused):
        if sha not in queries.page_files_needed(session):
            store.remove(sha)
        raise
    row.report = report.to_store(SHOWN)
    session.add(row)
    session.flush()
    return row


def _import(registry: Registry, tenant: Tenant, row: TownPageFile, below: str) -> PageImport:
    store = store_of(registry, tenant.id)
    if not store.has(row.sha):
        raise TownRefused(_("The file is no longer here. Please choose it again."))
    return PageImport(
        registry,
        tenant,
        open_source(store.path(row.sha)),
        below=below,
        credit=row.credit,
        licence=row.licence,
        actor_id=row.account_id,
    )


# Agreed to


def ask(session: Session, registry: Registry, row: TownPageFile) -> None:
    """Have the pages made, in the sender's name; also of a file whose job has stopped."""
    if row.state == WAITING:
        audit.record(session, "town.pages", "town", row.tenant_id)
    elif not stands(session, row):
        return
    row.state = RUNNING
    row.job = enqueue(
        session,
        registry,
        JOB,
        tenant_id=row.tenant_id,
        unique=str(row.id),
        page_file_id=row.id,
    )
    session.flush()


def take(job: Job, *, page_file_id: int) -> None:
    """Make the pages of a file, and keep what became of each."""
    if job.tenant is None:
        return
    with job.work(write=False) as session:
        row = session.get(TownPageFile, page_file_id)
        if row is None or row.state != RUNNING:
            return
        session.expunge(row)
    try:
        done = _make(job, job.tenant, row)
    except (TownRefused, ContentRefused) as refused:
        _note(job, row, FAILED, {"reason": as_stored(refused.args[0])})
        return
    if job.cancelled():
        # By a person, who is then asked whether to go on.
        return
    _note(job, row, DONE, done.to_store(SHOWN))


def _make(job: Job, tenant: Tenant, row: TownPageFile) -> Report:
    if row.node_id is None:
        raise TownRefused(_("The page that they were to come below is gone."))
    with job.work(write=False) as session:
        below = job.content(session).get(row.node_id).path
    taking = _import(job.registry, tenant, row, below)
    return taking.run(job.work, progress=job.progress, cancelled=job.cancelled)


def _note(job: Job, row: TownPageFile, state: str, report: dict[str, Any]) -> None:
    """Say how it ended, and throw the file away."""
    with job.work(write=True) as session:
        stored = session.get(TownPageFile, row.id)
        if stored is not None:
            stored.state, stored.finished_at = state, utcnow()
            stored.report = stored.report | report
        session.flush()
        needed = queries.page_files_needed(session)
        job.finish()
    if row.sha not in needed and job.tenant is not None:
        store_of(job.registry, job.tenant.id).remove(row.sha)


def sweep(session: Session, registry: Registry, tenant_id: int) -> None:
    """Forget what became of old files, and throw away those that nobody has agreed to."""
    now = utcnow()
    for row in queries.page_files_before(session, now - WAITS):
        if row.state == WAITING or row.created_at < now - KEPT:
            session.delete(row)
    session.flush()
    needed = queries.page_files_needed(session)
    store_of(registry, tenant_id).sweep(needed, older=GRACE)


def configure(config: Configurator) -> None:
    """Register the job."""
    config.add_audit_deed("town.pages", title=_("pages imported"))
    config.add_audit_kind("town_page_file", title=_("File with pages"))
    config.add_job(JOB, take, title=_("Import pages from a file"))
