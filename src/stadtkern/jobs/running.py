"""One execution of one job: from its claim to what became of it.

DBOS's workflow and tests come through here. Whatever is written in a job's name is written only
as long as the execution's claim stands: once another process has taken the job over, the first
one's commits are refused.
"""

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar
from uuid import uuid4

import structlog
from pyramid.registry import Registry

from stadtkern.db import Database, DatabaseBusy, TenantSession, bind_tenant, utcnow, work
from stadtkern.jobs import queries
from stadtkern.jobs.models import CANCELLED, DONE, FAILED, OPEN, PARKED, RUNNING, JobRow
from stadtkern.jobs.registry import JobKind, kinds
from stadtkern.jobs.services import requeue
from stadtkern.tenants import Tenant, tenant_by_id

log = structlog.get_logger("stadtkern.jobs")

FIRST_DELAY = timedelta(seconds=10)
LONGEST_DELAY = timedelta(hours=1)
GROWTH = 4
MAX_CRASHES = 5
"""Executions that may end with their process before the job itself is taken for the reason."""

LOOK_SECONDS = 0.5
"""How often a running job looks whether it has been cancelled."""

CRASHED = "WorkerDied"
LONGEST_WAIT = 60.0
"""Seconds between attempts to write about a job; then the job is left to whoever takes it over."""

Answer = TypeVar("Answer")


class Superseded(Exception):  # noqa: N818
    """Another process has taken this job over: nothing more is written in its name."""


@dataclass
class Job:
    """What a handler gets: where it runs, for whom, and how to store what it does."""

    registry: Registry
    id: str
    name: str
    tenant: Tenant | None
    attempt: int
    """1 at the first time."""
    claim: str
    _open: TenantSession | None = field(default=None, repr=False)
    _finished: bool = field(default=False, repr=False)
    _progress: tuple[int, int] | None = field(default=None, repr=False)
    _stopped: bool = field(default=False, repr=False)
    _looked: float = field(default=0.0, repr=False)

    @property
    def database(self) -> Database:
        """Return the installation's database."""
        database: Database = self.registry["database"]
        return database

    @contextmanager
    def work(self, *, write: bool = True) -> Iterator[TenantSession]:
        """Run one unit of work bound to the job's tenant; it commits at the end.

        ``Superseded`` instead of the commit if another process has taken the job over.
        """
        tenant_id = None if self.tenant is None else self.tenant.id
        try:
            with work(self.database, tenant_id, write=write) as session:
                if not write:
                    yield session
                    return
                self._open = session
                yield session
                session.flush()
                self._keep_claim(session)
        except BaseException:
            self._finished = False
            raise
        finally:
            self._open = None

    def _keep_claim(self, session: TenantSession) -> None:
        """Write what is noted for the job; its row is locked until the commit."""
        values: dict[str, Any] = {"claim": self.claim}
        if self._progress is not None:
            values["done"], values["total"] = self._progress
        if self._finished:
            values |= ended(DONE)
        if not queries.change(session, self.id, JobRow.claim == self.claim, **values):
            raise Superseded(self.name)
        self._progress = None

    def content(self, session: TenantSession) -> Any:
        """Return the tenant's tree (``stadtkern.content.Content``) over a session of ``work``."""
        return self.registry["content_of_tenant"](self.registry, session, self.tenant)

    def progress(self, done: int, total: int) -> None:
        """Note how far the job is; within ``work`` it is stored by that commit."""
        self._progress = (done, total)
        if self._open is None:
            with work(self.database) as session:
                self._keep_claim(session)

    def finish(self) -> None:
        """Within ``work``: mark the job as done by that same commit.

        Whatever happens afterwards, the job is not run again.
        """
        if self._open is None:
            raise RuntimeError("a job is finished within job.work()")
        self._finished = True

    def cancelled(self) -> bool:
        """Tell whether somebody has cancelled the job; the handler should then return."""
        if not self._stopped and time.monotonic() - self._looked >= LOOK_SECONDS:
            with work(self.database, write=False) as session:
                row = queries.job(session, self.id)
                self._stopped = row is None or row.cancelling
            self._looked = time.monotonic()
        return self._stopped


@dataclass(frozen=True)
class Outcome:
    """What became of one execution; ``state`` None: nothing was to be done."""

    state: str | None
    error: Exception | None = None


def ended(state: str) -> dict[str, Any]:
    """Return the columns of a job that has come to an end."""
    return {
        "state": state,
        "claim": None,
        "executor": None,
        "cancelling": False,
        "finished_at": utcnow(),
    }


