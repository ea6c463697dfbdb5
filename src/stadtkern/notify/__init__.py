"""Telling others what has happened: webhooks to systems, mails to people who subscribed."""

from pyramid.config import Configurator

from stadtkern.notify import subscriptions, webhooks

__all__ = ["directives", "includeme", "subscriptions", "webhooks"]


def directives(config: Configurator) -> None:
    """Offer ``add_webhook_event``."""
    webhooks.directives(config)


def includeme(config: Configurator) -> None:
    """Name the core's events and deliver what is told."""
    webhooks.configure(config)
    subscriptions.configure(config)
