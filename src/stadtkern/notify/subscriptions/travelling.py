"""Subscriptions of a town that moves to another installation.

Hashes and keys are made by the town's own key of the vault: they are made anew where it comes in,
so links in mails of the old one end nothing there.
"""

from typing import Any

from pyramid.config import Configurator

from stadtkern.notify.subscriptions.models import Subscriber, Subscription
from stadtkern.notify.subscriptions.services import digest, key_of, mail_hash


def _leave(row: dict[str, Any]) -> None:
    row["key_hash"] = ""
    if "mail_hash" in row:
        row["mail_hash"] = ""


def _key(moving: Any, row: dict[str, Any], of: type[object]) -> None:
    key = key_of(moving.session, moving.registry, moving.tenant_id, of, row["nonce"])
    row["key_hash"] = digest(key)


def _subscriber(moving: Any, row: dict[str, Any]) -> None:
    row["mail_hash"] = mail_hash(moving.session, moving.registry, moving.tenant_id, row["mail"])
    _key(moving, row, Subscriber)


def _subscription(moving: Any, row: dict[str, Any]) -> None:
    _key(moving, row, Subscription)


def configure(config: Configurator) -> None:
    """Let what was confirmed go along."""
    config.add_town_data(
        "subscriber",
        Subscriber,
        numbered=True,
        leave_out=("code_hash", "code_until", "refusals", "refused_since", "suspended_at"),
        prepare=_leave,
        move=_subscriber,
    )
    config.add_town_data(
        "subscription",
        Subscription,
        references={"subscriber_id": "subscriber", "node_id": "node"},
        leave_out=("code_hash",),
        only=lambda: Subscription.confirmed_at.is_not(None),
        prepare=_leave,
        move=_subscription,
    )
