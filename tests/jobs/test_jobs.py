"""Jobs from the transaction that enqueues them to what people see of them."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from pyramid.exceptions import ConfigurationError

from stadtkern.db import DatabaseBusy, utcnow, work
from stadtkern.jobs import Job, enqueue, queries, schedules, services
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


# People


def state_of(town, job_id) -> str:
    return next(row.state for row in rows(town) if row.id == job_id)


@pytest.fixture
def office(town):
    town.browser.extra_environ["HTTP_ACCEPT_LANGUAGE"] = "en"
    town.login("administrator")
    return town


def press(town, page, label: str):
    """Press the button with this label."""
    for form in page.forms.values():
        for button in form.fields.get("job", []):
            if button.attrs.get("aria-label") == label:
                return form.submit("job", value=button._value).follow()
    raise LookupError(label)


def test_a_failed_job_is_tried_again_from_the_back_office(office, log) -> None:
    log.error = ValueError()
    job = put(office, "test.once")
    office.run_jobs(failing=True)
    page = office.get("/admin/jobs")
    assert "ValueError" in page
    log.error = None
    assert "waits to be run once more" in press(office, page, "Try “Once” again")
    assert office.run_jobs() == 1
    assert state_of(office, job) == "done"


def test_a_waiting_job_is_cancelled_and_does_not_run(office, log) -> None:
    job = put(office)
    assert "The job is cancelled" in press(office, office.get("/admin/jobs"), "Cancel “Note”")
    assert office.run_jobs() == 0
    assert (log.calls, state_of(office, job)) == ([], "cancelled")


def test_a_town_sees_and_changes_only_its_own_jobs(office) -> None:
    mine, other = put(office), office.second_tenant()
    with other.session() as session:
        theirs = enqueue(session, other.registry, "test.once", tenant_id=other.tenant_id)
        everyones = enqueue(session, other.registry, "test.once", tenant_id=None)
    page = office.get("/admin/jobs")
    assert mine in page
    assert theirs not in page
    assert everyones not in page
    for job in (theirs, everyones):
        for deed in ("cancel", "retry"):
            office.post(f"/admin/jobs/{deed}", {"job": job}, status=404)
        assert state_of(office, job) == "waiting"
    office.get("/admin/jobs/all", status=403)
    office.login("administrator", "operator")
    for deed in ("cancel", "retry"):
        office.post(f"/admin/jobs/{deed}", {"job": theirs}, status=404)
    page = office.get("/admin/jobs/all")
    assert all(job in page for job in (mine, theirs, everyones))


def test_the_page_costs_the_same_for_one_job_and_for_many(office) -> None:
    put(office)
    office.get("/admin/jobs")
    with office.statements() as few:
        office.get("/admin/jobs")
    for number in range(30):
        put(office, node=number)
    with office.statements() as many:
        office.get("/admin/jobs")
    assert len(many) == len(few)


@pytest.fixture
def guide(make_town, log):
    """Return a town, and a job that belongs to a plugin which is switched off."""

    def configure(config) -> None:
        from stadtkern.plugins.configurator import configurator_for

        own = configurator_for(config, "cityguide", "stadtkern_cityguide")
        own.add_job("cityguide.note", log.note, title="Guide")
        own.add_schedule("cityguide.note", job="cityguide.note", cron="0 4 * * *")
        config.commit()

    return make_town(configure=configure)


def test_a_disabled_plugins_job_is_parked_and_goes_on_when_it_is_enabled(guide, log) -> None:
    job = put(guide, "cityguide.note", node=3)
    assert guide.run_jobs() == 1
    assert (log.calls, state_of(guide, job)) == ([], "parked")
    assert guide.run_schedule("cityguide.note") == 0
    guide.enable("cityguide")
    assert state_of(guide, job) == "waiting"
    guide.run_jobs()
    assert log.calls == [{"tenant": "musterstadt", "node": 3}]
    assert guide.run_schedule("cityguide.note") == 1


def test_a_job_whose_plugin_was_removed_is_parked_until_it_is_back(guide, log) -> None:
    from stadtkern.jobs.runner import mend

    guide.enable("cityguide")
    job = put(guide, "cityguide.note")
    kind = guide.registry["jobs"].pop("cityguide.note")
    guide.run_jobs()
    assert state_of(guide, job) == "parked"
    assert mend(guide.registry) == 0
    guide.registry["jobs"]["cityguide.note"] = kind
    assert mend(guide.registry) == 1
    assert guide.run_jobs() == 1
    assert state_of(guide, job) == "done"


def test_a_job_that_lost_its_workflow_is_queued_again(town, database) -> None:
    from stadtkern.jobs.runner import mend

    job = put(town)
    with work(town.database) as session:
        session.query(JobRow).update({"created_at": datetime(2026, 1, 1, tzinfo=UTC)})
    assert mend(town.registry) == 0
    place = "dbos.workflow_status" if database.is_postgresql else "workflow_status"
    with database.owner.writer.begin() as connection:
        connection.exec_driver_sql(f"delete from {place}")  # noqa: S608
    assert mend(town.registry) == 1
    assert next(row.run for row in rows(town) if row.id == job) == 2


# Commands and upkeep


def test_jobs_are_listed_tried_again_and_cancelled_by_command(town, stadtkern, log) -> None:
    log.error = ValueError()
    with town.session() as session:
        job = enqueue(session, town.registry, "jobs.purge", tenant_id=None)
    listed = json.loads(stadtkern("jobs", "list", "--json").stdout)
    assert [(row["id"], row["state"]) for row in listed] == [(job, "waiting")]
    assert stadtkern("jobs", "list", "--tenant", "musterstadt", "--json").stdout == "[]\n"
    assert stadtkern("jobs", "cancel", job).stdout == "jobs.purge is cancelled.\n"
    assert stadtkern("jobs", "cancel", job).exit_code == 1
    assert state_of(town, job) == "cancelled"
    assert stadtkern("jobs", "retry", job).stdout == "jobs.purge waits to be run.\n"
    assert town.run_jobs() == 1
    refused = stadtkern("jobs", "retry", job)
    assert (refused.exit_code, "failed, were parked" in refused.stderr) == (1, True)
    assert stadtkern("jobs", "retry", "no-such-job").exit_code == 1
    schedules = json.loads(stadtkern("jobs", "schedules", "--json").stdout)
    assert "jobs.purge" in {row["schedule"] for row in schedules}


def test_finished_jobs_are_purged_after_some_days(town, log) -> None:
    old = put(town)
    town.run_jobs()
    log.error = ValueError()
    failed = put(town, "test.once")
    town.run_jobs(failing=True)
    with work(town.database) as session:
        long_ago = utcnow() - timedelta(days=15)
        session.query(JobRow).update({"finished_at": long_ago})
    town.run_schedule("jobs.purge")
    left = {row.id for row in rows(town)}
    assert old not in left
    assert failed in left


def test_health_is_degraded_while_jobs_wait_for_nobody(town) -> None:
    def status() -> str:
        return town.get("/health/ready").json["checks"]["jobs"]["status"]

    put(town)
    assert status() == "ok"
    with work(town.database) as session:
        session.query(JobRow).update({"due_at": utcnow() - timedelta(minutes=2)})
    assert status() == "degraded"
    with work(town.database) as session:
        queries.add_lease(
            session,
            executor="x",
            kind="worker",
            host="here",
            pid=1,
            expires_at=utcnow() + timedelta(minutes=1),
        )
    assert status() == "ok"


def test_a_job_works_on_its_towns_tree(make_town) -> None:
    def rename(job: Job, node: int) -> None:
        with job.work() as session:
            content = job.content(session)
            page = content.get(node)
            content.rename(node, slug="neu", version=page.version)

    town = make_town(
        configure=lambda config: (config.add_job("x", rename, title="X"), config.commit())
    )
    page = town.page("Alt", slug="alt")
    put(town, "x", node=page.id)
    town.run_jobs()
    assert town.node("/neu").id == page.id


def test_a_stopped_job_is_cancelled_and_its_progress_seen(make_town) -> None:
    def half(job: Job) -> None:
        job.progress(1, 2)
        with work(job.database) as session:
            services.cancel(session, queries.job(session, job.id, lock=True))
        if job.cancelled():
            return
        raise AssertionError

    town = make_town(
        configure=lambda config: (config.add_job("x", half, title="X"), config.commit())
    )
    put(town, "x")
    town.run_jobs()
    (row,) = rows(town)
    assert (row.state, row.done, row.total) == ("cancelled", 1, 2)


def test_a_busy_database_is_waited_for(town, log, monkeypatch) -> None:
    from stadtkern.jobs import running

    job, real, refused = put(town), running._claim, []

    def busy_at_first(*args: object) -> object:
        if not refused:
            refused.append(args)
            raise DatabaseBusy
        return real(*args)

    monkeypatch.setattr(running, "_claim", busy_at_first)
    assert town.run_jobs() == 1
    assert (len(refused), state_of(town, job)) == (1, "done")
