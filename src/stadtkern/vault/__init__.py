"""Secrets at rest: encrypted fields, keyed look-ups, and keys that can be changed.

Envelope encryption: a master key, which stands outside of the database, wraps data keys, which
stand in it: one line of keys per municipality and one for the installation (accounts are global).
What is sealed is bound to its municipality and to its context, so that it opens nowhere else.
"""

from pyramid.config import Configurator

from stadtkern.vault import fields, health
from stadtkern.vault.keyring import NoMasterKey, Vault
from stadtkern.vault.sealing import NotOurs, blind_index, open_, seal

__all__ = [
    "NoMasterKey",
    "NotOurs",
    "blind_index",
    "directives",
    "includeme",
    "open_",
    "seal",
]


def directives(config: Configurator) -> None:
    """Offer ``add_vault_field``."""
    fields.directives(config)


def includeme(config: Configurator) -> None:
    """Keep the keys of this process."""
    config.registry["vault"] = Vault(config.get_settings())
    config.add_health_check("vault", health.check)
