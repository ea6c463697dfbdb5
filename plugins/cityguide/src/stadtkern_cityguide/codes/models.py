"""The table of codes."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import TenantScoped, utcnow
from stadtkern_cityguide.codes.alphabet import LENGTH
from stadtkern_cityguide.models import Base


class Code(TenantScoped, Base):
    """A code that leads to a place, a tour or one of its stops; never given a second time.

    Stops have no number of their own, and their order changes: a code remembers which one it
    hangs at (``{title, lat, lon}``; empty for the whole node) and follows it when a tour is saved.
    """

    __tablename__ = "cityguide_code"
    __audit_subject__ = "node_id"

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True
    )
    code: Mapped[str] = mapped_column(String(LENGTH), primary_key=True)
    node_id: Mapped[int] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"), index=True)
    stop: Mapped[dict[str, Any]] = mapped_column(default=dict)
    made_at: Mapped[datetime] = mapped_column(default=utcnow)
    withdrawn_at: Mapped[datetime | None]
