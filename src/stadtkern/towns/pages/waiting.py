"""Files with pages that the back office has taken in: looked through at once, imported by a job."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern import audit
from stadtkern.content import ContentRefused
from stadtkern.jobs import Job, enqueue
from stadtkern.storage import FileStore
from stadtkern.tenants import Tenant
from stadtkern.towns.errors import TownRefused
from stadtkern.towns.pages.opening import open_source
from stadtkern.towns.pages.report import Report
from stadtkern.towns.pages.sources import Source
from stadtkern.towns.pages.taking import PageImport
from stadtkern.web.i18n import _

JOB = "towns.pages"
MAX_UPLOAD = 100_000_000
"""Bytes of a file that a browser sends; larger ones come in by command."""
KEPT = 86_400
"""Seconds for which a file waits for somebody to agree."""


def store_of(registry: Registry, tenant_id: int) -> FileStore:
    """Return where the files of a town wait."""
    store: FileStore = registry["storage"]
    return store.part(f"imports/{tenant_id}")


def opened(registry: Registry, tenant_id: int, sha: str) -> Source:
    """Return what a file that waits holds; ``TownRefused`` if it is gone or no such file."""
    store = store_of(registry, tenant_id)
    if len(sha) != 64 or not store.has(sha):  # noqa: PLR2004 - hexadecimal digits
        raise TownRefused(_("The file is no longer here. Please choose it again."))
    return open_source(store.path(sha))


def look(registry: Registry, session: Session, tenant: Tenant, sha: str, below: str) -> Report:
    """Return what an import would do; nothing is stored."""

    @contextmanager
    def same(*, write: bool = False) -> Iterator[Session]:
        del write
        yield session

    source = opened(registry, tenant.id, sha)
    return PageImport(registry, tenant, source, below=below).run(same, dry=True)


def ask(
    session: Session, registry: Registry, tenant_id: int, sha: str, node_id: int, account_id: int
) -> str:
    """Have a file imported below a node, in somebody's name; return the job's id."""
    opened(registry, tenant_id, sha)
    audit.record(session, "town.pages", "town", tenant_id)
    return enqueue(
        session,
        registry,
        JOB,
        tenant_id=tenant_id,
        unique=f"{node_id}/{sha}",
        sha=sha,
        node_id=node_id,
        account_id=account_id,
    )


def take(job: Job, *, sha: str, node_id: int, account_id: int) -> None:
    """Import a file; one that is gone, or whose place is, leaves nothing to do."""
    if job.tenant is None:
        return
    try:
        source = opened(job.registry, job.tenant.id, sha)
        with job.work(write=False) as session:
            below = job.content(session).get(node_id).path
        taking: Any = PageImport(job.registry, job.tenant, source, below=below, actor_id=account_id)
        taking.run(job.work, progress=job.progress, cancelled=job.cancelled)
    except (TownRefused, ContentRefused):
        return
    store_of(job.registry, job.tenant.id).remove(sha)


def sweep(registry: Registry, tenant_id: int) -> None:
    """Throw away files that nobody has agreed to."""
    store_of(registry, tenant_id).sweep((), older=KEPT)


def configure(config: Configurator) -> None:
    """Register the job."""
    config.add_audit_deed("town.pages", title=_("pages imported"))
    config.add_job(JOB, take, title=_("Import pages from a file"))
