"""Running jobs in this process: DBOS launched under a lease, and what keeps it going.

Only ``stadtkern serve`` and ``stadtkern worker`` (and one fixture of the tests) start a runner;
DBOS is one per process, and so is the runner.
"""

import logging
import os
import socket
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer
from pyramid.registry import Registry
from sqlalchemy.engine import Engine

from stadtkern.db import Database, work
from stadtkern.jobs import queries, queue, schedules
from stadtkern.jobs.models import PARKED
from stadtkern.jobs.running import available, execute
from stadtkern.jobs.services import requeue
from stadtkern.tenants import tenant_by_id

log = structlog.get_logger("stadtkern.jobs")

LEASE_SECONDS = 30.0
POLL_SECONDS = 0.5
THREADS = 4
CLAIMED_AT_ONCE = 16
"""Jobs taken from the queue for each thread: polling must not limit how many small ones run."""

SPARE_THREADS = 4
"""DBOS starts its own recovery on the same threads."""

MEND_SECONDS = 60.0
STOP_SECONDS = 20
LAUNCH_AGAIN_SECONDS = 10.0


class JobsNotMigrated(RuntimeError):  # noqa: N818
    """DBOS's tables are missing or older than this version needs."""


class Runner:
    """The one that runs jobs in this process."""

    def __init__(self, registry: Registry, kind: str) -> None:
        """Read ``stadtkern.jobs_*`` settings; nothing is started yet.

        Args:
            kind: serve or worker, shown to operators.

        """
        settings: Mapping[str, Any] = registry.settings or {}
        self.registry = registry
        self.kind = kind
        self.lease = timedelta(seconds=_number(settings, "lease_seconds", LEASE_SECONDS))
        self.poll = _number(settings, "poll_seconds", POLL_SECONDS)
        self.threads = int(_number(settings, "threads", THREADS))
        self.executor = ""
        self.launched = threading.Event()
        self._engine: Engine | None = None
        self._stopping = threading.Event()
        self._keeper: threading.Thread | None = None
        self._mended = 0.0
        self._active = 0
        self._lock = threading.Lock()

    @property
    def database(self) -> Database:
        """Return the installation's database."""
        database: Database = self.registry["database"]
        return database

    # From outside

    def start(self) -> None:
        """Begin in the background, so that a server answers at once.

        ``JobsNotMigrated`` if DBOS's tables are not up to date.
        """
        global _running  # noqa: PLW0603 - DBOS is one per process
        if _running is not None:
            raise RuntimeError("jobs are run in this process already")
        if not queue.is_migrated(self.database):
            raise JobsNotMigrated("The database is not up to date: run `stadtkern db upgrade`.")
        _running = self
        self._keeper = threading.Thread(target=self._keep, name="jobs-keeper", daemon=True)
        self._keeper.start()

    def stop(self, seconds: int = STOP_SECONDS) -> None:
        """Take nothing more, wait for what runs, and leave the rest to others."""
        global _running  # noqa: PLW0603
        self._stopping.set()
        if self._keeper is not None:
            self._keeper.join()
        self._land(seconds)
        _running = None

    # One executor after the other: a lost lease needs a new one

    def _launch(self) -> None:
        self.executor = f"{self.kind}-{uuid4()}"
        with work(self.database) as session:
            queries.add_lease(
                session,
                executor=self.executor,
                kind=self.kind,
                host=socket.gethostname()[:200],
                pid=os.getpid(),
                expires_at=queries.now(session) + self.lease,
            )
        self._engine = queue.own_engine(self.database, pooled=True)
        # With a handler of ours DBOS adds none and its lines go where all others go.
        logger = logging.getLogger("dbos")
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
        config: DBOSConfig = {
            "name": queue.APPLICATION,
            "application_version": queue.VERSION,
            "executor_id": self.executor,
            "system_database_engine": self._engine,
            "dbos_system_schema": queue.SCHEMA,
            "serializer": DBOSPortableJSONSerializer(),
            "run_migrations": False,
            "max_executor_threads": self.threads + SPARE_THREADS,
            "log_level": "WARNING",
            "enable_otlp": False,
            # Its schedules are not used; see schedules.py.
            "scheduler_polling_interval_sec": 3600.0,
        }
        DBOS(config=config)
        DBOS.launch()
        DBOS.register_queue(
            queue.QUEUE,
            worker_concurrency=self.threads * CLAIMED_AT_ONCE,
            polling_interval_sec=self.poll,
            on_conflict="always_update",
        )
        self.launched.set()
        log.info("jobs run here", executor=self.executor, threads=self.threads)

    def _land(self, seconds: int) -> None:
        """Shut DBOS down and let the lease lapse."""
        if self._engine is None:
            return
        self.launched.clear()
        DBOS.destroy(workflow_completion_timeout_sec=seconds if self._active else 0)
        self._engine.dispose()
        self._engine = None
        try:
            with work(self.database) as session:
                queries.end_lease(session, self.executor)
        except Exception as error:  # noqa: BLE001 - it lapses by itself
            log.warning("lease not returned", kind=type(error).__name__)

    def _keep(self) -> None:
        wait = 0.0
        while not self._stopping.wait(wait):
            wait = self.lease.total_seconds() / 3
            try:
                if self._engine is None:
                    self._launch()
                self._beat()
            except Exception as error:  # noqa: BLE001 - the database may be away; go on trying
                log.warning("jobs keeper", kind=type(error).__name__)
                if not self.launched.is_set():
                    wait = min(wait, LAUNCH_AGAIN_SECONDS)
                    self._land(0)

    def _beat(self) -> None:
        """Renew the lease, fire schedules, take over from the dead, mend now and then."""
        with work(self.database) as session:
            kept = queries.renew_lease(session, self.executor, self.lease)
        if not kept:
            # Others hold us for dead and have our jobs; whatever still runs cannot commit.
            log.warning("lease lost", executor=self.executor)
            self._land(0)
            self._launch()
        schedules.fire_all_due(self.registry)
        self._take_over()
        if time.monotonic() - self._mended >= MEND_SECONDS or not self._mended:
            self._mended = time.monotonic()
            mend(self.registry)

    def _take_over(self) -> None:
        with work(self.database, write=False) as session:
            dead = queries.dead_executors(session)
        if not dead:
            return
        log.warning("jobs taken over", executors=dead)
        # Only rows that still bear a dead executor's id are queued again, whoever is first.
        DBOS._recover_pending_workflows(dead)  # noqa: SLF001 - there is no public way
        with work(self.database) as session:
            queries.forget_leases(session, dead)

    def run(self, workflow: str) -> str | None:
        """Run what DBOS has taken from the queue."""
        job_id, run = queue.job_of(workflow)
        with self._lock:
            self._active += 1
        try:
            return execute(self.registry, job_id, run, executor=self.executor).state
        finally:
            with self._lock:
                self._active -= 1


