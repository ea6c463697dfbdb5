"""What can be run: ``add_job`` and ``add_schedule``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from croniter import croniter
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationError
from pyramid.registry import Registry

from stadtkern.plugins import owner_of

MAX_NAME = 100
FIELDS = 5
AFTER_JOBS = 10
"""Order of the schedules' actions: all jobs of the same commit are known by then."""


@dataclass(frozen=True)
class JobKind:
    """One kind of job; ``handler(job, **ids)`` does it."""

    name: str
    handler: Callable[..., object]
    title: str
    retries: int
    owner: str | None


@dataclass(frozen=True)
class Schedule:
    """When a job is enqueued by itself."""

    name: str
    job: str
    cron: str
    per_tenant: bool
    owner: str | None

    def previous(self, now: datetime) -> datetime:
        """Return the last time it was due at or before ``now``."""
        found: datetime = croniter(self.cron, now.astimezone(UTC)).get_prev(datetime)
        exact: datetime = croniter(self.cron, found).get_next(datetime)
        return exact if exact <= now else found

    def next(self, now: datetime) -> datetime:
        """Return when it will be due after ``now``."""
        found: datetime = croniter(self.cron, now.astimezone(UTC)).get_next(datetime)
        return found


def kinds(registry: Registry) -> dict[str, JobKind]:
    """Return all kinds of jobs of this application by name."""
    found: dict[str, JobKind] = registry["jobs"]
    return found


def schedules(registry: Registry) -> dict[str, Schedule]:
    """Return all schedules of this application by name."""
    found: dict[str, Schedule] = registry["job_schedules"]
    return found


def add_job(
    config: Configurator,
    name: str,
    handler: Callable[..., object] | str,
    *,
    title: str,
    retries: int = 5,
) -> None:
    """Name a kind of job; ``handler(job, **ids)`` is called when one is due.

    A handler must be idempotent: after a crash it is called once more. An error is tried again
    ``retries`` times, each time later; then the job has failed and waits for a person. A
    plugin's job runs only for tenants that have the plugin switched on; others wait parked.
    """
    _check_name(name)
    if retries < 0:
        raise ConfigurationError(f"Job {name}: retries must not be negative.")
    kind = JobKind(name, config.maybe_dotted(handler), title, retries, owner_of(config))

    def register() -> None:
        kinds(config.registry)[name] = kind

    intr = config.introspectable("jobs", name, name, "job")
    intr.update(name=name, title=title, retries=retries)
    config.action(("job", name), register, introspectables=(intr,))


def add_schedule(
    config: Configurator, name: str, *, job: str, cron: str, per_tenant: bool = True
) -> None:
    """Enqueue ``job`` by the clock.

    Args:
        cron: minute, hour, day, month, weekday as in crontab(5), in UTC.
        per_tenant: once for each active tenant (that has the plugin switched on); else one job
            for the installation, whose ``job.tenant`` is None.

    A time that passed while nothing was running is made up for once. The job gets no ids.

    """
    _check_name(name)
    if len(cron.split()) != FIELDS or not croniter.is_valid(cron):
        raise ConfigurationError(
            f"Schedule {name}: “{cron}” is not understood. Give minute, hour, day, month and "
            "weekday, for instance “15 3 * * *”."
        )
    schedule = Schedule(name, job, cron, per_tenant, owner_of(config))

    def register() -> None:
        if job not in kinds(config.registry):
            raise ConfigurationError(f"Schedule {name}: there is no job “{job}”.")
        schedules(config.registry)[name] = schedule

    intr = config.introspectable("schedules", name, name, "schedule")
    intr.update(name=name, job=job, cron=cron, per_tenant=per_tenant)
    config.action(("schedule", name), register, order=AFTER_JOBS, introspectables=(intr,))


def _check_name(name: str) -> None:
    if not name or len(name) > MAX_NAME or not name.isascii():
        raise ConfigurationError(f"“{name}” cannot name a job: 1 to {MAX_NAME} ASCII characters.")
