"""Databases for tests: migrated once per run, then copied for each test."""

import contextlib
import itertools
import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, make_url

from stadtkern.db import Database, TenantScoped, metadata, migrate
from stadtkern.db.engine import open_database
from stadtkern.jobs import queue
from stadtkern.plugins.loading import discover, migrations_of
from stadtkern.testing.postgres import PostgresServer

BACKENDS = ("sqlite", "postgresql")

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""Marks a test for which the kind of database makes no difference, or that is about SQLite."""

on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
"""Marks a test about PostgreSQL only: roles, row-level security."""


def scoped_models() -> Iterator[Any]:
    """Yield the models of all tables that are a tenant's, plugins' included.

    A table that a test has declared and taken back has a class yet, but is no table any more.
    """
    left: list[Any] = TenantScoped.__subclasses__()
    while left:
        model = left.pop()
        left += model.__subclasses__()
        if model.__tablename__ in metadata.tables:
            yield model


TEMPLATE = "stadtkern_template"


@dataclass
class TestDatabase:
    """One test's own database, with the tables of the core and of all installed plugins.

    ``url`` is the address for the role that serves; on SQLite all three addresses are the same.
    """

    __test__ = False

    backend: str
    url: str
    owner_url: str
    superuser_url: str
    door: "Door | None" = None
    opened: list[Database] = field(default_factory=list)

    @property
    def is_postgresql(self) -> bool:
        """Whether row-level security stands behind the automatic filter."""
        return self.backend == "postgresql"

    @cached_property
    def app(self) -> Database:
        """Return the database as the application sees it."""
        if self.door is None or self.door.taken:
            return self.open(self.url)
        database = self.door.lead_to(self.url)
        self.opened.append(database)
        return database

    @cached_property
    def owner(self) -> Database:
        """Return the database as its owner, who migrates, sees it."""
        return self.open(self.owner_url)

    @cached_property
    def superuser(self) -> Database:
        """Return the database without any wall, for looking and for planting."""
        return self.open(self.superuser_url)

    def open(self, url: str) -> Database:
        """Open an address; it is closed when the test ends."""
        database = _open(url)
        self.opened.append(database)
        return database

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables that lead commands and other processes here."""
        return {
            "STADTKERN_DATABASE_URL": self.url,
            "STADTKERN_OWNER_DATABASE_URL": self.owner_url,
        }

    def close(self) -> None:
        """Close every connection that this process has to it."""
        for database in self.opened:
            database.dispose()
            if self.door is not None and database is self.door.database:
                self.door.taken = False


class Door:
    """One engine through which the application sees one test's copy after the other.

    What it has compiled of statements serves all of them: that is half of what asking costs.
    """

    def __init__(self) -> None:
        self.database: Database | None = None
        self.taken = False

    def lead_to(self, url: str) -> Database:
        """Return the database, from now on the one at ``url``; whoever closes it gives it back."""
        self.taken = True
        if self.database is None:
            self.database = _open(url)
            event.listen(self.database.engine, "do_connect", self._connect)
        for engine in (self.database.engine, self.database.reader, self.database.writer):
            engine.url = make_url(url)
        return self.database

    def _connect(self, dialect: Any, _record: object, given: list[Any], named: Any) -> None:
        assert self.database is not None  # noqa: S101 - who connects has been led here
        arguments, keywords = dialect.create_connect_args(self.database.engine.url)
        given[:] = arguments
        named.clear()
        named.update(keywords)


def _open(url: str) -> Database:
    database = open_database(url)
    if not database.is_postgresql:
        event.listen(database.engine, "connect", _hurry)
    return database


def _hurry(connection: Any, _record: object) -> None:
    # A test's file need not outlive a power cut, and waiting for the disk takes most of the time.
    connection.execute("PRAGMA synchronous=OFF")


def migrate_all(database: Database) -> None:
    """Run the migrations of the core and of every plugin that can be imported.

    A plugin whose migration fails is left as it was, as ``stadtkern db upgrade`` leaves it; the
    application then quarantines it and its tests say so.
    """
    migrate.upgrade(database, migrate.CORE)
    queue.migrate(database)
    for item in discover().values():
        line = migrations_of(item)
        if line is not None:
            with contextlib.suppress(Exception):
                migrate.upgrade(database, line)


class SqliteTemplate:
    """A migrated file, copied for each test."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "template.sqlite"
        self.door = Door()
        database = open_database(f"sqlite:///{self.path}")
        migrate_all(database)
        database.dispose()
        # One file without a log beside it, so that copying it copies everything.
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextlib.contextmanager
    def copy(self, folder: Path) -> Iterator[TestDatabase]:
        """Yield a copy in ``folder``."""
        target = folder / "town.sqlite"
        shutil.copyfile(self.path, target)
        url = f"sqlite:///{target}"
        made = TestDatabase("sqlite", url, url, url, self.door)
        try:
            yield made
        finally:
            made.close()


class PostgresTemplate:
    """A migrated database of a private server, copied for each test."""

    def __init__(self, server: PostgresServer) -> None:
        self.server = server
        self._numbers = itertools.count(1)
        self.door = Door()
        urls = server.create_database(TEMPLATE)
        database = open_database(urls.owner)
        migrate_all(database)
        database.dispose()

    @contextlib.contextmanager
    def copy(self) -> Iterator[TestDatabase]:
        """Yield a copy, connected as the role that serves; it is dropped afterwards."""
        name = f"town_{next(self._numbers)}"
        urls = self.server.create_database(name, template=TEMPLATE)
        made = TestDatabase("postgresql", urls.app, urls.owner, urls.superuser, self.door)
        try:
            yield made
        finally:
            made.close()
            self.server.drop_database(name)
