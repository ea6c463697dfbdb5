"""Noting what goes public: one statement, within the transaction that publishes."""

from datetime import timedelta

from pyramid.config import Configurator

from stadtkern.content import events
from stadtkern.db import utcnow
from stadtkern.jobs import enqueue
from stadtkern.notify.subscriptions import queries
from stadtkern.notify.subscriptions.targets import tells

SETTLE = "subscriptions.settle"
PAUSE = 120
"""Seconds before the first mail: a slip can be taken back, what comes together is told together."""


def follow(event: events.NodePublished) -> None:
    """Note a page that has gone public."""
    node, session = event.node, event.session
    if not tells(event.registry["content_types"].get(node.type)):
        return
    if queries.note(session, event.tenant_id, node.id, utcnow()):
        seconds = int(event.registry.settings.get("stadtkern.subscriptions_pause_seconds", PAUSE))
        enqueue(
            session,
            event.registry,
            SETTLE,
            tenant_id=event.tenant_id,
            delay=timedelta(seconds=seconds),
            unique="settle",
        )


def configure(config: Configurator) -> None:
    """Listen."""
    config.add_subscriber(follow, events.NodePublished)
