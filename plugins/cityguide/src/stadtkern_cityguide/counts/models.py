"""The table of numbers."""

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import TenantScoped
from stadtkern_cityguide.models import Base

SCANNED = "scanned"
DOWNLOADED = "downloaded"
FINISHED = "finished"
METRICS = (SCANNED, DOWNLOADED, FINISHED)


class GuideCount(TenantScoped, Base):
    """How often a place or tour was used in one way on one day of the town."""

    __tablename__ = "cityguide_count"
    __audited__ = False  # numbers, no deeds

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(primary_key=True)
    metric: Mapped[str] = mapped_column(String(12), primary_key=True)
    node_id: Mapped[int] = mapped_column(
        ForeignKey("node.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    number: Mapped[int] = mapped_column(default=0)
