"""Webhooks: signed messages about events, delivered at least once, as Standard Webhooks has it.

What has happened is stored, with a job for each receiver, in the transaction in which it happens.
Messages hold ids, types, addresses of pages and times; who wants more asks the API.
"""

from pyramid.config import Configurator

from stadtkern.notify.webhooks import delivery, following, upkeep
from stadtkern.notify.webhooks.kinds import WebhookEvent, directives, events_of
from stadtkern.notify.webhooks.models import WebhookDelivery, WebhookEndpoint
from stadtkern.notify.webhooks.queries import endpoints, log
from stadtkern.notify.webhooks.queries import one as endpoint
from stadtkern.notify.webhooks.services import (
    TEST,
    WebhookRefused,
    add,
    change,
    remove,
    replay,
    rotate,
    send_test,
)

__all__ = [
    "TEST",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookRefused",
    "add",
    "change",
    "configure",
    "directives",
    "endpoint",
    "endpoints",
    "events_of",
    "log",
    "remove",
    "replay",
    "rotate",
    "send_test",
]


def configure(config: Configurator) -> None:
    """Seal secrets, name events and jobs, follow what happens to nodes."""
    for column in (WebhookEndpoint.secret, WebhookEndpoint.old_secret):
        config.add_vault_field(column, context=lambda row: row.context)
    following.configure(config)
    delivery.configure(config)
    upkeep.configure(config)
