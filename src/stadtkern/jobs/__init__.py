"""Durable jobs on DBOS: enqueued in the transaction, run at least once, seen by people."""

from pyramid.config import Configurator

from stadtkern.jobs import queue, registry, upkeep
from stadtkern.jobs.running import Job, Superseded
from stadtkern.jobs.services import JobRefused, enqueue

__all__ = ["Job", "JobRefused", "Superseded", "directives", "enqueue", "includeme"]


def directives(config: Configurator) -> None:
    """Offer ``add_job`` and ``add_schedule``."""
    config.registry["jobs"] = {}
    config.registry["job_schedules"] = {}
    config.add_directive("add_job", registry.add_job)
    config.add_directive("add_schedule", registry.add_schedule)


def includeme(config: Configurator) -> None:
    """Make the client that enqueues; nothing is started here."""
    config.registry["jobs_client"] = queue.Client(config.registry["database"])
    upkeep.configure(config)
