"""Writes of the webhooks: receivers, their secrets, messages that are set going."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from pyramid.i18n import TranslationString
from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.audit import record
from stadtkern.db import utcnow
from stadtkern.jobs import enqueue
from stadtkern.notify.webhooks import queries, signing
from stadtkern.notify.webhooks.models import WAITING, WebhookDelivery, WebhookEndpoint
from stadtkern.vault import open_, seal
from stadtkern.web.i18n import _
from stadtkern.web.targets import EgressRefused, parse

JOB = "webhooks.deliver"
TEST = "webhook.test"
"""The event of the button “Send a test”; it goes out to switched-off receivers, too, once."""
MOST = 20
"""Receivers of one town."""
ROTATION = timedelta(hours=24)


_UNFIT = _("This is no web address. Please enter one such as https://system.example.org/hooks.")
_REFUSED = {
    "port": _(
        "This port is not open for calls from here: usually 80 and 443 are. Your operator can open "
        "others (egress.ports)."
    ),
    "inner": _(
        "This address lies in an inner network. Your operator can allow it (egress.networks)."
    ),
    "host": _("This name is known within a network only. Please use one that is public."),
    "denied": _("Your operator does not allow calls to this server (egress.deny)."),
    "not-allowed": _("Your operator allows calls to named servers only (egress.allow)."),
    "scheme": _("Please use an address that begins with https://."),
}


class WebhookRefused(Exception):  # noqa: N818 - the word that users read
    """It cannot be done; the message is translatable, ``field`` names the form's field."""

    def __init__(self, message: TranslationString, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def check_url(registry: Registry, url: str) -> str:
    """Return an address that the guard may let out; it is judged again at each call."""
    try:
        target = parse(url)
        registry["egress"].rules.check(target)
    except EgressRefused as error:
        raise WebhookRefused(_REFUSED.get(error.code, _UNFIT), "url") from error
    if target.scheme != "https" and not registry["egress"].rules.loopback:
        raise WebhookRefused(_("Please use an address that begins with https://."), "url")
    return target.url


def add(
    session: Session, registry: Registry, *, name: str, url: str, events: Collection[str]
) -> tuple[WebhookEndpoint, str]:
    """Add a receiver; return it and its secret, which is not shown again."""
    address = check_url(registry, url)
    if len(queries.endpoints(session)) >= MOST:
        raise WebhookRefused(
            _("There are ${n} receivers already. Please delete one first.", mapping={"n": MOST})
        )
    endpoint = WebhookEndpoint(name=name, url=address, events=sorted(events), secret="")
    session.add(endpoint)
    session.flush()
    secret = signing.new_secret()
    endpoint.secret = _sealed(session, registry, endpoint, secret)
    session.flush()
    queries.forget_listening(session)
    record(session, "webhook.add", "webhook_endpoint", endpoint.id)
    return endpoint, secret


def change(
    session: Session,
    registry: Registry,
    endpoint: WebhookEndpoint,
    *,
    name: str,
    url: str,
    events: Collection[str],
    active: bool,
) -> None:
    """Store what the form says; switching on again forgets earlier failures."""
    endpoint.url = check_url(registry, url)
    endpoint.name, endpoint.events = name, sorted(events)
    if active and not endpoint.active:
        endpoint.failing_since = endpoint.stopped_at = None
    endpoint.active = active
    session.flush()
    queries.forget_listening(session)


def remove(session: Session, endpoint: WebhookEndpoint) -> None:
    """Delete a receiver with all that is noted about it; what waits is not sent."""
    record(session, "webhook.delete", "webhook_endpoint", endpoint.id)
    session.delete(endpoint)
    session.flush()
    queries.forget_listening(session)


def rotate(session: Session, registry: Registry, endpoint: WebhookEndpoint) -> str:
    """Give a receiver a new secret and return it; for a day the old one signs along."""
    secret = signing.new_secret()
    endpoint.old_secret = endpoint.secret
    endpoint.old_until = utcnow() + ROTATION
    endpoint.secret = _sealed(session, registry, endpoint, secret)
    session.flush()
    record(session, "webhook.rotate", "webhook_endpoint", endpoint.id)
    return secret


def _sealed(session: Session, registry: Registry, endpoint: WebhookEndpoint, secret: str) -> str:
    return seal(session, registry, endpoint.tenant_id, secret.encode(), endpoint.context)


def secrets_of(session: Session, registry: Registry, endpoint: WebhookEndpoint) -> list[str]:
    """Return the secrets that sign now, the present one first."""
    sealed = [endpoint.secret]
    if (
        endpoint.old_secret is not None
        and endpoint.old_until is not None
        and endpoint.old_until > utcnow()
    ):
        sealed.append(endpoint.old_secret)
    return [
        open_(session, registry, endpoint.tenant_id, one, endpoint.context).decode()
        for one in sealed
    ]


def hand_over(
    session: Session,
    registry: Registry,
    endpoint_id: int,
    event: str,
    data: Mapping[str, Any],
    now: datetime,
) -> WebhookDelivery:
    """Store a message to one receiver and set it going, by the session's commit."""
    body = {"type": event, "timestamp": now.isoformat(timespec="milliseconds"), "data": data}
    delivery = WebhookDelivery(
        endpoint_id=endpoint_id,
        message_id=signing.new_message_id(),
        event=event,
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        created_at=now,
        due_at=now,
    )
    session.add(delivery)
    session.flush()
    set_going(session, registry, delivery)
    return delivery


def set_going(
    session: Session,
    registry: Registry,
    delivery: WebhookDelivery,
    delay: timedelta = timedelta(0),
) -> None:
    """Let the next attempt begin after ``delay``."""
    delivery.state = WAITING
    delivery.due_at = utcnow() + delay
    enqueue(
        session,
        registry,
        JOB,
        tenant_id=delivery.tenant_id,
        delay=delay,
        delivery=delivery.id,
        attempt=delivery.attempts,
    )


def send_test(session: Session, registry: Registry, endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Send a message without content, once."""
    delivery = hand_over(session, registry, endpoint.id, TEST, {}, utcnow())
    record(session, "webhook.test", "webhook_endpoint", endpoint.id)
    return delivery


def replay(
    session: Session, registry: Registry, delivery_id: int, *, endpoint_id: int | None = None
) -> WebhookDelivery:
    """Send a message again, under its old id, with all attempts before it.

    ``endpoint_id``: whose it must be.
    ``LookupError`` for one that is not there, ``WebhookRefused`` for one that waits to be sent or
    whose receiver is switched off.
    """
    delivery = queries.locked(session, delivery_id)
    endpoint = None if delivery is None else session.get(WebhookEndpoint, delivery.endpoint_id)
    if delivery is None or endpoint is None or endpoint_id not in {None, endpoint.id}:
        raise LookupError(delivery_id)
    if delivery.state == WAITING:
        raise WebhookRefused(_("This message waits to be sent already."))
    if not endpoint.active and delivery.event != TEST:
        raise WebhookRefused(_("This receiver is switched off. Please switch it on first."))
    delivery.tries = 0
    set_going(session, registry, delivery)
    record(session, "webhook.replay", "webhook_endpoint", endpoint.id)
    return delivery
