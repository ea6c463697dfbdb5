"""Keeping the log short, and old secrets away."""

from datetime import timedelta

from pyramid.config import Configurator

from stadtkern.db import utcnow
from stadtkern.jobs import Job
from stadtkern.notify.webhooks import queries
from stadtkern.web.i18n import _

KEEP_DAYS = 30
BATCH = 1_000


def purge(job: Job) -> None:
    """Delete old deliveries, those that never got through included, and secrets that ended."""
    days = int(job.registry.settings.get("stadtkern.webhooks_keep_days", KEEP_DAYS))
    before = utcnow() - timedelta(days=max(days, 2))
    while not job.cancelled():
        with job.work() as session:
            if queries.delete_before(session, before, limit=BATCH) < BATCH:
                break
    with job.work() as session:
        for endpoint in queries.retired(session, utcnow()):
            endpoint.old_secret = endpoint.old_until = None


def configure(config: Configurator) -> None:
    """Purge each night."""
    config.add_job("webhooks.purge", purge, title=_("Delete old notes on webhooks"))
    config.add_schedule("webhooks.purge", job="webhooks.purge", cron="41 2 * * *")
