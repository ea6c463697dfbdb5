"""Which plugin a tenant has switched on, and its settings."""

from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import Base, TenantScoped


class TenantPlugin(TenantScoped, Base):
    """One plugin (or a room of the core with settings) of one tenant. Disabling keeps the row."""

    __tablename__ = "tenant_plugin"

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True
    )
    plugin: Mapped[str] = mapped_column(String(40), primary_key=True)
    enabled: Mapped[bool] = mapped_column(default=False)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
