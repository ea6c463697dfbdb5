"""The seam to DBOS: one queue, one workflow, and putting something into it.

Nothing here starts anything. Inside of a transaction only ``put`` is used: what writes through a
connection of its own would wait for our own lock.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from stadtkern.db import Database
from stadtkern.db.engine import sqlite_pragmas
from stadtkern.db.migrate import APP_ROLE

if TYPE_CHECKING:
    from dbos import DBOSClient
    from dbos._sys_db import SystemDatabase

APPLICATION = "stadtkern"
QUEUE = "stadtkern"
WORKFLOW = "stadtkern.job"
VERSION = "stadtkern-1"
"""Of the one workflow, not of the platform: what was queued before a deploy runs after it."""

SCHEMA = "dbos"
RIGHTS = "select, insert, update, delete"
BUSY_TIMEOUT_MS = 30_000
"""DBOS waits longer for SQLite's write lock than a request does."""


def workflow_id(job_id: str, run: int) -> str:
    """Return the id of the workflow behind a job's run."""
    return f"{job_id}.{run}"


def job_of(workflow: str) -> tuple[str, int]:
    """Return job and run of a workflow's id."""
    job_id, _, run = workflow.rpartition(".")
    return job_id, int(run)


def own_engine(database: Database, *, pooled: bool = False) -> Engine:
    """Open DBOS's own engine on our database, with our pragmas; the caller disposes of it.

    It begins transactions as DBOS expects it, which differs from how we begin ours.

    Args:
        pooled: keep connections, for a process that runs jobs; else none stays open.

    """
    url = database.engine.url
    options: dict[str, Any] = {"hide_parameters": True}
    if not pooled:
        options["poolclass"] = NullPool
    elif database.is_postgresql:
        options |= {"pool_pre_ping": True, "pool_size": 5, "max_overflow": 10}
    engine = create_engine(url, **options)
    if database.is_postgresql:
        return engine

    def connect(connection: Any, _record: object) -> None:
        sqlite_pragmas(connection, busy_timeout_ms=BUSY_TIMEOUT_MS)
        connection.isolation_level = "IMMEDIATE"

    event.listen(engine, "connect", connect)
    return engine


class Client:
    """A process's DBOS client, made when first asked for: most requests enqueue nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._client: DBOSClient | None = None
        self._engine: Engine | None = None

    def __call__(self) -> "DBOSClient":
        """Return the client."""
        if self._client is None:
            from dbos import DBOSClient, DBOSPortableJSONSerializer  # noqa: PLC0415 - start-up time

            self._engine = own_engine(self._database)
            self._client = DBOSClient(
                system_database_engine=self._engine,
                dbos_system_schema=SCHEMA,
                serializer=DBOSPortableJSONSerializer(),
                application_name=APPLICATION,
                lazy=True,
            )
        return self._client

    def close(self) -> None:
        """Close what was opened."""
        if self._client is not None:
            self._client.destroy()
            self._client = None
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None


def put(
    client: Client,
    session: Session,
    *,
    job_id: str,
    run: int,
    name: str,
    tenant_id: int | None,
    ids: Mapping[str, Any],
    delay: timedelta | None,
) -> None:
    """Queue one run of a job within the session's transaction."""
    options: dict[str, Any] = {
        "queue_name": QUEUE,
        "workflow_name": WORKFLOW,
        "workflow_id": workflow_id(job_id, run),
        "app_version": VERSION,
    }
    if delay is not None and delay > timedelta(0):
        options["delay_seconds"] = delay.total_seconds()
    client().enqueue_in_transaction(
        session.connection(),
        options,  # type: ignore[arg-type]
        name,
        tenant_id,
        dict(ids),
    )


def delete_ended(client: Client, *, before: datetime, batch: int) -> int:
    """Delete what DBOS keeps of workflows that ended before a time.

    Works on connections of its own: never within a transaction. Returns how many.
    """
    count = 0
    while True:
        ended = client().list_workflows(
            name=WORKFLOW,
            status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
            completed_before=before.isoformat(),
            limit=batch,
            load_input=False,
            load_output=False,
        )
        if not ended:
            return count
        client().delete_workflows([workflow.workflow_id for workflow in ended])
        count += len(ended)


def migrate(database: Database) -> bool:
    """Bring DBOS's tables up to date as their owner; return whether anything was done.

    On PostgreSQL they stand in the schema ``dbos`` and the serving role gets its rights there;
    on SQLite beside ours.
    """
    if is_migrated(database):
        return False
    with _tables(database) as tables:
        tables.run_migrations()
    if database.is_postgresql:
        with database.writer.begin() as connection:
            for grant in (
                f"grant usage on schema {SCHEMA} to {APP_ROLE}",
                f"grant {RIGHTS} on all tables in schema {SCHEMA} to {APP_ROLE}",
                f"grant usage on all sequences in schema {SCHEMA} to {APP_ROLE}",
                f"grant execute on all functions in schema {SCHEMA} to {APP_ROLE}",
            ):
                connection.execute(text(grant))
    return True


def is_migrated(database: Database) -> bool:
    """Tell whether DBOS's tables are what this version of DBOS needs."""
    from dbos._error import DBOSInitializationError  # noqa: PLC0415 - start-up time

    with _tables(database) as tables:
        try:
            tables.verify_migrations()
        except DBOSInitializationError:
            return False
    return True


@contextmanager
def _tables(database: Database) -> Iterator["SystemDatabase"]:
    """Open DBOS's tables over an engine of ours.

    ``DBOS.migrate`` would make one of its own: without our pragmas, and on PostgreSQL trying to
    reach the server's other databases first.
    """
    from dbos import DBOSPortableJSONSerializer  # noqa: PLC0415 - start-up time
    from dbos._sys_db import SystemDatabase  # noqa: PLC0415

    engine = own_engine(database)
    try:
        tables = SystemDatabase.create(
            system_database_url="postgresql://" if database.is_postgresql else "sqlite://",
            engine_kwargs={},
            engine=engine,
            schema=SCHEMA,
            serializer=DBOSPortableJSONSerializer(),
            executor_id=None,
        )
        try:
            yield tables
        finally:
            tables.destroy()
    finally:
        engine.dispose()
