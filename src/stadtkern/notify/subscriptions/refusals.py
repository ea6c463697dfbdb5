"""Mailboxes that refuse: nobody is written to for ever who cannot be reached."""

from datetime import timedelta

import structlog
from pyramid.config import Configurator
from sqlalchemy.orm import Session

from stadtkern.audit import record
from stadtkern.db import utcnow
from stadtkern.mail import MailJudged
from stadtkern.notify.subscriptions import queries
from stadtkern.notify.subscriptions.letters import LIST
from stadtkern.notify.subscriptions.models import Subscriber
from stadtkern.notify.subscriptions.services import mail_hash
from stadtkern.web.i18n import _

log = structlog.get_logger("stadtkern.subscriptions")
MOST = 3
"""Mails in a row that a mailbox may refuse for good …"""
SPAN = timedelta(days=1)
"""… over at least this time: a mail server of ours that is set up wrongly for an hour suspends
nobody."""


def judged(event: MailJudged) -> None:
    """Count a mail with news that was refused for good; forget earlier ones when one is taken."""
    if LIST not in event.headers:
        return
    session = event.session
    hashed = mail_hash(session, event.registry, event.tenant_id, event.recipient)
    person = queries.subscriber(session, hashed)
    if person is None:
        return
    if not event.refused:
        if person.refusals:
            person.refusals, person.refused_since = 0, None
        return
    now = utcnow()
    person.refusals += 1
    person.refused_since = person.refused_since or now
    if (
        person.suspended_at is None
        and person.refusals >= MOST
        and person.refused_since <= now - SPAN
    ):
        suspend(session, person)


def suspend(session: Session, person: Subscriber) -> None:
    """Write to somebody no more until they prove that they can be reached."""
    person.suspended_at = utcnow()
    session.flush()
    record(session, "subscription.suspend", "subscriber", person.id)
    # The number, not the address: operators see that it happens, not to whom.
    log.warning("subscriber suspended", tenant=person.tenant_id, subscriber=person.id)


def configure(config: Configurator) -> None:
    """Listen to what becomes of mails."""
    config.add_audit_deed("subscription.suspend", title=_("suspended"))
    config.add_subscriber(judged, MailJudged)
