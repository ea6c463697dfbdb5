"""Jobs that mail what is new. What was told is noted in the transaction that writes the mail."""

from functools import partial
from typing import Any

from pyramid.config import Configurator

from stadtkern import search
from stadtkern.content.queries import by_ids
from stadtkern.db import TenantSession, utcnow, work
from stadtkern.jobs import Job, enqueue
from stadtkern.notify.subscriptions import letters, queries
from stadtkern.notify.subscriptions.following import SETTLE
from stadtkern.notify.subscriptions.models import DAILY, FREQUENCIES, NOW, WEEKLY, Subscription
from stadtkern.notify.subscriptions.targets import telling, title_of
from stadtkern.notify.subscriptions.upkeep import NOTICED
from stadtkern.tenants import active_tenants
from stadtkern.web.i18n import _

TELL = "subscriptions.tell"
BATCH = 50
"""Subscribers whose mails are written in one transaction."""


def settle(job: Job) -> None:
    """Look at what was noted; let those hear at once who asked for that."""
    with job.work() as session:
        if _settle(session, job) and queries.waits(session, NOW):
            _enqueue(session, job, NOW)
        job.finish()


def _settle(session: TenantSession, job: Job) -> bool:
    assert job.tenant is not None  # noqa: S101 - subscriptions belong to a town
    state = job.registry["plugin_states"].of_id(job.tenant.id, session)
    now = utcnow()
    types = telling(job.registry, state.enabled)
    return queries.settle(session, list(types), now=now, since=now - NOTICED)


def _enqueue(session: TenantSession, job: Job, frequency: str) -> None:
    assert job.tenant is not None  # noqa: S101 - as above
    enqueue(
        session,
        job.registry,
        TELL,
        tenant_id=job.tenant.id,
        unique=frequency,
        frequency=frequency,
    )


def tell(job: Job, frequency: str) -> None:
    """Write to everybody with this rhythm who has not heard yet of something.

    Called again after a crash, it goes on with those to whom it has not written.
    """
    assert job.tenant is not None  # noqa: S101 - as above
    if frequency not in FREQUENCIES:
        raise ValueError(frequency)
    with job.work() as session:
        state = job.registry["plugin_states"].of_id(job.tenant.id, session)
        if not state.settings("subscriptions").get("offered"):
            job.finish()
            return
        if frequency != NOW:
            _settle(session, job)
        until = queries.last_notice(session)
    after = 0
    while until is not None and not job.cancelled():
        with job.work() as session:
            ids = queries.due(session, frequency, until, after=after, limit=BATCH)
            if not ids:
                job.finish()
                return
            _batch(session, job, frequency, ids, until)
            after = ids[-1]


def _batch(session: TenantSession, job: Job, frequency: str, ids: list[int], until: Any) -> None:
    tenant, registry = job.tenant, job.registry
    assert tenant is not None  # noqa: S101 - as above
    people, rows = queries.of_subscribers(session, ids, frequency, until)
    if not rows:
        return
    state = registry["plugin_states"].of_id(tenant.id, session)
    types = telling(registry, state.enabled)
    since = min(row.told_until for row in rows if row.told_until is not None)
    news = queries.news(session, list(types), since=since, until=until, now=utcnow())
    sections = by_ids(session, {row.node_id for row in rows if row.node_id is not None})

    def title(row: Subscription) -> Any:
        return title_of(row, types, sections)

    found: dict[tuple[str, str, str], set[int]] = {}

    def fitting(row: Subscription) -> set[int]:
        asked = (row.words, row.language, row.type)
        if asked not in found:
            words, language, kind = asked
            found[asked] = search.fitting(
                session,
                registry,
                tenant,
                words,
                language=language,
                kind=kind,
                nodes=[one.id for one in news],
            )
        return found[asked]

    for number, person in people.items():
        own = [row for row in rows if row.subscriber_id == number]
        parts = letters.parts_of(own, news, title, sections, fitting)
        if parts:
            letters.send(session, registry, tenant, person, parts)
        for row in own:
            row.told_until = until
    session.flush()


def by_clock(frequency: str, job: Job) -> None:
    """Set the mails of all towns going in which somebody waits for them."""
    with job.work(write=False) as session:
        tenants = active_tenants(session)
    for tenant in tenants:
        with work(job.database, tenant.id, write=False) as session:
            if not queries.waits(session, frequency):
                continue
        with work(job.database, tenant.id) as session:
            enqueue(
                session,
                job.registry,
                TELL,
                tenant_id=tenant.id,
                unique=frequency,
                frequency=frequency,
            )


def configure(config: Configurator) -> None:
    """Register the jobs and when they run: mornings in Germany, whatever the season."""
    config.add_job(SETTLE, settle, title=_("See what is new for subscribers"))
    config.add_job(TELL, tell, title=_("Mail news to subscribers"))
    for frequency, title, cron in (
        (DAILY, _("Begin the daily mails to subscribers"), "11 5 * * *"),
        (WEEKLY, _("Begin the weekly mails to subscribers"), "26 5 * * 1"),
    ):
        name = f"subscriptions.{frequency}"
        config.add_job(name, partial(by_clock, frequency), title=title)
        config.add_schedule(name, job=name, cron=cron, per_tenant=False)
