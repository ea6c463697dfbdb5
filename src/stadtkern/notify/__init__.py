"""Telling others what has happened: webhooks, which other systems receive."""

from pyramid.config import Configurator

from stadtkern.notify import webhooks

__all__ = ["directives", "includeme", "webhooks"]


def directives(config: Configurator) -> None:
    """Offer ``add_webhook_event``."""
    webhooks.directives(config)


def includeme(config: Configurator) -> None:
    """Name the core's events and deliver what is told."""
    webhooks.configure(config)
