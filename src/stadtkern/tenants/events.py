"""What the tenants room tells the rooms above it."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from stadtkern.tenants.directory import Tenant


@dataclass(frozen=True)
class TenantCreated:
    """A municipality was added; ``session`` is its transaction, bound to the new tenant."""

    session: Session
    tenant: Tenant


@dataclass(frozen=True)
class LocaleAdded:
    """A municipality has pages in a further language; ``session`` as in ``TenantCreated``."""

    session: Session
    tenant: Tenant
    locale: str
