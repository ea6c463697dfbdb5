"""Table of the visits room: numbers a day, nothing of those who came."""

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import Base, TenantScoped

PAGE = "page"
SEARCH = "search"


class DayCount(TenantScoped, Base):
    """How often a page was read, or words were searched in vain, on one day of the town."""

    __tablename__ = "day_count"
    __audited__ = False  # numbers, no deeds

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True, doc="a path, or words")
    number: Mapped[int] = mapped_column(default=0)
