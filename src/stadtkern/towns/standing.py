"""What stands behind a row whose work a job does: an archive that comes in, a file with pages."""

from sqlalchemy.orm import Session

from stadtkern.jobs.models import OPEN, JobRow
from stadtkern.towns.models import RUNNING, TownArrival, TownExport, TownPageFile

Worked = TownArrival | TownExport | TownPageFile


def job_of(session: Session, row: Worked) -> JobRow | None:
    """Return the job that does a row's work."""
    return None if row.job is None else session.get(JobRow, row.job)


def stands(session: Session, row: Worked) -> bool:
    """Tell whether a row's work is to be done but its job has failed or was cancelled."""
    if row.state != RUNNING:
        return False
    job = job_of(session, row)
    return job is None or job.state not in OPEN
