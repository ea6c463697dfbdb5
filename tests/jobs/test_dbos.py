"""Jobs on DBOS itself: in this process, and in processes that are killed."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from stadtkern.db import work
from stadtkern.jobs import Job, enqueue, queries
from stadtkern.jobs.models import JobLease, JobRow
from stadtkern.testing.databases import on_sqlite

PROCESS = Path(__file__).parent / "worker_process.py"


@pytest.fixture
def town(make_town):
    return make_town(configure=here)


def here(config) -> None:
    """Name the jobs of ``worker_process`` in this process, too."""
    sys.path.insert(0, str(PROCESS.parent))
    try:
        import worker_process
    finally:
        sys.path.remove(str(PROCESS.parent))
    worker_process.jobs(config)


@pytest.fixture
def effects(database, town) -> Callable[[], Counter[int]]:
    """Count what jobs have done, by number."""
    with database.owner.writer.begin() as connection:
        connection.execute(text("create table job_effect (number integer not null)"))
        if database.is_postgresql:
            connection.execute(text("grant select, insert on job_effect to stadtkern_app"))

    def count() -> Counter[int]:
        with database.app.reader.connect() as connection:
            return Counter(connection.scalars(text("select number from job_effect")))

    return count


@pytest.fixture
def worker(database, settings, tmp_path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start processes that run jobs; what is left of them is killed."""
    started: list[subprocess.Popen[bytes]] = []

    def start(**extra: str) -> subprocess.Popen[bytes]:
        chosen = {"lease_seconds": "3", "poll_seconds": "0.1"} | extra
        environment = os.environ | database.environment
        for name, value in (
            settings | {f"stadtkern.jobs_{k}": v for k, v in chosen.items()}
        ).items():
            environment[f"SETTING {name}"] = value
        process = subprocess.Popen([sys.executable, str(PROCESS)], env=environment)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def eventually(condition: Callable[[], object], *, seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it does not happen"
        time.sleep(0.05)


def put(town, name, **ids) -> str:
    with town.session() as session:
        return enqueue(session, town.registry, name, tenant_id=town.tenant_id, **ids)


def row(town, job_id) -> JobRow:
    with work(town.database, write=False) as session:
        found = queries.job(session, job_id)
        assert found is not None
        session.expunge(found)
        return found


def states(town) -> Counter[str]:
    with work(town.database, write=False) as session:
        return Counter(session.scalars(queries.everyones().with_only_columns(JobRow.state)))


def test_dbos_runs_what_a_transaction_enqueued(town, run_dbos, effects) -> None:
    job = put(town, "test.effect", number=1)
    with pytest.raises(ZeroDivisionError), town.session() as session:
        enqueue(session, town.registry, "test.effect", tenant_id=town.tenant_id, number=2)
        raise ZeroDivisionError
    runner = run_dbos(town)
    eventually(lambda: row(town, job).state == "done")
    assert effects() == {1: 1}
    with work(town.database, write=False) as session:
        assert [lease.executor for lease in queries.live_leases(session)] == [runner.executor]
    runner.stop()
    with work(town.database, write=False) as session:
        assert queries.live_leases(session) == []


def test_a_lost_lease_is_replaced_and_the_work_goes_on(town, run_dbos, effects) -> None:
    runner = run_dbos(town)
    before = runner.executor
    with work(town.database) as session:
        session.query(JobLease).delete()
    eventually(lambda: runner.executor != before and runner.launched.is_set())
    job = put(town, "test.effect", number=1)
    eventually(lambda: row(town, job).state == "done")
    assert effects() == {1: 1}


def test_a_second_process_does_not_run_what_runs_already(town, worker, effects) -> None:
    job = put(town, "test.slow", number=1, milliseconds=4000)
    worker()
    eventually(lambda: row(town, job).state == "running")
    worker()
    eventually(lambda: leases(town) == 2)
    eventually(lambda: row(town, job).state == "done")
    assert effects() == {1: 1}
    assert row(town, job).starts == 1


def leases(town) -> int:
    with work(town.database, write=False) as session:
        return len(queries.live_leases(session))


def test_a_killed_workers_jobs_are_taken_over_after_its_lease(town, worker, effects) -> None:
    job = put(town, "test.slow", number=1, milliseconds=3000)
    first = worker()
    eventually(lambda: row(town, job).state == "running")
    first.send_signal(signal.SIGKILL)
    first.wait()
    dead = row(town, job).executor
    worker()
    eventually(lambda: row(town, job).state == "done")
    found = row(town, job)
    assert (found.starts, found.executor) == (2, None)
    assert effects() == {1: 1}
    with work(town.database, write=False) as session:
        assert session.get(JobLease, dead) is None


def test_one_that_was_held_for_dead_cannot_commit(town, effects) -> None:
    job_id = put(town, "test.effect", number=1)
    taken = []

    def while_it_runs(job: Job, number: int) -> None:
        with work(town.database) as session:
            # Another process has claimed the job meanwhile.
            queries.change(session, job.id, claim="another")
        taken.append(number)
        with job.work() as session:
            session.execute(text("insert into job_effect values (:n)"), {"n": number})

    kind = town.registry["jobs"]["test.effect"]
    town.registry["jobs"]["test.effect"] = type(kind)(
        kind.name, while_it_runs, kind.title, kind.retries, kind.owner
    )
    town.run_jobs()
    assert taken == [1]
    assert effects() == {}
    assert (row(town, job_id).state, row(town, job_id).claim) == ("running", "another")


def test_a_stopping_worker_ends_what_it_runs(town, worker, effects) -> None:
    job = put(town, "test.slow", number=1, milliseconds=2000)
    process = worker()
    eventually(lambda: row(town, job).state == "running")
    process.terminate()
    assert process.wait(60) == 0
    assert row(town, job).state == "done"
    assert effects() == {1: 1}


JOBS = 60


@pytest.mark.parametrize("kills", [3, pytest.param(25, marks=pytest.mark.thorough)])
def test_killing_workers_loses_nothing_and_doubles_nothing(
    town, worker, effects, kills, record_property
) -> None:
    seed = int(os.environ.get("STADTKERN_SEED", "0")) or random.SystemRandom().randrange(10**6)
    record_property("seed", seed)
    print(f"STADTKERN_SEED={seed}")  # noqa: T201 - shown when the test fails
    chance = random.Random(seed)  # noqa: S311 - no secret
    numbers = iter(range(1, 10**6))
    put_in: list[int] = []

    def feed(count: int) -> None:
        with town.session() as session:
            for number in [next(numbers) for _ in range(count)]:
                enqueue(
                    session, town.registry, "test.effect", tenant_id=town.tenant_id, number=number
                )
                put_in.append(number)

    for _ in range(kills):
        feed(JOBS // 3)
        process = worker(lease_seconds="1")
        seen = sum(effects().values())
        # From before its launch to well into the work.
        time.sleep(chance.uniform(0.2, 1.5))
        if chance.random() < 0.7:
            eventually(lambda seen=seen: sum(effects().values()) > seen)
            time.sleep(chance.uniform(0, 0.3))
        process.send_signal(signal.SIGKILL)
        process.wait()
    worker(lease_seconds="1")
    eventually(lambda: set(states(town)) == {"done"}, seconds=180)
    assert effects() == dict.fromkeys(put_in, 1)


def test_a_job_that_kills_its_worker_is_given_up(town, effects) -> None:
    job_id = put(town, "test.effect", number=1)
    with work(town.database) as session:
        queries.change(session, job_id, starts=6)
    town.run_jobs()
    assert (row(town, job_id).state, row(town, job_id).error) == ("failed", "WorkerDied")
    assert effects() == {}


@on_sqlite
def test_one_runner_in_a_process(town, run_dbos) -> None:
    run_dbos(town)
    with pytest.raises(RuntimeError, match="already"):
        run_dbos(town)


def test_a_cancelled_job_stops_at_its_next_opportunity(town, run_dbos, effects) -> None:
    from stadtkern.jobs import services

    runner = run_dbos(town)
    job = put(town, "test.patient")
    eventually(lambda: row(town, job).state == "running" and row(town, job).done)
    with work(town.database) as session:
        services.cancel(session, queries.job(session, job, lock=True))
    eventually(lambda: row(town, job).state == "cancelled")
    assert threading.active_count() < 40
    assert runner.launched.is_set()
