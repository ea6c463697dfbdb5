"""Subscriptions by mail: asked for, confirmed by a code, ended by one click.

What goes public is noted by one statement; jobs write the mails, at once, each day or each week.
An address stands sealed in the database, and goes with its last subscription.
"""

from pyramid.config import Configurator

from stadtkern.notify.subscriptions import (
    following,
    persons,
    refusals,
    showing,
    telling,
    travelling,
    upkeep,
)
from stadtkern.notify.subscriptions.models import Subscriber, Subscription, SubscriptionNotice
from stadtkern.notify.subscriptions.overview import Overview, overview
from stadtkern.notify.subscriptions.schemas import SubscriptionSettings
from stadtkern.web.i18n import _

__all__ = [
    "Overview",
    "Subscriber",
    "Subscription",
    "SubscriptionNotice",
    "configure",
    "overview",
]


def configure(config: Configurator) -> None:
    """Register settings, jobs, pages, and what the history calls it."""
    config.add_settings_schema("subscriptions", SubscriptionSettings, _("Subscriptions by mail"))
    config.add_vault_field(Subscriber.mail, context=lambda row: row.context)
    config.add_audit_kind("subscriber", title=_("Subscriber"))
    config.add_audit_kind("subscription", title=_("Subscription"))
    for deed, title in (
        ("subscription.confirm", _("confirmed")),
        ("subscription.end", _("ended")),
    ):
        config.add_audit_deed(deed, title=title)
    following.configure(config)
    telling.configure(config)
    upkeep.configure(config)
    persons.configure(config)
    refusals.configure(config)
    showing.configure(config)
    travelling.configure(config)
    config.include("stadtkern.notify.subscriptions.views")
