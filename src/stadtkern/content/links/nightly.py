"""The jobs of this part: filling references of old pages, and looking after links elsewhere."""

from pyramid.config import Configurator
from sqlalchemy import select

from stadtkern.content.links import checks
from stadtkern.content.links.keep import backfill
from stadtkern.content.links.models import LinkCheck
from stadtkern.jobs import Job
from stadtkern.web.i18n import _

BATCH = 100


def fill_references(job: Job) -> None:
    """Fill the references of all of a tenant's nodes; each batch is committed by itself."""
    after, done = 0, 0
    while not job.cancelled():
        with job.work(write=True) as session:
            after, count = backfill(session, job.registry, after, BATCH)
        if not count:
            return
        done += count
        job.progress(done, done)


def external_links(job: Job) -> None:
    """Look at every external address that is due."""
    checks.check_all(job.registry, job.work, cancelled=job.cancelled, progress=job.progress)


def check_link(job: Job, link: int) -> None:
    """Look at one address now, however recently it was looked at."""
    with job.work(write=False) as session:
        url = session.scalar(select(LinkCheck.url).where(LinkCheck.id == link))
    if url is None:
        return
    status, problem = checks.look(job.registry, url)
    with job.work(write=True) as session:
        checks.record(session, url, status, problem)


def configure(config: Configurator) -> None:
    """Register them; the check runs at night, when servers of others have least to do."""
    config.add_job("content.references", fill_references, title=_("Find links of old pages"))
    config.add_job("content.external_links", external_links, title=_("Check links to other sites"))
    config.add_job("content.check_link", check_link, title=_("Check one link"), retries=1)
    # Writes nothing where all is in line. After an upgrade it is overdue, so that it runs at once:
    # see the migration 0017.
    config.add_schedule("content.references", job="content.references", cron="20 3 * * 0")
    config.add_schedule("content.external_links", job="content.external_links", cron="40 1 * * *")
