"""Persons in the rooms below, which know nothing of this one: accounts, mails, the audit."""

from pyramid.config import Configurator

from stadtkern.privacy.below import accounts, mails, own, traces


def configure(config: Configurator) -> None:
    """Declare what those rooms hold, and how long."""
    for part in (accounts, mails, traces, own):
        part.configure(config)
