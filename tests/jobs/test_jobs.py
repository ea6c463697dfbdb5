"""Jobs from the transaction that enqueues them to what people see of them."""

from datetime import UTC, datetime, timedelta

import pytest
from pyramid.exceptions import ConfigurationError

from stadtkern.db import work
from stadtkern.jobs import Job, enqueue, schedules
from stadtkern.jobs.models import JobRow
from stadtkern.jobs.registry import Schedule
from stadtkern.testing.databases import on_sqlite


class Log:
    """Handlers for tests, and what they were called with."""

    def __init__(self) -> None:
        self.calls: list[dict[str, object]] = []
        self.error: Exception | None = None

    def note(self, job: Job, **ids: object) -> None:
        """Note one call, then fail if told to."""
        self.calls.append({"tenant": job.tenant and job.tenant.slug, **ids})
        if self.error is not None:
            raise self.error


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def town(make_town, log):
    def configure(config) -> None:
        config.add_job("test.note", log.note, title="Note")
        config.add_job("test.once", log.note, title="Once", retries=0)
        config.add_schedule("test.nightly", job="test.note", cron="15 3 * * *")
        config.add_schedule("test.all", job="test.note", cron="*/5 * * * *", per_tenant=False)
        config.commit()

    return make_town(configure=configure)


def rows(town) -> list[JobRow]:
    with work(town.database, write=False) as session:
        found = session.query(JobRow).order_by(JobRow.created_at).all()
        session.expunge_all()
    return found


def put(town, name="test.note", **kw) -> str:
    with town.session() as session:
        return enqueue(session, town.registry, name, tenant_id=town.tenant_id, **kw)


def test_a_job_runs_once_with_its_ids(town, log) -> None:
    put(town, node=7, kind="thumb")
    assert log.calls == []
    assert town.run_jobs() == 1
    assert log.calls == [{"tenant": "musterstadt", "node": 7, "kind": "thumb"}]
    assert town.run_jobs() == 0
    (row,) = rows(town)
    assert (row.state, row.starts, row.failures, row.error) == ("done", 1, 0, None)


def test_an_aborted_transaction_leaves_no_job(town, log) -> None:
    with pytest.raises(ZeroDivisionError), town.session() as session:
        enqueue(session, town.registry, "test.note", tenant_id=town.tenant_id)
        raise ZeroDivisionError
    assert town.run_jobs() == 0
    assert rows(town) == []
    with town.database.reader.connect() as connection:
        place = "dbos.workflow_status" if town.database.is_postgresql else "workflow_status"
        assert connection.exec_driver_sql(f"select count(*) from {place}").scalar() == 0  # noqa: S608


def test_a_unique_job_waits_once(town, log) -> None:
    first = put(town, unique="a")
    assert put(town, unique="a") == first
    assert put(town, unique="b") != first
    assert town.run_jobs() == 2
    assert put(town, unique="a") != first
    assert town.run_jobs() == 1


def test_a_delayed_job_waits(town, log) -> None:
    put(town, delay=timedelta(hours=1))
    assert town.run_jobs() == 0
    assert rows(town)[0].state == "waiting"


def test_an_error_is_tried_again_later_and_keeps_its_message_to_itself(town, log) -> None:
    log.error = ValueError("Erika Mustermann")
    put(town)
    with pytest.raises(ValueError, match="Erika"):
        town.run_jobs()
    (row,) = rows(town)
    assert (row.state, row.failures, row.error, row.run) == ("waiting", 1, "ValueError", 2)
    assert row.due_at > row.created_at + timedelta(seconds=9)
    with town.database.reader.connect() as connection:
        place = "dbos." if town.database.is_postgresql else ""
        for table in ("workflow_status", "workflow_output", "operation_outputs"):
            for stored in connection.exec_driver_sql(f"select * from {place}{table}"):  # noqa: S608
                assert "Erika" not in str(stored)


def test_a_job_without_retries_has_failed_at_once(town, log) -> None:
    log.error = ValueError()
    put(town, "test.once")
    assert town.run_jobs(failing=True) == 1
    assert [row.state for row in rows(town)] == ["failed"]


@on_sqlite
@pytest.mark.parametrize("value", [1.5, None, {"a": 1}, "x" * 201])
def test_only_ids_may_be_arguments(town, value) -> None:
    with pytest.raises(ValueError, match="whole number or a short text"):
        put(town, node=value)


@on_sqlite
def test_an_unknown_job_is_refused(town) -> None:
    with pytest.raises(LookupError, match=r"test\.none"):
        put(town, "test.none")


def test_a_schedule_fires_for_each_town(town, log) -> None:
    town.second_tenant()
    assert town.run_schedule("test.nightly") == 2
    assert {call["tenant"] for call in log.calls} == {"musterstadt", "nachbar"}
    assert town.run_schedule("test.all") == 1
    assert log.calls[-1] == {"tenant": None}


def at(hour: int, minute: int = 0, day: int = 1) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def fire(town, now: datetime) -> list[str]:
    with work(town.database) as session:
        return [
            name
            for name in schedules.fire_due(session, town.registry, now)
            if name == "test.nightly"
        ]


def test_a_missed_time_is_made_up_for_once(town, log) -> None:
    assert fire(town, at(12)) == []
    assert fire(town, at(3, 14, day=2)) == []
    assert fire(town, at(3, 15, day=2)) == ["test.nightly"]
    assert fire(town, at(3, 15, day=2)) == []
    # Four days without anybody running.
    assert fire(town, at(9, 0, day=6)) == ["test.nightly"]
    assert fire(town, at(9, 1, day=6)) == []
    # What still waits is enough.
    town.run_jobs()
    assert [call for call in log.calls if call["tenant"]] == [{"tenant": "musterstadt"}]


@pytest.mark.parametrize(
    ("cron", "now", "previous", "following"),
    [
        ("15 3 * * *", at(3, 15), at(3, 15), at(3, 15, day=2)),
        ("15 3 * * *", at(3, 14, day=2), at(3, 15), at(3, 15, day=2)),
        ("*/5 * * * *", at(0, 7), at(0, 5), at(0, 10)),
    ],
)
def test_when_a_schedule_is_due(cron, now, previous, following) -> None:
    schedule = Schedule("x", "y", cron, per_tenant=True, owner=None)
    assert schedule.previous(now) == previous
    assert schedule.next(now) == following


@on_sqlite
@pytest.mark.parametrize("cron", ["", "* * * *", "61 * * * *", "* * * * * *", "@daily"])
def test_a_schedule_must_be_understood(make_town, cron) -> None:
    with pytest.raises(ConfigurationError, match="not understood"):
        make_town(configure=lambda config: config.add_schedule("x", job="jobs.purge", cron=cron))
