"""Who did what to which object: ids and hashes, chained, never values.

Writes note themselves: a hook on the session sees every row that the ORM adds, changes or deletes,
and every bulk statement. ``record`` names a deed and covers bulk statements exactly. A model whose
writes are no deeds says so with ``__audited__ = False`` and the reason behind it.
"""

from typing import Any

from pyramid.config import Configurator

from stadtkern.audit import kinds
from stadtkern.audit.chain import Head, Verdict, anything_waits, head, seal, verify
from stadtkern.audit.collect import record
from stadtkern.audit.kinds import Kind, title_of
from stadtkern.audit.queries import Found, Wanted, find
from stadtkern.db import work
from stadtkern.tenants import active_tenants
from stadtkern.web.i18n import _

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


def seal_all(job: Any) -> None:
    """Seal what waits, one municipality after the other."""
    database = job.registry["database"]
    with work(database, write=False) as session:
        tenants = [tenant.id for tenant in active_tenants(session)]
    for tenant_id in tenants:
        with work(database, tenant_id, write=False) as session:
            waiting = anything_waits(session)
        if waiting:
            with work(database, tenant_id) as session:
                seal(session)


def includeme(config: Configurator) -> None:
    """Name what the rooms below write."""
    kinds.configure(config)
    # One job for all towns, which is cheap where nothing waits, rather than one each.
    config.add_job("audit.seal", seal_all, title=_("Seal the audit"))
    config.add_schedule("audit.seal", job="audit.seal", cron="* * * * *", per_tenant=False)
