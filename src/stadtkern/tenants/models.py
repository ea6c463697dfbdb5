"""Tables of the installation's municipalities; all global, see ``GLOBAL_TABLES``."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import Base, utcnow


class TenantRow(Base):
    """One municipality."""

    __tablename__ = "tenant"
    __audited__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(63), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    ags: Mapped[str] = mapped_column(String(12), doc="AGS (8 digits) or ARS (12 digits)")
    locales: Mapped[list[str]] = mapped_column(doc="first is the tenant's own language")
    timezone: Mapped[str] = mapped_column(String(64), default="Europe/Berlin")
    accent: Mapped[str] = mapped_column(String(7), default="#1d3f8f", doc="#rrggbb")
    arms: Mapped[str | None] = mapped_column(String(64), doc="sha256 of the coat of arms")
    status: Mapped[str] = mapped_column(
        String(16), default="active", doc="active, suspended or importing"
    )
    demo: Mapped[bool] = mapped_column(default=False, doc="filled with demonstration data")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class TenantHost(Base):
    """A host name that leads to a tenant; exactly one of a tenant's hosts is canonical."""

    __tablename__ = "tenant_host"

    host: Mapped[str] = mapped_column(String(253), primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"), index=True)
    canonical: Mapped[bool] = mapped_column(default=False)


class TenantGeneration(Base):
    """Counters that rise when something visitors see has changed; page caches compare them."""

    __tablename__ = "tenant_generation"

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[int] = mapped_column(default=1)
