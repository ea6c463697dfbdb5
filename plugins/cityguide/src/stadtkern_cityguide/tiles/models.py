"""Which map file a town has."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import TenantScoped, utcnow
from stadtkern_cityguide.models import Base


class Map(TenantScoped, Base):
    """The one map file of a town; its bytes lie in the storage."""

    __tablename__ = "cityguide_map"
    __audited__ = False
    __table_args__ = (UniqueConstraint("tenant_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    bytes: Mapped[int]
    style: Mapped[str] = mapped_column(String(20), doc="whose layers it has: guide, protomaps …")
    attribution: Mapped[str] = mapped_column(String(300), doc="plain text")
    south: Mapped[float]
    west: Mapped[float]
    north: Mapped[float]
    east: Mapped[float]
    min_zoom: Mapped[int]
    max_zoom: Mapped[int]
    made_at: Mapped[datetime] = mapped_column(default=utcnow)
