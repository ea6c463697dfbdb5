"""The files of notices: by sha256, in a folder of their own, as long as a row names them."""

import io

from pyramid.registry import Registry

from stadtkern.jobs import Job
from stadtkern.storage import FileStore
from stadtkern_finance.issuing import queries

SWEEP = "finance.sweep"
GRACE = 86_400
"""Seconds for which bytes without a row are left alone: the row may be on its way."""
MOST = 20_000_000
"""Bytes of one notice."""


def store_of(registry: Registry, tenant_id: int) -> FileStore:
    """Return where a town's notices lie."""
    store: FileStore = registry["storage"]
    return store.part(f"notices/{tenant_id}")


def put(store: FileStore, data: bytes) -> str:
    """Keep bytes and return their sha256."""
    return store.put(io.BytesIO(data), maximum=MOST)[0]


def sweep(job: Job) -> None:
    """Throw away the files that nothing names, such as piles that were posted."""
    if job.tenant is None:
        return
    with job.work(write=False) as session:
        named = queries.shas(session)
    store_of(job.registry, job.tenant.id).sweep(named, older=GRACE)
