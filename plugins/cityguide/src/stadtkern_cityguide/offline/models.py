"""Tours as packed for keeping on a device, and the bytes that the packs name.

Both tables are made anew from what is public; neither refers to nodes by a foreign key, since a
device has to be told what is gone for good, too.
"""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import TenantScoped, utcnow
from stadtkern_cityguide.models import Base


class Bundle(TenantScoped, Base):
    """One tour in one language: its manifest as it is given out, byte for byte."""

    __tablename__ = "cityguide_bundle"
    __audited__ = False

    tour_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, doc="the node; each language is a node of its own"
    )
    language: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200))
    rev: Mapped[int] = mapped_column(doc="counts up with each change of the contents")
    etag: Mapped[str] = mapped_column(String(64), doc="SHA-256 of the manifest")
    manifest: Mapped[str] = mapped_column(Text)
    built_at: Mapped[datetime] = mapped_column(default=utcnow)


class Asset(TenantScoped, Base):
    """Bytes that a manifest names or has named: our own, or those of a medium.

    They are given out as long as everybody may see the node that they belong to.
    """

    __tablename__ = "cityguide_asset"
    __audited__ = False
    __table_args__ = (Index("ix_cityguide_asset_tenant_id_sha256", "tenant_id", "sha256"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    ending: Mapped[str] = mapped_column(String(12))
    type: Mapped[str] = mapped_column(String(100))
    bytes: Mapped[int]
    node_id: Mapped[int] = mapped_column(
        default=0, doc="the medium, or the page that the bytes tell of; 0: scripts, styles"
    )
    source: Mapped[str] = mapped_column(
        Text, default="", doc="the town's address that gives the bytes; empty: the guide's store"
    )
    listed_at: Mapped[datetime] = mapped_column(default=utcnow, doc="when a manifest last named it")
