"""What does not belong into a node's body: where places lie, and how tours run.

A tour's line is large and nobody types it, so it stands here and not in the form's fields; what
editors may change (titles, texts, licence) stands in the node.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from stadtkern.db import JSONBody, TenantScoped, UTCDateTime, metadata, utcnow


class Base(DeclarativeBase):
    """Base of the city guide's tables."""

    metadata = metadata
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it from the class
        datetime: UTCDateTime,
        list[dict[str, Any]]: JSONBody,
        dict[str, Any]: JSONBody,
    }


class Point(TenantScoped, Base):
    """Where a place lies: an index over nodes, kept by their events."""

    __tablename__ = "cityguide_point"
    __table_args__ = (Index("ix_cityguide_point_tenant_id_lat_lon", "tenant_id", "lat", "lon"),)

    node_id: Mapped[int] = mapped_column(
        ForeignKey("node.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(20))
    lat: Mapped[float] = mapped_column(doc="degrees, WGS 84")
    lon: Mapped[float] = mapped_column(doc="degrees, WGS 84")
    hours: Mapped[str] = mapped_column(String(255), default="", server_default="")
    step_free: Mapped[str] = mapped_column(String(10), default="", server_default="")
    closed_until: Mapped[date | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    spoken: Mapped[str] = mapped_column(
        String(200), default="", server_default="", doc="codes of languages, each between blanks"
    )


class Area(TenantScoped, Base):
    """The box around a place's area (degrees): an index like ``Point``; the area is in the body."""

    __tablename__ = "cityguide_area"
    __audited__ = False

    node_id: Mapped[int] = mapped_column(
        ForeignKey("node.id", ondelete="CASCADE"), primary_key=True
    )
    south: Mapped[float]
    west: Mapped[float]
    north: Mapped[float]
    east: Mapped[float]


class Stop(TenantScoped, Base):
    """Where a tour's stops lie: an index like ``Point``; their words are in the tour's body."""

    __tablename__ = "cityguide_stop"
    __audited__ = False
    __table_args__ = (Index("ix_cityguide_stop_tenant_id_lat_lon", "tenant_id", "lat", "lon"),)

    node_id: Mapped[int] = mapped_column(
        ForeignKey("node.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True, doc="from 1 on")
    lat: Mapped[float] = mapped_column(doc="degrees, WGS 84")
    lon: Mapped[float] = mapped_column(doc="degrees, WGS 84")


class Filing(TenantScoped, Base):
    """Under which categories a place is filed: an index like ``Point``."""

    __tablename__ = "cityguide_filing"
    __audited__ = False

    node_id: Mapped[int] = mapped_column(
        ForeignKey("node.id", ondelete="CASCADE"), primary_key=True
    )
    category_id: Mapped[int] = mapped_column(
        ForeignKey("node.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Origin(TenantScoped, Base):
    """Where an import had a node from, and what it gave: what differs now is an editor's.

    ``given``: title, summary, fields and blocks as they were stored.
    """

    __tablename__ = "cityguide_origin"
    __table_args__ = (UniqueConstraint("tenant_id", "source", "item"),)

    node_id: Mapped[int] = mapped_column(
        ForeignKey("node.id", ondelete="CASCADE"), primary_key=True
    )
    source: Mapped[str] = mapped_column(String(200), doc="the file's name, without its ending")
    item: Mapped[str] = mapped_column(String(200), doc="which of its items, by number or name")
    given: Mapped[dict[str, Any]] = mapped_column(default=dict)
    imported_at: Mapped[datetime] = mapped_column(default=utcnow)
    fresh: Mapped[int] = mapped_column(
        default=0,
        server_default="0",
        doc="fields of which the source says something new that an editor's word hides",
    )


class Occurrence(TenantScoped, Base):
    """One date of an event of the guide: worked out from its rule, for the coming 18 months."""

    __tablename__ = "cityguide_occurrence"
    __audited__ = False  # an index like ``Point``
    __table_args__ = (
        Index("ix_cityguide_occurrence_tenant_id_ends_at", "tenant_id", "ends_at"),
        Index("ix_cityguide_occurrence_place_id_ends_at", "place_id", "ends_at"),
    )

    node_id: Mapped[int] = mapped_column(
        ForeignKey("node.id", ondelete="CASCADE"), primary_key=True
    )
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime]
    place_id: Mapped[int | None] = mapped_column(ForeignKey("node.id", ondelete="SET NULL"))


class DrawnLine(TenantScoped, Base):
    """A line that a tour has, had, or will have when its working copy is published.

    The tour's field ``line`` names one of them, so that each revision knows its own, and an old
    one that is brought back brings its line along. Kept as long as the tour.
    """

    __tablename__ = "cityguide_line"
    __audited__ = False  # written with a tour's revision, whose entry stands for it

    node_id: Mapped[int] = mapped_column(
        ForeignKey("node.id", ondelete="CASCADE"), primary_key=True
    )
    fingerprint: Mapped[str] = mapped_column(
        String(64), primary_key=True, doc="of line and elevations; empty: before lines had names"
    )
    line: Mapped[str] = mapped_column(Text, doc="as in the track")
    elevations: Mapped[str] = mapped_column(Text, doc="as in the track")
    source_name: Mapped[str] = mapped_column(String(200), default="", doc="the file's, if any")
    source_sha256: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Track(TenantScoped, Base):
    """A tour's line with what was computed from it, and the file that it came from."""

    __tablename__ = "cityguide_track"
    __table_args__ = (
        Index("ix_cityguide_track_tenant_id_source_sha256", "tenant_id", "source_sha256"),
    )

    node_id: Mapped[int] = mapped_column(
        ForeignKey("node.id", ondelete="CASCADE"), primary_key=True
    )
    mode: Mapped[str] = mapped_column(String(20), doc="as in the node; lists need no body")
    step_free: Mapped[str] = mapped_column(String(10), default="", server_default="")
    line: Mapped[str] = mapped_column(Text, doc="encoded polylines, one a line of text")
    elevations: Mapped[str] = mapped_column(Text, doc="encoded beside each polyline")
    stops: Mapped[list[dict[str, Any]]] = mapped_column(
        default=list, doc="[{along_m, elevation_m}] in the order of the node's stops"
    )
    length_m: Mapped[float]
    ascent_m: Mapped[float | None] = mapped_column(doc="smoothed; None without elevations")
    descent_m: Mapped[float | None]
    south: Mapped[float]
    west: Mapped[float]
    north: Mapped[float]
    east: Mapped[float]
    start_lat: Mapped[float]
    start_lon: Mapped[float]
    source_name: Mapped[str] = mapped_column(String(200), doc="the file's name")
    source_sha256: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[datetime] = mapped_column(default=utcnow)
