"""Forms that editors build, and what people send by them."""

from pyramid.config import Configurator

from stadtkern.accounts import Permission
from stadtkern.db import utcnow
from stadtkern.jobs import Job
from stadtkern.submissions import files, persons, queries, services, tokens, travelling
from stadtkern.submissions.export import Line, as_csv, as_xlsx
from stadtkern.submissions.fields import shown
from stadtkern.submissions.models import (
    RECEIVED,
    STATUSES,
    Submission,
    SubmissionFile,
    SubmissionMail,
)
from stadtkern.submissions.services import (
    SWEEP,
    answer,
    note_of,
    of_person,
    opened,
    throw_away,
)
from stadtkern.submissions.types import configure
from stadtkern.web.i18n import _

__all__ = [
    "RECEIVED",
    "STATUSES",
    "Line",
    "Submission",
    "SubmissionFile",
    "SubmissionMail",
    "answer",
    "as_csv",
    "as_xlsx",
    "files",
    "includeme",
    "note_of",
    "of_person",
    "opened",
    "queries",
    "shown",
    "throw_away",
    "tokens",
]

PURGE = "submissions.purge"


def _purge(job: Job) -> None:
    if job.tenant is None:
        return
    with job.work(write=True) as session:
        services.complete(session, job.registry)
        services.purge(session, job.registry, job.tenant, utcnow())
    _sweep(job)


def _sweep(job: Job) -> None:
    if job.tenant is None:
        return
    with job.work(write=False) as session:
        listed = queries.stored(session)
    files.sweep(job.registry, job.tenant.id, listed)


def includeme(config: Configurator) -> None:
    """Register the type, its block, the public pages, the role and the purge."""
    configure(config)
    persons.configure(config)
    config.add_role(
        "clerk",
        title=_("Clerk for forms"),
        permissions=(Permission.OFFICE, Permission.SUBMISSIONS),
    )
    config.add_vault_field(Submission.sealed, context=services.context_of)
    config.add_vault_field(Submission.note, context=services.context_of)
    config.add_vault_field(SubmissionFile.sealed, context=files.context_of)
    travelling.configure(config)
    config.add_audit_kind("submission", title=_("Entry of a form"))
    config.add_audit_kind("submission_file", title=_("File of a form"))
    config.add_audit_deed("submission.export", title=_("Entries exported"))
    config.add_job(PURGE, _purge, title=_("Delete entries of forms whose time is over"))
    config.add_job(SWEEP, _sweep, title=_("Throw away files of deleted entries"))
    config.add_schedule(PURGE, job=PURGE, cron="20 3 * * *")
    config.include("stadtkern.submissions.views")
