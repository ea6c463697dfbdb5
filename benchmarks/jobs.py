"""1,000 jobs on each database: enqueueing beside a plain insert, and how fast they are run."""

import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from sqlalchemy import text
from zope.sqlalchemy.datamanager import mark_changed

from stadtkern.app import build
from stadtkern.db import Database, migrate, work
from stadtkern.db.engine import open_database
from stadtkern.jobs import Job, enqueue, queries, queue
from stadtkern.jobs.runner import Runner
from stadtkern.testing.postgres import PostgresServer

JOBS = 1_000


def nothing(_job: Job, number: int) -> None:
    """Do what costs nothing: the queue is measured."""
    del number


def seconds(deed: Callable[[], None]) -> float:
    """Return how long a deed takes."""
    begun = time.perf_counter()
    deed()
    return time.perf_counter() - begun


def repeated(step: Callable[[int], None]) -> None:
    """Do something once for each job."""
    for number in range(JOBS):
        step(number)


def measure(name: str, owner: Database, app: Database, folder: str) -> None:
    """Print one database's figures."""
    migrate.upgrade(owner, migrate.CORE)
    queue.migrate(owner)
    with owner.writer.begin() as connection:
        connection.execute(text("create table bench (number integer primary key)"))
        if owner.is_postgresql:
            connection.execute(text(f"grant insert on bench to {migrate.APP_ROLE}"))
    settings = {"stadtkern.files": folder, "stadtkern.secret_file": str(Path(folder) / "s")}
    config = build(settings, database=app, plugins={})
    config.add_job("bench", nothing, title="Bench")
    config.commit()
    registry = config.registry

    def insert(number: int) -> None:
        with work(app) as session:
            session.execute(text("insert into bench values (:n)"), {"n": number})
            mark_changed(session, session.info["manager"])

    def put(number: int) -> None:
        with work(app) as session:
            session.execute(text("insert into bench values (:n)"), {"n": 2 * JOBS + number})
            enqueue(session, registry, "bench", tenant_id=None, number=number)

    def put_all() -> None:
        with work(app) as session:
            for number in range(JOBS):
                enqueue(session, registry, "bench", tenant_id=None, number=number)

    put(-1)

    plain = seconds(partial(repeated, insert))
    with_job = seconds(partial(repeated, put))
    together = seconds(put_all)

    def drain() -> None:
        runner = Runner(registry, "bench")
        runner.start()
        while True:
            with work(app, write=False) as session:
                counts = queries.counts(session, queries.everyones())
            if counts["done"] == 2 * JOBS + 1:
                break
            time.sleep(0.05)
        runner.stop()

    drained = seconds(drain)
    each = 1000 / JOBS
    print(
        f"{name}: a transaction with one insert {plain * each:.2f} ms, "
        f"with an insert and a job {with_job * each:.2f} ms (x {with_job / plain:.1f}); "
        f"each further job in a transaction {together * each:.2f} ms; "
        f"drained at {(2 * JOBS + 1) / drained:.0f} jobs/s, the launch included"
    )


def main() -> None:
    """Measure SQLite, then PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{folder}/jobs.sqlite")
        measure("SQLite", database, database, folder)
        database.dispose()
        with PostgresServer() as server:
            urls = server.create_database("bench")
            owner, app = open_database(urls.owner), open_database(urls.app)
            measure("PostgreSQL", owner, app, folder)
            app.dispose()
            owner.dispose()


if __name__ == "__main__":
    main()
