"""What annual runs tell the rooms of the core."""

from pyramid.config import Configurator

from stadtkern.jobs import Job
from stadtkern_finance.i18n import _
from stadtkern_finance.runs import services, writing
from stadtkern_finance.runs.models import Run, RunRow


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
    writing.write(job.work, run, job.progress)


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
        "finance_run", Run, numbered=True, references=dict.fromkeys(people, "account")
    )
    config.add_town_data(
        "finance_run_row",
        RunRow,
        references={"run_id": "finance_run", "account_id": "finance_account"},
    )
