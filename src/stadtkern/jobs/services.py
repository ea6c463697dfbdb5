"""Enqueueing, cancelling and trying again; each within the caller's transaction."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from pyramid.i18n import TranslationString
from pyramid.registry import Registry
from sqlalchemy.orm import Session
from zope.sqlalchemy.datamanager import mark_changed

from stadtkern.db import utcnow
from stadtkern.jobs import queries, queue
from stadtkern.jobs.models import CANCELLED, FAILED, PARKED, RUNNING, WAITING, JobRow
from stadtkern.jobs.registry import kinds
from stadtkern.web.i18n import _

MAX_TEXT = 200
"""Characters of a text among the ids: they name things and carry no content."""

MAX_UNIQUE = 120


class JobRefused(Exception):  # noqa: N818 - the word that users read
    """A job cannot be changed; ``message`` is translatable and says what to do next."""

    def __init__(self, message: TranslationString) -> None:
        super().__init__(message)
        self.message = message


def enqueue(
    session: Session,
    registry: Registry,
    name: str,
    *,
    tenant_id: int | None,
    delay: timedelta | None = None,
    unique: str | None = None,
    **ids: int | str,
) -> str:
    """Queue a job within the session's transaction and return its id.

    Nothing is queued when the transaction fails. ``ids`` stand in the database in clear: whole
    numbers and short texts that name things, never what people wrote; else ``ValueError``.
    ``unique``: while one such job waits (of this name and tenant, with this key), its id is
    returned instead, and it starts after this transaction. ``LookupError`` for an unknown name.
    """
    kind = kinds(registry).get(name)
    if kind is None:
        raise LookupError(f"There is no job “{name}”.")
    for key, value in ids.items():
        if not isinstance(value, int | str) or (isinstance(value, str) and len(value) > MAX_TEXT):
            raise ValueError(f"{name}: {key} must be a whole number or a short text")
    if unique is not None and len(unique) > MAX_UNIQUE:
        raise ValueError(f"{name}: the key is longer than {MAX_UNIQUE} characters")
    unique_key = None if unique is None else f"{tenant_id or ''}/{name}/{unique}"
    now = utcnow()
    job_id = str(uuid4())
    values: dict[str, Any] = {
        "id": job_id,
        "tenant_id": tenant_id,
        "name": name,
        "owner": kind.owner,
        "ids": ids,
        "unique_key": unique_key,
        "due_at": now + (delay or timedelta(0)),
        "created_at": now,
    }
    while not queries.insert_job(session, values):
        assert unique_key is not None  # noqa: S101 - nothing else can stand in the way
        twin = queries.waiting_twin(session, unique_key)
        if twin is not None:
            return twin
    _put(session, registry, job_id, 1, name, tenant_id, ids, delay)
    return job_id


def _put(
    session: Session,
    registry: Registry,
    job_id: str,
    run: int,
    name: str,
    tenant_id: int | None,
    ids: dict[str, int | str],
    delay: timedelta | None,
) -> None:
    queue.put(
        registry["jobs_client"],
        session,
        job_id=job_id,
        run=run,
        name=name,
        tenant_id=tenant_id,
        ids=ids,
        delay=delay,
    )
    manager = session.info.get("manager")
    if manager is not None:
        mark_changed(session, manager)


def requeue(
    session: Session, registry: Registry, job: JobRow, *, delay: timedelta | None = None
) -> None:
    """Queue one more run of a job that is locked by this transaction."""
    job.run += 1
    job.state = WAITING
    job.claim = job.executor = job.started_at = job.finished_at = None
    job.cancelling = False
    job.due_at = utcnow() + (delay or timedelta(0))
    session.flush()
    _put(session, registry, job.id, job.run, job.name, job.tenant_id, job.ids, delay)


def cancel(session: Session, job: JobRow) -> None:
    """Take a job back: one that runs is asked to stop at its next opportunity.

    ``job`` is locked by this transaction. ``JobRefused`` if it has ended.
    """
    if job.state == RUNNING:
        job.cancelling = True
    elif job.state in {WAITING, PARKED, FAILED}:
        job.state, job.unique_key, job.finished_at = CANCELLED, None, utcnow()
    else:
        raise JobRefused(_("This job has ended already: there is nothing to cancel."))
    session.flush()


def retry(session: Session, registry: Registry, job: JobRow) -> None:
    """Run a failed, parked or cancelled job once more, at once; a waiting one without delay.

    ``job`` is locked by this transaction. ``JobRefused`` while it runs and once it is done.
    """
    if job.state not in {FAILED, PARKED, CANCELLED, WAITING}:
        raise JobRefused(
            _("Only jobs that have failed, were parked or cancelled can be tried again.")
        )
    job.failures = job.starts = 0
    requeue(session, registry, job)


def unpark(session: Session, registry: Registry, jobs: list[JobRow]) -> int:
    """Queue parked jobs again; return how many."""
    for job in jobs:
        requeue(session, registry, job)
    return len(jobs)
