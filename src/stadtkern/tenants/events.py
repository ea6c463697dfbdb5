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


@dataclass(frozen=True)
class TownImported:
    """A municipality came in from an archive; ``session`` as in ``TenantCreated``.

    Not one event was told for what came with it: whoever keeps something that is made from other
    rows makes it now, or by a job.
    """

    session: Session
    tenant: Tenant
