"""Data keys, wrapped by the master key."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import Base, TenantScoped, utcnow


class VaultKey(TenantScoped, Base):
    """A municipality's key. ``purpose``: data (rotated) or index (for look-ups, stays)."""

    __tablename__ = "vault_key"
    __audit_content__ = False  # nothing of a key leaves its row

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True
    )
    purpose: Mapped[str] = mapped_column(String(8), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    master: Mapped[int] = mapped_column(doc="version of the master key that wraps it")
    wrapped: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class InstallationKey(Base):
    """The same for what belongs to no municipality: factors of accounts."""

    __tablename__ = "vault_installation_key"

    purpose: Mapped[str] = mapped_column(String(8), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    master: Mapped[int]
    wrapped: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
