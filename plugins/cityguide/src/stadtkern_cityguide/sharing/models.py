"""Tables of sharing: what is offered to all towns, and what a town has adopted."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import TenantScoped, utcnow
from stadtkern_cityguide.models import Base


class Offer(Base):
    """A tour as its town offers it: a copy of what was public, never the town's own rows.

    It stands beside the walls between towns, since others are to read it. ``towns`` names those
    who may (short names with blanks around each); empty: every town of the installation.
    """

    __tablename__ = "cityguide_offer"
    __table_args__ = (
        UniqueConstraint("town_id", "node_id"),
        {"info": {"global": "copies of public tours that one town offers to the others"}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    town_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    node_id: Mapped[int] = mapped_column(doc="the tour there; a number, nothing to follow")
    town: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(1300))
    language: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(500), default="")
    licence: Mapped[str] = mapped_column(String(200))
    attribution: Mapped[str] = mapped_column(String(500))
    stops: Mapped[int]
    places: Mapped[int]
    media: Mapped[int]
    rev: Mapped[int] = mapped_column(default=1, doc="rises when what is offered has changed")
    revision: Mapped[int] = mapped_column(doc="the tour's own, for “changed since”")
    sha256: Mapped[str] = mapped_column(String(64), doc="of the package")
    package: Mapped[str] = mapped_column(Text, doc="canonical JSON, see ``packing``")
    towns: Mapped[str] = mapped_column(Text, default="")
    offered_at: Mapped[datetime] = mapped_column(default=utcnow)
    withdrawn_at: Mapped[datetime | None]


class Adoption(TenantScoped, Base):
    """A tour of this town that began as another town's; what was given stands in ``Origin``."""

    __tablename__ = "cityguide_adoption"

    node_id: Mapped[int] = mapped_column(
        ForeignKey("node.id", ondelete="CASCADE"), primary_key=True
    )
    offer_id: Mapped[int] = mapped_column(default=0, doc="0: came with its town from elsewhere")
    town: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(1300))
    licence: Mapped[str] = mapped_column(String(200))
    rev: Mapped[int]
    adopted_at: Mapped[datetime] = mapped_column(default=utcnow)