def delay_after(failures: int) -> timedelta:
    """Return how long to wait after so many failures: 10 s, 40 s, 160 s … an hour at most."""
    return min(FIRST_DELAY * GROWTH ** min(failures - 1, 10), LONGEST_DELAY)


def available(
    registry: Registry, name: str, tenant: Tenant | None, session: TenantSession
) -> JobKind | None:
    """Return the kind if it may run for the tenant now; binds ``session`` to the tenant."""
    bind_tenant(session, None if tenant is None else tenant.id)
    kind = kinds(registry).get(name)
    if kind is None or kind.owner is None:
        return kind
    installed = registry["plugins"].get(kind.owner)
    if installed is None or not installed.working:
        return None
    if tenant is None:
        return kind
    state = registry["plugin_states"].of_id(tenant.id, session)
    return kind if state.has(kind.owner) else None


def execute(registry: Registry, job_id: str, run: int, *, executor: str) -> Outcome:
    """Run one queued run of a job to its end, and note what became of it."""
    claimed = _steadily(lambda: _claim(registry, job_id, run, executor))
    if not isinstance(claimed, tuple):
        return Outcome(claimed)
    job, kind, ids = claimed
    try:
        kind.handler(job, **ids)
    except Superseded:
        log.warning("job taken over", job=job.name, id=job.id)
        return Outcome(None)
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is an answer
        return Outcome(_failed(job, kind, error), error)
    return Outcome(_ended_well(job))


def _claim(
    registry: Registry, job_id: str, run: int, executor: str
) -> tuple[Job, JobKind, dict[str, Any]] | str | None:
    """Take a job for this execution; else say what it is now."""
    with work(registry["database"]) as session:
        row = queries.job(session, job_id, lock=True)
        if row is None or row.run != run or row.state not in OPEN:
            return None
        if row.cancelling:
            _set(row, ended(CANCELLED))
            return CANCELLED
        tenant = None if row.tenant_id is None else tenant_by_id(session, row.tenant_id)
        bind_tenant(session, row.tenant_id)
        kind = available(registry, row.name, tenant, session)
        if kind is None:
            row.state, row.executor = PARKED, None
            log.warning("job parked", job=row.name, id=row.id, owner=row.owner)
            return PARKED
        crashes = row.starts - row.failures
        if crashes > MAX_CRASHES:
            _set(row, ended(FAILED) | {"error": CRASHED, "code": None})
            return FAILED
        claim = str(uuid4())
        row.state, row.claim, row.executor = RUNNING, claim, executor
        row.starts += 1
        row.unique_key = None
        row.started_at = utcnow()
        job = Job(registry, row.id, row.name, tenant, row.failures + 1, claim)
        return job, kind, dict(row.ids)


def _ended_well(job: Job) -> str | None:
    state = CANCELLED if job._stopped and not job._finished else DONE  # noqa: SLF001

    def note() -> bool:
        with work(job.database) as session:
            return queries.change(session, job.id, JobRow.claim == job.claim, **ended(state))

    # Finished within its own work: the claim is gone with that commit.
    return state if job._finished or _steadily(note) else None  # noqa: SLF001


def _failed(job: Job, kind: JobKind, error: Exception) -> str | None:
    """Note class and code of an error, never its message, and try again later or give up."""
    name = type(error).__name__
    code = getattr(error, "code", None)
    log.warning(
        "job failed",
        job=job.name,
        id=job.id,
        attempt=job.attempt,
        kind=name,
        frames=[
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)[-12:]
        ],
    )

    def note() -> str | None:
        with work(job.database) as session:
            row = queries.job(session, job.id, lock=True)
            if row is None or row.claim != job.claim:
                return DONE if job._finished and row is not None else None  # noqa: SLF001
            row.failures += 1
            row.error = name[:200]
            row.code = str(code)[:64] if isinstance(code, int | str) else None
            if row.cancelling or job._stopped:  # noqa: SLF001
                _set(row, ended(CANCELLED))
            elif row.failures > kind.retries:
                _set(row, ended(FAILED))
            else:
                requeue(session, job.registry, row, delay=delay_after(row.failures))
            return row.state

    return _steadily(note)


def _set(row: JobRow, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def _steadily(note: Callable[[], Answer]) -> Answer:
    """Write about a job, also when the database is busy or away for a while."""
    wait = 0.5
    while True:
        try:
            return note()
        except DatabaseBusy:
            if wait > LONGEST_WAIT:
                raise
            time.sleep(wait)
            wait *= 2
