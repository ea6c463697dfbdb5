"""One table of nodes and one of redirects."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from stadtkern.db import Base, TenantScoped, utcnow

PATH = String(1000).with_variant(String(1000, collation="C"), "postgresql")
"""Paths sort by code point on both databases, so that a subtree is one range of the index."""

LIVE = text("deleted_at IS NULL")


class Node(TenantScoped, Base):
    """One item of a tenant's content tree."""

    __tablename__ = "node"
    __table_args__ = (
        Index(
            "uq_node_tenant_id_path",
            "tenant_id",
            "path",
            unique=True,
            sqlite_where=LIVE,
            postgresql_where=LIVE,
        ),
        Index("ix_node_parent_id_position", "parent_id", "position"),
        Index("ix_node_tenant_id_type_sort_at", "tenant_id", "type", "sort_at"),
        Index("ix_node_tenant_id_translation_group", "tenant_id", "translation_group"),
        Index("uq_node_tenant_id_key", "tenant_id", "key", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Not indexed by itself: SQLite would take that index where a narrower one begins with it.
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(PATH, doc="/a/b; roots: / and /<language>")
    slug: Mapped[str] = mapped_column(String(100))
    type: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(30), default="draft")
    language: Mapped[str] = mapped_column(String(12))
    translation_group: Mapped[str | None] = mapped_column(String(36))
    position: Mapped[int] = mapped_column(default=0)
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(500), default="")
    in_nav: Mapped[bool] = mapped_column(default=False)
    sort_at: Mapped[datetime | None] = mapped_column(doc="what lists of its type sort by")
    until_at: Mapped[datetime | None] = mapped_column(doc="when it is over, for what takes place")
    publish_at: Mapped[datetime | None]
    expire_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    deleted_at: Mapped[datetime | None]
    body_version: Mapped[int] = mapped_column(default=1)
    body: Mapped[dict[str, Any]] = mapped_column(default=dict, doc="{fields: {}, blocks: []}")
    key: Mapped[str | None] = mapped_column(String(120), doc="stable name given by an import")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it


class Redirect(TenantScoped, Base):
    """An address that a node has had; all below it follow by prefix."""

    __tablename__ = "redirect"

    tenant_id: Mapped[int] = mapped_column(
        ForeignKey("tenant.id", ondelete="CASCADE"), primary_key=True
    )
    path: Mapped[str] = mapped_column(PATH, primary_key=True)
    node_id: Mapped[int] = mapped_column(ForeignKey("node.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
