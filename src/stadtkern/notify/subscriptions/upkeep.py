"""Keeping nothing longer than it is needed."""

from datetime import timedelta

from pyramid.config import Configurator

from stadtkern import mail
from stadtkern.db import utcnow, work
from stadtkern.jobs import Job
from stadtkern.notify.subscriptions import queries
from stadtkern.notify.subscriptions.services import UNCONFIRMED
from stadtkern.tenants import active_tenants
from stadtkern.web.i18n import _

NOTICED = timedelta(days=30)
"""So long a page that has gone public can still be told of; longer than any rhythm."""
SUSPENDED = timedelta(days=90)
"""So long an address is kept whose mailbox refuses mails: its owner may come back."""
UNSENT = timedelta(days=14)
"""So long a mail that could not be sent is kept."""


def purge(job: Job) -> None:
    """Delete, in all towns, what was not confirmed in time and what is old."""
    with job.work(write=False) as session:
        tenants = active_tenants(session)
    now = utcnow()
    for tenant in tenants:
        if job.cancelled():
            return
        with work(job.database, tenant.id) as session:
            queries.purge(
                session,
                unconfirmed=now - UNCONFIRMED,
                noticed=now - NOTICED,
                suspended=now - SUSPENDED,
                now=now,
            )
            mail.forget(session, now - UNSENT)


def configure(config: Configurator) -> None:
    """Purge each hour: what lapses after two days is gone soon after."""
    config.add_job("subscriptions.purge", purge, title=_("Delete unconfirmed subscriptions"))
    config.add_schedule(
        "subscriptions.purge", job="subscriptions.purge", cron="23 * * * *", per_tenant=False
    )
