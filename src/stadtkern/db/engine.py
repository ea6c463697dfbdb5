"""Engines for SQLite and PostgreSQL behind one door."""

import os
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg.errors
from pyramid_retry import RetryableException
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError

from stadtkern.db.session import TenantSession, bind_tenant

BUSY_TIMEOUT_MS = 5_000
"""How long SQLite waits for the write lock before the request is tried again."""


class DatabaseBusy(RetryableException):
    """The database refused for a passing reason (lock, serialisation, lost connection)."""


class NoDatabase(ValueError):  # noqa: N818
    """No setting names a database; guessing one would migrate and fill the wrong place."""


@dataclass(frozen=True)
class Database:
    """The installation's database.

    ``reader`` begins transactions plainly, ``writer`` takes SQLite's write lock at once: with
    deferred transactions, requests that read and then write lose to "database is locked".
    """

    engine: Engine
    reader: Engine
    writer: Engine

    @property
    def is_postgresql(self) -> bool:
        """Whether row-level security stands behind the automatic filter."""
        return self.engine.dialect.name == "postgresql"

    def session(
        self, *, write: bool, tenant_id: int | None = None, manager: Any = None
    ) -> TenantSession:
        """Open a session for one transaction; ``manager`` commits it (none: the caller does)."""
        session = TenantSession(
            bind=self.writer if write else self.reader, expire_on_commit=False, autoflush=True
        )
        session.info.update(write=write, manager=manager)
        bind_tenant(session, tenant_id)
        return session

    def dispose(self) -> None:
        """Close all pooled connections."""
        self.engine.dispose()


def is_transient(error: BaseException) -> bool:
    """Tell whether trying the whole transaction again may succeed."""
    if isinstance(error, sqlite3.OperationalError):
        text = str(error)
        return "locked" in text or "busy" in text
    return isinstance(
        error,
        psycopg.errors.SerializationFailure
        | psycopg.errors.DeadlockDetected
        | psycopg.errors.LockNotAvailable,
    )


def _raise_transient(context: ExceptionContext) -> None:
    original = context.original_exception
    if context.is_disconnect or is_transient(original):
        # The driver's message may quote values: only its kind is passed on.
        raise DatabaseBusy(type(original).__name__) from None


def sqlite_pragmas(connection: Any, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
    """Set up one connection of SQLite's driver as every connection to our file must be."""
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={busy_timeout_ms}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_connect(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: we choose between BEGIN and IMMEDIATE.
    connection.isolation_level = None
    sqlite_pragmas(connection)


def _sqlite_begin(connection: Connection) -> None:
    if connection.get_execution_options().get("stadtkern_write", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # Takes no lock yet, so that nothing can fail that would have to be told otherwise.
        connection.connection.cursor().execute("BEGIN")


def _postgresql_connect(connection: Any, _record: object) -> None:
    # Lists that look up what stands above each of 5,000 pages ran for 60 ms, after the server had
    # spent 400 on compiling them. Committed by itself: a rollback would take it back.
    connection.autocommit = True
    connection.execute("set jit = off")
    connection.autocommit = False


def open_database(url: str) -> Database:
    """Open the database at ``url`` (``sqlite:///file`` or ``postgresql+psycopg://…``).

    Raises ``NoDatabase`` for another kind of database.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        # Its own message repeats the address, and with it the password.
        raise NoDatabase(
            "The database's address cannot be read: sqlite:///FILE or postgresql+psycopg://…"
        ) from None
    backend = parsed.get_backend_name()
    # hide_parameters: statements land in logs and error pages, what people typed must not.
    if backend == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, hide_parameters=True)
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
    elif backend == "postgresql":
        engine = create_engine(parsed.set(drivername="postgresql+psycopg"), hide_parameters=True)
        event.listen(engine, "connect", _postgresql_connect)
    else:
        raise NoDatabase(f"Unknown database “{backend}”: use sqlite or postgresql.")
    event.listen(engine, "handle_error", _raise_transient)
    return Database(
        engine=engine,
        reader=engine.execution_options(stadtkern_write=False),
        writer=engine.execution_options(stadtkern_write=True),
    )


def database_url(settings: Mapping[str, Any], *, owner: bool = False) -> str:
    """Return the database's address; the environment overrides the ini.

    ``owner``: the address for migrations, which on PostgreSQL belongs to another role
    (``STADTKERN_OWNER_DATABASE_URL`` / ``stadtkern.owner_database_url``).
    """
    if owner:
        url = os.environ.get("STADTKERN_OWNER_DATABASE_URL") or settings.get(
            "stadtkern.owner_database_url"
        )
        if url and not (
            # An app database named by the environment beside an owner's from the ini are two
            # different databases: the environment wins as a pair.
            os.environ.get("STADTKERN_DATABASE_URL")
            and not os.environ.get("STADTKERN_OWNER_DATABASE_URL")
        ):
            return str(url)
    url = os.environ.get("STADTKERN_DATABASE_URL") or settings.get("stadtkern.database_url")
    if not url:
        raise NoDatabase(
            "Which database? Give a settings file (-c FILE.ini or STADTKERN_INI) that names "
            "stadtkern.database_url, or set STADTKERN_DATABASE_URL."
        )
    return str(url)


def database_from_settings(settings: Mapping[str, Any], *, owner: bool = False) -> Database:
    """Open the database that environment and settings name."""
    return open_database(database_url(settings, owner=owner))