_running: Runner | None = None


@DBOS.workflow(name=queue.WORKFLOW, max_recovery_attempts=1_000)
def _job(_name: str, _tenant: int | None, _ids: dict[str, Any]) -> str | None:
    """Do any job of any application: the handler is found where the runner was started.

    The arguments tell people who look into DBOS's tables what it is; the job's own row counts.
    """
    if _running is None:
        raise RuntimeError("no runner")
    return _running.run(str(DBOS.workflow_id))


def mend(registry: Registry) -> int:
    """Queue again what has lost its workflow, and parked jobs that may run now; return how many."""
    database: Database = registry["database"]
    count = 0
    with work(database, write=False) as session:
        lost = queries.lost(session)
        waiting = queries.parked_ids(session)
    for job_id in lost:
        with work(database) as session:
            row = queries.job(session, job_id, lock=True)
            if row is not None and queries.is_lost(session, row):
                log.warning("job had lost its workflow", job=row.name, id=row.id)
                requeue(session, registry, row)
                count += 1
    for job_id in waiting:
        count += _unpark(registry, job_id)
    return count


def _unpark(registry: Registry, job_id: str) -> bool:
    with work(registry["database"]) as session:
        row = queries.job(session, job_id, lock=True)
        if row is None or row.state != PARKED:
            return False
        tenant = None if row.tenant_id is None else tenant_by_id(session, row.tenant_id)
        if available(registry, row.name, tenant, session) is None:
            return False
        requeue(session, registry, row)
        return True


def _number(settings: Mapping[str, Any], name: str, default: float) -> float:
    return float(settings.get(f"stadtkern.jobs_{name}", default))
