"""What annual runs tell the rooms of the core."""

from typing import Any

from pyramid.config import Configurator

from stadtkern.jobs import Job
from stadtkern.tenants.events import TownImported
from stadtkern_finance.i18n import _
from stadtkern_finance.runs import services, writing
from stadtkern_finance.runs.models import PROPERTY, PROPOSED, Run, RunRow


def calculate(job: Job, run: int) -> None:
    """Work a run out."""
    tenant = job.tenant
    if tenant is None:
        return
    states = job.registry["plugin_states"]

    def settings_of(session: object) -> object:
        return states.of_id(tenant.id, session).settings("finance")

    services.calculate(job.work, run, settings_of, job.progress, job.cancelled)


def write(job: Job, run: int) -> None:
    """Write a released run."""
    if job.tenant is not None:
        writing.write(job.work, run, job.tenant.today(), job.progress)


def _move(moving: Any, row: dict[str, Any]) -> None:
    """Let a run stand behind the same accounts as where it came from, and its hash over them."""
    for name in ("after", "written_after"):
        row[name] = _last(moving, row[name])
    if row["state"] == PROPOSED:
        row["rows_hash"] = services.hash_over(
            moving.session, row["id"], row["year"], row.get("kind", PROPERTY)
        )


def _last(moving: Any, number: int) -> int:
    """Return the number here of the last account that a run has come to."""
    for old in range(number, 0, -1):
        found = moving.number("finance_account", old)
        if found is not None:
            return int(found)
    return 0


def includeme(config: Configurator) -> None:
    """Register jobs, and name the tables in the history and in archives of a town."""
    config.add_job(services.CALCULATE, calculate, title=_("Work an annual run out"))
    config.add_job(services.WRITE, write, title=_("Write a released annual run"))
    for name, title in (
        ("finance_run", _("Annual run")),
        ("finance_run_row", _("Account of an annual run")),
    ):
        config.add_audit_kind(name, title=title)
    for deed, title in (
        ("finance.run.start", _("started")),
        ("finance.run.calculated", _("worked out")),
        ("finance.run.propose", _("proposed for release")),
        ("finance.run.release", _("released")),
        ("finance.run.written", _("written")),
    ):
        config.add_audit_deed(deed, title=title)
    people = ("started_by", "proposed_by", "released_by")
    config.add_town_data(
        "finance_run",
        Run,
        numbered=True,
        ordered=True,
        late=True,
        references=dict.fromkeys(people, "account"),
        move=_move,
    )
    config.add_town_data(
        "finance_run_row",
        RunRow,
        references={"run_id": "finance_run", "account_id": "finance_account"},
    )
    registry = config.registry

    def go_on(event: TownImported) -> None:
        # The jobs that were at them stayed behind.
        services.go_on(event.session, registry, event.tenant)

    config.add_subscriber(go_on, TownImported)
