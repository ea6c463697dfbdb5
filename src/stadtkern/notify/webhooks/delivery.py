"""Sending: one attempt a job, the next one enqueued in the transaction that notes this one."""

import time
from dataclasses import dataclass
from datetime import timedelta

from pyramid.config import Configurator
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.accounts import Permission
from stadtkern.accounts.queries import members_who_may
from stadtkern.db import utcnow
from stadtkern.jobs import Job
from stadtkern.mail import compose
from stadtkern.notify.webhooks import queries, signing
from stadtkern.notify.webhooks.kinds import kinds
from stadtkern.notify.webhooks.models import (
    DELIVERED,
    DROPPED,
    FAILED,
    WAITING,
    WebhookDelivery,
    WebhookEndpoint,
)
from stadtkern.notify.webhooks.services import JOB, TEST, secrets_of, set_going
from stadtkern.tenants import Tenant, mail_origin
from stadtkern.web.egress import EgressError, fetch
from stadtkern.web.i18n import _, speaker

DELAYS = tuple(
    timedelta(seconds=seconds)
    for seconds in (10, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 8 * 3600, 10 * 3600)
)
"""After each failure; the eighth attempt, a little more than a day after the first, is the last."""
PATIENCE = timedelta(days=3)
"""So long nothing may get through before a receiver is switched off."""
SECONDS = 15.0
MAX_BYTES = 4_096
"""Of the answer: nobody reads it, and a receiver that sends more is left alone."""
GOOD = range(200, 300)
REDIRECTS = range(300, 400)
GONE = 410


@dataclass(frozen=True)
class _Letter:
    """What is sent where."""

    url: str
    message_id: str
    body: bytes
    secrets: tuple[str, ...]


@dataclass(frozen=True)
class _Result:
    """What became of one attempt."""

    status: int | None
    problem: str
    milliseconds: int

    @property
    def good(self) -> bool:
        return not self.problem


def deliver(job: Job, delivery: int, attempt: int) -> None:
    """Make one attempt, unless another one was made since this job was enqueued.

    Killed between the receiver's answer and our note of it, the same message goes out again, under
    the same id: receivers drop what they have seen.
    """
    assert job.tenant is not None  # noqa: S101 - receivers belong to a town
    with job.work(write=False) as session:
        row = session.get(WebhookDelivery, delivery)
        if row is None or row.state != WAITING or row.attempts != attempt:
            return
        letter = _letter(session, job, row)
    # No network call within a transaction.
    result = None if letter is None else send(job.registry, letter)
    with job.work() as session:
        # Receiver before message, as everywhere: two jobs of one receiver must not cross.
        found = session.get(WebhookDelivery, delivery)
        endpoint = None if found is None else queries.one(session, found.endpoint_id, lock=True)
        row = queries.locked(session, delivery)
        if row is not None and endpoint is not None and row.attempts == attempt:
            _note(session, job, row, endpoint, result)
        job.finish()


def _letter(session: Session, job: Job, row: WebhookDelivery) -> _Letter | None:
    """Return what is to be sent; None where the receiver or the plugin is switched off."""
    endpoint = session.get(WebhookEndpoint, row.endpoint_id)
    if endpoint is None:
        return None
    if row.event != TEST:
        kind = kinds(job.registry).get(row.event)
        if not endpoint.active or kind is None:
            return None
        if kind.owner is not None:
            state = job.registry["plugin_states"].of_id(row.tenant_id, session)
            if not state.has(kind.owner):
                return None
    known = tuple(secrets_of(session, job.registry, endpoint))
    return _Letter(endpoint.url, row.message_id, row.body.encode(), known)


def send(registry: Registry, letter: _Letter) -> _Result:
    """Post a message by the guard; redirects are not followed."""
    began = time.monotonic()
    status = None
    try:
        answer = fetch(
            registry,
            letter.url,
            method="POST",
            headers=signing.headers(letter.secrets, letter.message_id, utcnow(), letter.body),
            body=letter.body,
            seconds=SECONDS,
            max_bytes=MAX_BYTES,
            whole=False,
            redirects=0,
        )
    except EgressError as error:
        problem = error.code
    else:
        status = answer.status
        problem = "" if status in GOOD else "redirect" if status in REDIRECTS else "status"
    return _Result(status, problem, round((time.monotonic() - began) * 1000))


def _note(
    session: Session,
    job: Job,
    row: WebhookDelivery,
    endpoint: WebhookEndpoint,
    result: _Result | None,
) -> None:
    """Write down what became of an attempt and decide what follows."""
    row.due_at = None
    if result is None:
        row.state, row.problem = DROPPED, ""
        return
    now = utcnow()
    row.attempts += 1
    row.tries += 1
    row.tried_at = now
    row.status, row.problem = result.status, result.problem[:30]
    row.milliseconds = result.milliseconds
    if result.good:
        row.state = DELIVERED
        if endpoint.failing_since is not None:
            endpoint.failing_since = None
        return
    if row.event == TEST:
        row.state = FAILED
        return
    if endpoint.failing_since is None:
        endpoint.failing_since = now
    if result.status == GONE:
        # The receiver says that nobody is there any more (RFC 9110, 15.5.11).
        row.state = FAILED
        _stop(session, job, endpoint)
    elif row.tries <= len(DELAYS):
        set_going(session, job.registry, row, DELAYS[row.tries - 1])
    else:
        row.state = FAILED
        if endpoint.failing_since <= now - PATIENCE:
            _stop(session, job, endpoint)


def _stop(session: Session, job: Job, endpoint: WebhookEndpoint) -> None:
    """Switch a receiver off and write to those who can switch it on again."""
    if not endpoint.active:
        return
    assert job.tenant is not None  # noqa: S101 - receivers belong to a town
    endpoint.active, endpoint.stopped_at = False, utcnow()
    tell(session, job.registry, job.tenant, endpoint)


def tell(session: Session, registry: Registry, tenant: Tenant, endpoint: WebhookEndpoint) -> None:
    """Write to the administrators, each in their own language."""
    state = registry["plugin_states"].of_id(tenant.id, session)
    people = members_who_may(session, registry, Permission.WEBHOOKS, plugins=state.enabled)
    for account in people:
        say = speaker(registry, account.locale or tenant.default_locale)
        lines = [
            say(
                _(
                    "“${name}” did not accept messages for a long time, or says that it is gone. "
                    "It gets none any more."
                ),
                name=endpoint.name,
            ),
            "",
            say(_("Please look into it, and switch it on again when it works:")),
            f"{mail_origin(registry, tenant)}/admin/webhooks/{endpoint.id}",
            "",
        ]
        compose(
            session,
            registry["outbox"],
            recipient=account.mail,
            subject=say(_("A receiver of webhooks was switched off")),
            body="\n".join(lines),
        )


def configure(config: Configurator) -> None:
    """Register the job; its own tries are for our own errors, not for the receiver's."""
    config.add_job(JOB, deliver, title=_("Send a webhook"), retries=5)
