"""The bytes of deliveries: kept as they came, as long as a delivery names them."""

from pyramid.registry import Registry

from stadtkern.exchange import queries
from stadtkern.exchange.kinds import Source
from stadtkern.exchange.models import Delivery
from stadtkern.jobs import Job
from stadtkern.storage import FileStore
from stadtkern.storage.limits import most_bytes

SWEEP = "exchange.sweep"
DEFAULT_MB = 2_000
GRACE = 86_400
"""Seconds for which bytes without a delivery are left alone: the row may be on its way."""


def store_of(registry: Registry, tenant_id: int) -> FileStore:
    """Return where a municipality's deliveries lie."""
    store: FileStore = registry["storage"]
    return store.part(f"deliveries/{tenant_id}")


def maximum(registry: Registry) -> int:
    """Return the most bytes of a delivery, from ``exchange.delivery_mb`` (1 to 100,000)."""
    return most_bytes(registry, "exchange.delivery_mb", DEFAULT_MB)


def source_of(registry: Registry, delivery: Delivery) -> Source:
    """Return a delivery's bytes as formats see them."""
    path = store_of(registry, delivery.tenant_id).path(delivery.sha)
    return Source(path, delivery.name)


def sweep(job: Job) -> None:
    """Throw away the bytes of deliveries whose time was over, or that were never noted."""
    if job.tenant is None:
        return
    with job.work(write=False) as session:
        named = queries.shas(session)
    store_of(job.registry, job.tenant.id).sweep(named, older=GRACE)
