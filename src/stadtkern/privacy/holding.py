"""What is held now, and the keyed hash that stands for a mail address."""

from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from pyramid.registry import Registry
from sqlalchemy.orm import Session

from stadtkern.privacy import queries
from stadtkern.privacy.models import PERSON
from stadtkern.tenants import Tenant
from stadtkern.vault import blind_index


@dataclass(frozen=True)
class Holds:
    """All holds of a town that count now."""

    objects: dict[str, frozenset[str]] = field(default_factory=dict)
    marks: frozenset[str] = frozenset()
    accounts: frozenset[int] = frozenset()

    def on_person(self, mark: str, account_id: int | None) -> bool:
        """Tell whether a hold stands on a person."""
        return mark in self.marks or account_id in self.accounts


def holds_of(session: Session, tenant: Tenant, now: datetime) -> Holds:
    """Return what is held; a hold counts up to and including its last day in the town's zone."""
    objects: dict[str, set[str]] = {}
    marks, accounts = set(), set()
    for hold in queries.active_holds(session, now.astimezone(ZoneInfo(tenant.timezone)).date()):
        if hold.kind == PERSON:
            marks.add(hold.subject)
            if hold.subject_account is not None:
                accounts.add(hold.subject_account)
        else:
            objects.setdefault(hold.kind, set()).add(hold.subject)
    return Holds(
        {kind: frozenset(ids) for kind, ids in objects.items()},
        frozenset(marks),
        frozenset(accounts),
    )


def mark_of(session: Session, registry: Registry, tenant_id: int, mail: str) -> str:
    """Return the keyed hash (64 hexadecimal digits) that stands for a mail address in a town."""
    return blind_index(session, registry, tenant_id, mail.strip().lower(), PERSON)
