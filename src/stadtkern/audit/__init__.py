"""Who did what to which object: ids and hashes, chained, never values.

Writes note themselves: a hook on the session sees every row that the ORM adds, changes or deletes,
and every bulk statement. ``record`` names a deed and covers bulk statements exactly. A model whose
writes are no deeds says so with ``__audited__ = False`` and the reason behind it.
"""

from pyramid.config import Configurator

from stadtkern.audit import kinds
from stadtkern.audit.chain import Head, Verdict, head, seal, verify
from stadtkern.audit.collect import record
from stadtkern.audit.kinds import Kind, title_of
from stadtkern.audit.queries import Found, Wanted, find

__all__ = [
    "Found",
    "Head",
    "Kind",
    "Verdict",
    "Wanted",
    "directives",
    "find",
    "head",
    "includeme",
    "record",
    "seal",
    "title_of",
    "verify",
]


def directives(config: Configurator) -> None:
    """Offer ``add_audit_kind`` and ``add_audit_deed``."""
    kinds.directives(config)


def includeme(config: Configurator) -> None:
    """Name what the rooms below write."""
    kinds.configure(config)
