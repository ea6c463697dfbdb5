"""Tables of the towns room: imports on their way, and the numbers that rows got."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import Base, TenantScoped, utcnow

RUNNING, DONE, FAILED = "running", "done", "failed"
WAITING, GIVEN_UP = "waiting", "given_up"
"""Of an arrival: before somebody has agreed, and until all that came of it is gone."""
IMPORTING = "importing"
"""The status of a tenant that is coming in: nobody sees it."""


class TownImport(Base):
    """One archive on its way in, and how far it has come.

    Global: who imports has no town yet. ``step`` and ``line`` rise in the transaction that stores
    the rows, so that whoever goes on does nothing twice.
    """

    __tablename__ = "town_import"

    id: Mapped[int] = mapped_column(primary_key=True)
    tenant_id: Mapped[int | None] = mapped_column(
        ForeignKey("tenant.id", ondelete="CASCADE"), index=True
    )
    slug: Mapped[str] = mapped_column(String(63))
    digest: Mapped[str] = mapped_column(String(64), doc="sha256 of the archive's manifest")
    leave_out: Mapped[list[str]] = mapped_column(default=list, doc="plugins whose data stay out")
    suspended: Mapped[bool] = mapped_column(default=False, doc="whether it serves when it is in")
    step: Mapped[str] = mapped_column(String(100))
    line: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), default=RUNNING)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    finished_at: Mapped[datetime | None]


class TownImportId(TenantScoped, Base):
    """Which number a row of the archive got here; thrown away when the town is in."""

    __tablename__ = "town_import_id"
    __audited__ = False  # numbers of rows on their way

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True
    )
    part: Mapped[str] = mapped_column(String(64), primary_key=True)
    old: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    new: Mapped[int]


class TownExport(TenantScoped, Base):
    """An archive of a town that somebody has asked for; it can be fetched for a few days."""

    __tablename__ = "town_export"
    __table_args__ = (Index("ix_town_export_tenant_id_created_at", "tenant_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # Not indexed by itself: the index above begins with it.
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    state: Mapped[str] = mapped_column(String(10), default=RUNNING)
    job: Mapped[str] = mapped_column(String(36), doc="the one that writes it")
    sha: Mapped[str | None] = mapped_column(String(64), doc="of the archive")
    size: Mapped[int | None] = mapped_column(BigInteger, doc="bytes")
    missing: Mapped[int] = mapped_column(default=0, doc="files that rows name but that are lost")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    finished_at: Mapped[datetime | None]


class TownPageFile(TenantScoped, Base):
    """A file with pages that somebody has sent to the back office, and what becomes of it."""

    __tablename__ = "town_page_file"
    __table_args__ = (Index("ix_town_page_file_tenant_id_created_at", "tenant_id", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # Not indexed by itself: the index above begins with it.
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    node_id: Mapped[int | None] = mapped_column(
        ForeignKey("node.id", ondelete="SET NULL"), doc="the page that they come below"
    )
    sha: Mapped[str] = mapped_column(String(64), doc="of the file")
    name: Mapped[str] = mapped_column(String(200), doc="of the file, as it was sent")
    credit: Mapped[str] = mapped_column(String(200), doc="who made the pictures in it")
    licence: Mapped[str] = mapped_column(String(20), doc="of these pictures")
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    job: Mapped[str | None] = mapped_column(String(36), doc="the one that makes the pages")
    report: Mapped[dict[str, Any]] = mapped_column(doc="what would be done, then what was done")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    finished_at: Mapped[datetime | None]


class TownArrival(Base):
    """An archive that an operator has sent to the back office, and what becomes of it.

    Global, as ``town_import``: it becomes a town that is not there yet. Seen by its sender only.
    """

    __tablename__ = "town_arrival"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), index=True
    )
    sha: Mapped[str] = mapped_column(String(64), doc="of the archive")
    digest: Mapped[str] = mapped_column(String(64), doc="sha256 of its manifest")
    report: Mapped[dict[str, Any]] = mapped_column(doc="what the archive holds")
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    slug: Mapped[str | None] = mapped_column(String(63))
    host: Mapped[str | None] = mapped_column(String(253))
    suspended: Mapped[bool] = mapped_column(default=False)
    job: Mapped[str | None] = mapped_column(String(36), doc="the one that takes it in")
    import_id: Mapped[int | None] = mapped_column(doc="of town_import, once it has begun")
    reason: Mapped[dict[str, Any] | None] = mapped_column(doc="message and values of a refusal")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    finished_at: Mapped[datetime | None]
